"""Which numbers may be shown, so that none of them, nor all of them together, tells a small one (E4).

Numbers of people under FIGURES_SMALL are hidden. What is shown beside them is a system of linear equations that anybody
may solve: totals, lines of other tables, months of the same season. So the portal solves it first, and hides more until
no small number comes out: a complement in the same line, in another table, in another month, whichever is smallest.

What is counted once – a structure's month, a venue's kind of event in a month – is an *atom*, and every number of every
table is a sum of atoms. Whether a sum comes out of the shown ones is asked by changing the atoms at random, so that no
shown sum changes: what still is the same can be computed, what isn't can not.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings

Key = Any
Sum = tuple[Key, Key]  # a table, and its line
Numbers = tuple[int, ...]  # what is hidden or shown together
PRIME = 2**61 - 1  # changes are counted modulo this: by chance alone one in so many is none


class TooFew(Exception):
    """So few people that even the total tells: nothing can be shown."""


def is_small(numbers: Numbers) -> bool:
    """Whether one of them is a number of people too small to be shown; nobody is not."""
    return any(0 < number < settings.FIGURES_SMALL for number in numbers)


def add(numbers: Iterable[Numbers]) -> Numbers:
    """Their sum, number by number."""
    return tuple(map(sum, zip(*numbers, strict=True)))


def tells(group: Sequence[Numbers], *, counted: bool) -> bool:
    """Whether the sum of hidden numbers, which their line's total gives away, tells too much.

    `counted`: none of them is zero, for zeros are shown; then a sum of ones tells each.
    """
    return bool(group) and (is_small(whole := add(group)) or (counted and whole[0] <= len(group)))


def hide_sums(
    sums: Mapping[Sum, frozenset[int]],
    atoms: Sequence[Numbers],
    *,
    forced: Collection[Sum] = (),
    known: Iterable[frozenset[int]] = (),
    counted: bool = False,
) -> set[Sum]:
    """Which of the sums of `atoms` to hide, the `forced` ones among them, where the total of all atoms is known.

    So are the sums that are `known` from elsewhere. `counted` as in `tells`. Raises TooFew where what is known already
    tells too much.
    """
    return _Sums(sums, atoms, known=known, counted=counted).hide(set(forced))


class _Sums:
    def __init__(
        self,
        sums: Mapping[Sum, frozenset[int]],
        atoms: Sequence[Numbers],
        *,
        known: Iterable[frozenset[int]],
        counted: bool,
    ) -> None:
        self.atoms = atoms
        self.counted = counted
        self.whole = frozenset(atom for atom, numbers in enumerate(atoms) if any(numbers))
        self.sums = {key: members & self.whole for key, members in sums.items()}
        self.known = [self.whole, *(members & self.whole for members in known)]
        self.numbers = {key: self._add(members) for key, members in self.sums.items()}
        self.around: dict[Sum, list[Key]] = {}
        self.holding: dict[int, list[Sum]] = defaultdict(list)
        for key, members in self.sums.items():
            for atom in members:
                self.holding[atom].append(key)

    def _add(self, members: Iterable[int]) -> Numbers:
        return add([self.atoms[atom] for atom in members])

    def hide(self, forced: set[Sum]) -> set[Sum]:
        hidden = forced | {key for key, numbers in self.numbers.items() if is_small(numbers)}
        told, out = self._told(hidden)
        while told:
            for members in told:
                hidden.add(self._companion(members, hidden))
            told, out = self._told(hidden)
        return hidden - (out - forced)  # what was hidden in vain, before something else was

    def _told(self, hidden: set[Sum]) -> tuple[list[frozenset[int]], set[Sum]]:
        """The sets of atoms whose sum is small and comes out of what is shown; and the hidden sums that come out."""
        shown = [*self.known, *(members for key, members in self.sums.items() if key not in hidden)]
        certain = {atom for members in shown if len(members) == 1 for atom in members}
        left = {key: self.sums[key] - certain for key in hidden if key in self.sums}
        shown = sorted(
            {members - certain for members in shown} - {frozenset()}, key=lambda one: (len(one), min(one))
        )
        told = [
            members
            for members in shown
            if tells([self.atoms[atom] for atom in members], counted=self.counted)
        ]
        if told:
            return told, set()
        moved = shake(shown)

        def comes_out(members: Iterable[int]) -> bool:
            return not sum(moved[atom] for atom in members) % PRIME

        out = {key for key, members in left.items() if comes_out(members)}
        told = [left[key] for key in out if is_small(self.numbers[key])]
        told += [frozenset({atom}) for atom, move in moved.items() if not move and is_small(self.atoms[atom])]
        told += [
            members
            for members in self._together({key: left[key] for key in left.keys() - out})
            if is_small(self._add(members)) and comes_out(members)
        ]
        return sorted(told, key=sorted), out

    def _together(self, left: Mapping[Sum, frozenset[int]]) -> Iterable[frozenset[int]]:
        """What is hidden of one table within one line of another, or in all."""
        groups: dict[tuple[Key, Key], set[int]] = defaultdict(set)
        for key, members in left.items():
            for around in self._around(key):
                groups[key[0], around] |= members
        return map(frozenset, groups.values())

    def _around(self, key: Sum) -> list[Key]:
        """The lines of other tables that hold all of a line's atoms, and the known sums that do, by their rank."""
        if key not in self.around:
            members = self.sums[key]
            near = self.holding[min(members)] if members else []
            self.around[key] = [
                *(other for other in near if key[0] != other[0] and members <= self.sums[other]),
                *(rank for rank, known in enumerate(self.known) if members and members <= known),
            ]
        return self.around[key]

    def _companion(self, members: frozenset[int], hidden: set[Sum]) -> Sum:
        """The smallest line to hide besides: within the smallest shown line that holds any of `members`."""
        near = {key for atom in members for key in self.holding[atom] if key not in hidden}
        around = min(near, key=self._size, default=None)
        within = self.sums[around] if around is not None else self.whole
        inside = {key for atom in within for key in self.holding[atom] if key not in hidden}
        if not inside:
            raise TooFew
        return min(inside, key=self._size)

    def _size(self, key: Sum) -> tuple[int, int, str]:
        return sum(self.numbers[key]), len(self.sums[key]), str(key)


