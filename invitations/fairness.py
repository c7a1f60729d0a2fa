"""Who gets the seats of a scarce date: the rule of the fair draw (D7), with nothing but Python's own library.

What it is given is published without names, and the seed is revealed, so that anybody can draw again and compare
(docs/fair-draw.md tells the same in plain words, with an example and a few lines of code that do it).

The rule, `equitable-1`. Requests take their turn one after the other, each whole or not at all:

1. those whose participant went out least this season come first (`outings`);
2. among these it is the turn of the structure that had the fewest seats this season, those given by this very draw
   included; where several had as many, of the one with the lowest lot: HMAC-SHA256(seed, "structure:<its code>");
3. of that structure's requests with as many outings, the lowest lot goes: each *person* of the party draws one,
   HMAC-SHA256(seed, "<id>:<1…seats>"), and the party goes by its best;
4. at its turn a party that fits in the seats left gets them; one that doesn't is passed over, and the next one tries;
5. where the venue lets a structure take so many seats at most, a party that is larger than what is left of that
   (`limits`, less what this very draw gave) is passed over, too.

Why so. Nobody gains by number: a structure has one lot however many requests it makes, and each seat it gets sends it
behind those that have fewer. Nobody gains by time: when a request was made stands nowhere. And **splitting a party
never raises the chance that all of it gets in.** With one lot for each party it would: 5 seats, two families of 4, and
one in two gets in; split in two halves, the first half takes 2, leaves 3, too few for the other family, and the second
half follows: two in three. Here the lots of the halves are those of the whole, dealt out again. So the whole has its
turn no later than the first of its halves; all that others took until then is the same. If at that turn there is room
for everybody, the whole gets in. If not, the halves, who need as many seats from what is left, can't both get in
later; nor can they within their structure's limit, which is one for both. This holds draw by draw, not only on
average, for parts asked for by the same structure whose participants went out at least as often.
"""

import hashlib
import hmac
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

ALGORITHM = "equitable-1"


@dataclass(frozen=True)
class Request:
    """One party that asks for `seats` seats; `outings` of its participant this season, `structure` by its code."""

    id: str
    structure: str
    seats: int
    outings: int


@dataclass(frozen=True)
class Turn:
    """What a request met at its turn.

    `seats_left` before it; and how many requests came before it because their person went out less, because their
    structure had been given fewer seats, or by lot. `allowed`: what its structure might still take, where the venue
    limits that.
    """

    request: Request
    rank: int  # from 1
    served: bool
    seats_left: int
    fewer_outings: int
    less_served: int
    by_lot: int
    allowed: int | None = None


class Lots:
    """The lots that a seed deals out: hexadecimal digits, the lowest goes first."""

    def __init__(self, seed: str) -> None:
        self._key = seed.encode()

    def _lot(self, words: str) -> str:
        return hmac.new(self._key, words.encode(), hashlib.sha256).hexdigest()

    def of_structure(self, code: str) -> str:
        """The one lot of a structure."""
        return self._lot(f"structure:{code}")

    def of_party(self, request: Request) -> str:
        """The best of the lots that its people draw, one each."""
        return min(self._lot(f"{request.id}:{person}") for person in range(1, request.seats + 1))


