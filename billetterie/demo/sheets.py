"""An evaluation questionnaire of the demonstration: some structures sent their sheet, ours began it (E2)."""

import json
from datetime import date, timedelta

from billetterie.demo.chance import Chance
from billetterie.demo.partners import at_hour
from common import audit
from common.models import AuditEntry
from evaluations.models import Questionnaire, Sheet, SheetQuestion
from partners.models import Structure, User
from partners.seasons import Season

Kind = SheetQuestion.Kind
QUESTIONS = (
    ("Réserver est simple.", Kind.SCALE, "", ""),
    ("Les personnes osent davantage sortir.", Kind.SCALE, "", ""),
    (
        "Ce qui empêche le plus de sortir",
        Kind.CHOICE,
        "Le trajet\nLes horaires\nLa garde des enfants\nL'envie",
        "",
    ),
    ("Places réservées", Kind.NUMBER, "", SheetQuestion.Known.BOOKED),
    ("Personnes différentes", Kind.NUMBER, "", SheetQuestion.Known.PEOPLE),
    ("Ce que ces sorties ont changé", Kind.TEXT, "", ""),
)
WORDS = (
    "On parle d'autre chose que des papiers. Un groupe s'est formé, qui sort maintenant sans nous.",
    "Une première fois au théâtre pour beaucoup. La peur de ne pas être à sa place a diminué.",
    "Des familles se retrouvent aux séances du mercredi.",
    "Il faudrait plus d'horaires en journée ; les soirées restent difficiles.",
    "Les ateliers ont donné envie de s'inscrire à la médiathèque.",
)


def load_sheets(*, chance: Chance, structures: list[Structure], on: date) -> None:
    """A questionnaire of the season; the first of `structures` began its sheet, some others sent theirs."""
    opened = at_hour(on - timedelta(days=20), 10)
    staff = User.objects.filter(role=User.Role.STAFF, is_active=True).order_by("email").first()
    questionnaire = Questionnaire.objects.create(
        id=chance.uuid(),
        title="Point d'étape",
        season_year=Season.of(on).year,
        introduction="Dix minutes, sans nom. Vos réponses aident à choisir les sorties de la saison qui vient.",
        opened_at=opened,
    )
    trail = [
        audit.entry(
            at=opened, actor=staff or audit.SYSTEM, verb="questionnaire ouvert", subject=questionnaire
        )
    ]
    questions = [
        SheetQuestion.objects.create(
            id=chance.uuid(),
            questionnaire=questionnaire,
            position=position,
            label=label,
            kind=kind,
            choices=choices,
            known=known,
        )
        for position, (label, kind, choices, known) in enumerate(QUESTIONS)
    ]
    for rank, structure in enumerate(structures[: len(WORDS) + 1]):
        at = opened + timedelta(days=rank, hours=rank)
        began = rank == 0
        answers = {
            str(question.pk): _answer(question, rank, chance)
            for question in questions[: 2 if began else len(questions)]
        }
        by = structure.users.order_by("email").first()
        sheet = Sheet.objects.create(
            id=chance.uuid(),
            questionnaire=questionnaire,
            structure=structure,
            typed=json.dumps(answers, ensure_ascii=False),
            begun_at=at,
            saved_at=at,
            saved_by=by,
            sent_at=None if began else at,
        )
        verb = "fiche commencée" if began else "fiche envoyée"
        trail.append(audit.entry(at=at, actor=by or audit.SYSTEM, verb=verb, subject=sheet))
    for line in trail:
        line.pk = chance.uuid()
    AuditEntry.objects.bulk_create(trail)


def _answer(question: SheetQuestion, rank: int, chance: Chance) -> str | int:
    match question.kind:
        case Kind.TEXT:
            return WORDS[rank - 1]
        case Kind.NUMBER:
            return chance.randint(12, 90)
        case Kind.SCALE:
            return chance.choice(["3", "4", "4", "5"])
    return chance.choice(question.options)