def shake(sums: Sequence[frozenset[int]]) -> dict[int, int]:
    """By how much each atom changes, modulo PRIME, in a change at random that leaves all of the `sums` as they are.

    Sums that share no atom are kept by one atom of their own each; the few others by elimination, in which atoms that
    they treat alike are one unknown: a moment, also for a hundred thousand atoms.
    """
    chance = random.Random(PRIME)
    own: dict[int, frozenset[int]] = {}
    taken: set[int] = set()
    others = []
    for members in sums:
        if taken.isdisjoint(members):
            own[min(members)] = members
            taken |= members
        else:
            others.append(members)
    columns: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for rank, members in enumerate(others):
        row = Counter(members - own.keys())
        for atom in members & own.keys():
            row.subtract(own[atom] - {atom})
        for atom, factor in row.items():
            if factor:
                columns[atom].append((rank, factor))
    free = sorted(frozenset().union(*sums) - own.keys())
    moved = {atom: chance.randrange(PRIME) for atom in free}
    alike: dict[tuple[tuple[int, int], ...], list[int]] = defaultdict(list)
    for atom, column in columns.items():
        alike[tuple(column)].append(atom)
    equations: list[Row] = [{} for _ in others]
    for one in alike:
        for rank, factor in one:
            equations[rank][one] = factor
    moves = {one: sum(moved[atom] for atom in atoms) for one, atoms in alike.items()}
    for one, equation in solve(equations).items():
        wanted = -sum(factor * moves[other] for other, factor in equation.items() if other != one)
        first = alike[one][0]
        moved[first] = (moved[first] + wanted - moves[one]) % PRIME
    for atom, members in own.items():
        moved[atom] = -sum(moved[other] for other in members if other != atom) % PRIME
    return moved


Row = dict[Key, int]


def solve(rows: Iterable[Row]) -> dict[Key, Row]:
    """Equations with the same solutions, each with an unknown of its own that no other holds; by that unknown.

    The rows are used up.
    """
    solved: dict[Key, Row] = {}
    for row in rows:
        for unknown in [key for key in row if key in solved]:
            _subtract(row, solved[unknown], row[unknown])
        if not row:
            continue
        unknown = next(iter(row))
        scale = pow(row[unknown], -1, PRIME)
        for key, value in row.items():
            row[key] = value * scale % PRIME
        for other in solved.values():
            if factor := other.get(unknown):
                _subtract(other, row, factor)
        solved[unknown] = row
    return solved


def _subtract(row: Row, other: Row, factor: int) -> None:
    for key, value in other.items():
        if rest := (row.get(key, 0) - factor * value) % PRIME:
            row[key] = rest
        else:
            row.pop(key, None)