def commitment(seed: str) -> str:
    """What is published of a seed before the draw: its SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(seed.encode()).hexdigest()


def allocate(
    requests: Iterable[Request],
    *,
    seats: int,
    had: Mapping[str, int],
    lots: Lots,
    limits: Mapping[str, int] | None = None,
) -> list[Turn]:
    """The turn of every request, in order. `had`: the seats that each structure had this season, by its code.

    `limits`: the most that a structure takes here, by its code; those that stand not in it take what they get. The
    same for the same lots, in whatever order the requests come.
    """
    tiers: dict[int, list[Request]] = defaultdict(list)
    for request in requests:
        tiers[request.outings].append(request)
    had, left, allowed = Counter(had), seats, dict(limits or {})
    turns: list[Turn] = []
    for outings in sorted(tiers):
        fewer_outings = len(turns)
        less_served: Counter[str] = Counter()
        by_lot: Counter[str] = Counter()
        waiting = _by_structure(tiers[outings], lots)
        place = {code: (lots.of_structure(code), code) for code in waiting}
        while waiting:
            structure = _first(waiting, had, place)
            request = waiting[structure].pop()
            served = request.seats <= min(left, allowed.get(structure, left))
            turns.append(
                Turn(
                    request=request,
                    rank=len(turns) + 1,
                    served=served,
                    seats_left=left,
                    fewer_outings=fewer_outings,
                    less_served=less_served[structure],
                    by_lot=by_lot[structure],
                    allowed=allowed.get(structure),
                )
            )
            for code in waiting:
                reason = less_served if had[structure] < had[code] else by_lot
                reason[code] += 1
            if served:
                left -= request.seats
                had[structure] += request.seats
                if structure in allowed:
                    allowed[structure] -= request.seats
            if not waiting[structure]:
                del waiting[structure]
    return turns


def _first(waiting: Iterable[str], had: Mapping[str, int], place: Mapping[str, tuple[str, str]]) -> str:
    """The structure whose turn it is: the one that had fewest seats, by lot among several."""
    return min(waiting, key=lambda code: (had[code], place[code]))


def _by_structure(requests: Iterable[Request], lots: Lots) -> dict[str, list[Request]]:
    """The requests of each structure, the one to go first last."""
    found: dict[str, list[Request]] = defaultdict(list)
    for request in sorted(requests, key=lambda one: (lots.of_party(one), one.id), reverse=True):
        found[request.structure].append(request)
    return dict(found)


# --- What is published, and drawing it again -------------------------------------------------------------


def publish(
    turns: Iterable[Turn],
    apart: Iterable[Request],
    *,
    had: Mapping[str, int],
    limits: Mapping[str, int] | None = None,
    **about: Any,
) -> dict:
    """A draw as JSON can hold it: what was ordered, by what, and what came of it. `apart`: set aside before."""
    lines = [_line(turn.request, eligible=True, rank=turn.rank, served=turn.served) for turn in turns]
    lines += [_line(request, eligible=False, rank=None, served=False) for request in apart]
    codes = sorted({line["structure"] for line in lines})
    return {
        "algorithm": ALGORITHM,
        **about,
        "structures": {code: had.get(code, 0) for code in codes},
        "limits": dict(limits or {}),
        "requests": sorted(lines, key=lambda line: line["id"]),
    }


def _line(request: Request, **outcome: Any) -> dict:
    return {
        "id": request.id,
        "structure": request.structure,
        "seats": request.seats,
        "outings": request.outings,
        **outcome,
    }


def check(record: Any) -> list[str]:
    """What doesn't hold in a published draw, drawn again from its own data, as French sentences; empty: all holds."""
    try:
        return _check(record)
    except (KeyError, TypeError, ValueError, AttributeError):
        return ["Ce fichier n'a pas la forme d'un tirage publié."]


def _check(record: dict) -> list[str]:
    if record["algorithm"] != ALGORITHM:
        return [f"La règle « {record['algorithm']} » n'est pas connue ici (« {ALGORITHM} »)."]
    wrong = []
    if commitment(record["seed"]) != record["commitment"]:
        wrong.append("La graine n'est pas celle dont l'empreinte avait été publiée.")
    lines = record["requests"]
    if len({line["id"] for line in lines}) != len(lines):
        wrong.append("Une demande figure deux fois.")
    requests = [
        Request(line["id"], line["structure"], line["seats"], line["outings"])
        for line in lines
        if line["eligible"]
    ]
    turns = allocate(
        requests,
        seats=record["seats"],
        had=record["structures"],
        lots=Lots(record["seed"]),
        limits=record["limits"],
    )
    again = {turn.request.id: (turn.rank, turn.served) for turn in turns}
    for line in lines:
        said = (line["rank"], line["served"])
        if said != again.get(line["id"], (None, False)):
            wrong.append(f"La demande {line['id']} n'a pas le rang ou le résultat que donne la règle.")
    return wrong
