"""Checking the evidence: the chain whole, the documents as they were made, the columns as they were sealed (B3).

It reads only, a few rows at a time. What it can't show: a database put back whole as it stood at an earlier moment,
unless a position and its seal were noted elsewhere (`since`).
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from cryptography.fernet import InvalidToken
from django.db.models import Max

from common.crypto import as_stored, box, fingerprint
from conventions.models import Agreement, AgreementDocument, EvidenceEntry, EvidenceHead
from conventions.services.evidence import GENESIS, canonical, columns_of, mac_of, seal_of

AT_ONCE = 100  # agreements whose last entry is held at the same time
SHOWN = 200  # alterations told one by one; the count tells the rest
LABELS = {field.attname: field.verbose_name for field in Agreement._meta.concrete_fields}
CONTENT = AgreementDocument._meta.get_field("content")


class Proof(StrEnum):
    """What the evidence says of an agreement."""

    TRUE = "true"
    NONE = "none"  # a draft, or one that staff entered before evidence was kept
    ALTERED = "altered"


@dataclass(frozen=True)
class Alteration:
    """Something that isn't as it was sealed: about which agreement, if any, and what, in French."""

    agreement: str
    what: str


@dataclass
class Verdict:
    """What was checked, and what doesn't hold."""

    entries: int = 0
    agreements: int = 0
    documents: int = 0
    head: str = ""
    altered: int = 0
    alterations: list[Alteration] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.altered

    def tell(self, found: Iterable[Alteration]) -> None:
        for one in found:
            self.altered += 1
            if len(self.alterations) < SHOWN:
                self.alterations.append(one)

    def as_json(self) -> dict[str, Any]:
        """The verdict as JSON can hold it."""
        return {"sound": self.sound, **asdict(self)}


def verify(*, since: str = "") -> Verdict:
    """Check everything. `since` is a head noted earlier, "42:9f3…": its entry must still stand where it stood."""
    verdict = Verdict()
    verdict.tell(_chain(verdict, since=since))
    keys = Agreement.objects.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=AT_ONCE)
    for some in _in_lots(keys):
        for pk, problems in _agreements(some, verdict).items():
            verdict.agreements += 1
            verdict.tell(Alteration(str(pk), problem) for problem in problems)
    return verdict


def _in_lots(keys: Iterable) -> Iterator[list]:
    lot: list = []
    for key in keys:
        lot.append(key)
        if len(lot) == AT_ONCE:
            yield lot
            lot = []
    if lot:
        yield lot


def _chain(verdict: Verdict, *, since: str) -> Iterator[Alteration]:
    """The entries one after the other, then the head."""
    position, mac, noted = 0, GENESIS, since.partition(":")
    for entry in EvidenceEntry.objects.order_by("position").iterator(chunk_size=500):
        verdict.entries += 1
        about = str(entry.agreement_id)
        if entry.position != position + 1:
            yield Alteration(about, f"il manque des preuves avant le rang {entry.position}")
        elif entry.previous != mac:
            yield Alteration(about, f"la preuve de rang {entry.position} ne suit pas celle d'avant")
        if mac_of(entry) != entry.mac:
            yield Alteration(about, f"la preuve de rang {entry.position} a été modifiée")
        if noted[0] == str(entry.position) and noted[2] != entry.mac:
            yield Alteration(about, f"la preuve de rang {entry.position} n'est plus celle qui fut notée")
        position, mac = entry.position, entry.mac
    head = EvidenceHead.objects.filter(pk=1).first()
    verdict.head = f"{position}:{mac}"
    if head is None:
        if position:
            yield Alteration("", "la fin de la chaîne de preuves a disparu")
    elif head.position and head.seal != seal_of(head.position, head.mac):
        yield Alteration("", "la fin de la chaîne de preuves a été modifiée")
    elif (head.position, head.mac or GENESIS) != (position, mac):
        yield Alteration("", f"la chaîne finit au rang {position}, et non au rang {head.position}")
    if noted[0] and int(noted[0]) > position:
        yield Alteration("", f"la preuve de rang {noted[0]}, notée ailleurs, n'est plus là")


