"""Candidacies in every state of the way (A1, A3): invented organisations, and partners that came in lately."""

import tomllib
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from billetterie.demo.accounts import STAFF
from billetterie.demo.chance import Chance
from billetterie.demo.partners import House, at_hour, full_name
from common import audit
from common.models import AuditEntry
from conventions.documents.candidacies import refusal_letter
from conventions.models import Candidacy
from conventions.services.candidacies import OF_STRUCTURE, SHARED, WAITING_REASON
from partners.models import Commune, Sector, User

DATA = Path(__file__).parent / "data" / "candidacies.toml"
State = Candidacy.State
# Those that lead to a partner of the season: state, next step, in how many days, how long ago it came in.
ON_THE_WAY = [
    (State.FEASIBLE, "Préparer la convention", 3, 16),
    (State.AGREEMENT, "Envoyer la convention à signer", -2, 24),
    (State.ACCOUNT, "Former par téléphone", 2, 33),
    (State.TRAINED, "Vérifier que tout marche, puis rendre active", 1, 40),
    (State.ACTIVE, "", None, 55),
]


def load_candidacies(*, chance: Chance, structures: Iterable[House], on: date) -> None:
    """Write the candidacies of the weeks before `on`, with the trace of how far they came."""
    staff = User.objects.get(email=STAFF.email)
    with DATA.open("rb") as texts:
        rows = tomllib.load(texts)["candidacy"]
    candidacies = [_invent(chance, row, staff, on=on) for row in rows] + _on_the_way(
        chance, structures, staff, on=on
    )
    Candidacy.objects.bulk_create(candidacies)
    social = Sector.objects.get(name="Social")
    for candidacy in candidacies:
        if candidacy.is_structure:
            candidacy.sectors.set([social])
    AuditEntry.objects.bulk_create([line for each in candidacies for line in _trace(chance, each, staff)])


def _invent(chance: Chance, row: dict, staff: User, *, on: date) -> Candidacy:
    """One that has no partner's record."""
    came, due = on - timedelta(days=row.pop("days_ago")), row.pop("due", None)
    domain = row.pop("site")
    candidacy = Candidacy(
        id=chance.uuid(),
        key=chance.uuid(),
        commune=Commune.objects.get(code=row.pop("commune")),
        email=f"contact@{domain}",
        representative_name=full_name(chance),
        representative_capacity=chance.choice(["Directrice", "Directeur", "Présidente"]),
        representative_email=f"direction@{domain}",
        lead_name=full_name(chance),
        lead_email=f"accueil@{domain}",
        lead_phone="+33465714000",
        state_since=came + timedelta(days=row.pop("moved_after", 0)),
        created_at=at_hour(came, 10),
        next_on=None if due is None else on + timedelta(days=due),
        follower=None if row["state"] == State.RECEIVED else staff,
        **{name: value for name, value in row.items() if name != "meeting_in"},
    )
    if "meeting_in" in row:
        candidacy.meeting_at = at_hour(on + timedelta(days=row["meeting_in"]), 14)
        candidacy.meeting_with = f"{candidacy.lead_name} et {staff.display_name}"
        candidacy.meeting_place = candidacy.place
    if candidacy.waits:
        candidacy.closing_reason = WAITING_REASON
    if candidacy.state == State.REFUSED:
        candidacy.eligible = False
        candidacy.letter = refusal_letter(
            candidacy=candidacy, reason=candidacy.closing_reason, on=candidacy.state_since
        )
    return candidacy


def _on_the_way(chance: Chance, structures: Iterable[House], staff: User, *, on: date) -> list[Candidacy]:
    """Those of structures whose agreement isn't signed yet, then of signed ones."""
    unsigned, signed = [], []
    for house in structures:
        current = next((each for each in house.agreements if each.starts_on <= on <= each.ends_on), None)
        if current and house.team:
            (signed if current.signed_on and current.signed_on <= on else unsigned).append((house, current))
    chosen = [*unsigned[:2], *signed[2:]]
    made = []
    for (house, agreement), (state, step, due, days_ago) in zip(chosen, ON_THE_WAY, strict=False):
        lead = next(user for user in house.team if user.role == User.Role.LEAD)
        opened = state in {State.ACCOUNT, State.TRAINED, State.ACTIVE}
        trained = state in {State.TRAINED, State.ACTIVE}
        came = on - timedelta(days=days_ago)
        made.append(
            Candidacy(
                id=chance.uuid(),
                key=chance.uuid(),
                kind=Candidacy.Kind.STRUCTURE,
                **{name: getattr(house.partner, name) for name in [*SHARED, *OF_STRUCTURE] if name != "id"},
                low_income=True,
                individual=True,
                accompaniment="Un rendez-vous par semaine avec la même personne, et des ateliers à plusieurs.",
                lead_name=lead.display_name,
                lead_email=lead.email,
                state=state,
                state_since=on - timedelta(days=days_ago // 3),
                next_step=step,
                next_on=None if due is None else on + timedelta(days=due),
                follower=staff,
                eligible=True,
                eligibility_reason="Public aux minima sociaux, suivi individuel par une équipe formée.",
                meeting_at=at_hour(came + timedelta(days=6), 14),
                meeting_place=house.partner.place,
                meeting_with=f"{lead.display_name} et {staff.display_name}",
                structure=house.partner,
                agreement=None if state == State.FEASIBLE else agreement,
                account=lead if opened else None,
                trained_on=on - timedelta(days=days_ago // 3) if trained else None,
                trainer=staff if trained else None,
                training_minutes=chance.randint(10, 15) if trained else None,
                created_at=at_hour(came, 10),
            )
        )
    return made


def _trace(chance: Chance, candidacy: Candidacy, staff: User) -> list[AuditEntry]:
    """What the journal says of it: that it came, and its last step."""
    lines = [
        audit.entry(at=candidacy.created_at, actor=audit.SYSTEM, verb="candidature reçue", subject=candidacy)
    ]
    if candidacy.follower:
        lines.append(
            audit.entry(
                at=at_hour(candidacy.state_since, 15),
                actor=staff,
                verb=f"candidature : {candidacy.get_state_display().lower()}",
                subject=candidacy,
            )
        )
    for line in lines:
        line.pk = chance.uuid()
    return lines