def proofs(agreements: list[Agreement]) -> dict[Any, Proof]:
    """What the evidence says of these agreements, by key: three queries, whatever their number, for a page of a list.

    Entries of other agreements aren't looked at: that the whole chain holds, `verify` says.
    """
    keys = [agreement.pk for agreement in agreements]
    found = _agreements(keys, Verdict(), with_entries=True)

    def proof(agreement: Agreement) -> Proof:
        if found[agreement.pk]:
            return Proof.ALTERED
        return Proof.TRUE if agreement.sent_at else Proof.NONE

    return {agreement.pk: proof(agreement) for agreement in agreements}


def _agreements(keys: list, verdict: Verdict, *, with_entries: bool = False) -> dict[Any, list[str]]:
    """What doesn't hold of each agreement: its columns and documents against its last entry."""
    rows = {agreement.pk: agreement for agreement in Agreement.objects.filter(pk__in=keys)}
    problems: dict[Any, list[str]] = {pk: [] for pk in rows}
    last = _last_entries(keys, problems, with_entries=with_entries)
    for pk, agreement in rows.items():
        entry = last.get(pk)
        if entry is None:
            if agreement.sent_at or agreement.route in {Agreement.Route.PORTAL, Agreement.Route.PAPER}:
                problems[pk].append("aucune preuve de son envoi ni de sa signature")
            continue
        if not with_entries and mac_of(entry) != entry.mac:
            continue  # told with the chain, and what it says is worth nothing
        problems[pk] += _columns(agreement, entry)
    _documents(rows, last, problems, verdict)
    return problems


def _last_entries(keys: list, problems: dict[Any, list[str]], *, with_entries: bool) -> dict:
    """The last entry of each; `with_entries` reads them all and looks at each."""
    entries = EvidenceEntry.objects.filter(agreement__in=keys).order_by("position")
    if not with_entries:
        tops = entries.order_by().values("agreement").annotate(top=Max("position")).values("top")
        entries = EvidenceEntry.objects.filter(position__in=tops)
    last: dict = {}
    for entry in entries:
        if with_entries:
            expected = last[entry.agreement_id].ordinal + 1 if entry.agreement_id in last else 1
            if entry.ordinal != expected:
                problems[entry.agreement_id].append(
                    f"il manque une preuve avant celle de rang {entry.position}"
                )
            if mac_of(entry) != entry.mac:
                problems[entry.agreement_id].append(f"la preuve de rang {entry.position} a été modifiée")
        last[entry.agreement_id] = entry
    return last


def _content(entry: EvidenceEntry) -> dict:
    try:
        return json.loads(entry.content)
    except ValueError:  # altered: told by its mac
        return {}


def _columns(agreement: Agreement, entry: EvidenceEntry) -> Iterator[str]:
    sealed = _content(entry).get("columns", {})
    now = columns_of(agreement)
    for name, value in sealed.items():
        if now.get(name) != value:
            yield f"« {LABELS.get(name, name)} » n'est plus ce qui fut scellé"


def _documents(rows: dict, last: dict, problems: dict[Any, list[str]], verdict: Verdict) -> None:
    """Each document's bytes, one at a time, against its own fingerprint and the one that was sealed."""
    sealed = {pk: _content(entry).get("documents", {}) for pk, entry in last.items()}
    missing = {pk: dict(kinds) for pk, kinds in sealed.items()}
    stored = AgreementDocument.objects.filter(agreement__in=rows).values_list(
        "agreement_id", "kind", "sha256", "words", as_stored(CONTENT)
    )
    for pk, kind, sha256, words, content in stored.iterator(chunk_size=10):
        verdict.documents += 1
        label = AgreementDocument.Kind(kind).label
        try:
            held = fingerprint(box().decrypt(bytes(content)))
        except InvalidToken:
            held = ""
        if not held == sha256 == sealed.get(pk, {}).get(kind):
            problems[pk].append(f"le document « {label} » a été modifié")
        missing.get(pk, {}).pop(kind, None)
        told = missing.get(pk, {}).pop(f"{kind} words", None)
        if words is not None and told != fingerprint(canonical(words).encode()):
            problems[pk].append(f"les mots du document « {label} » ont été modifiés")
    for pk, kinds in missing.items():
        if kinds:
            problems[pk].append("un document scellé n'est plus là")
