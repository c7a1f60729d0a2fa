"""Evaluation sheets: questions opened to structures, answers kept as they are typed, then sent (E2)."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from common import audit, outbox
from common.errors import DomainError
from common.text import plain
from evaluations.emails import sheets as emails
from evaluations.figures import Dimension
from evaluations.models import Questionnaire, Sheet, SheetQuestion, SheetReminder, Tally
from partners.models import Structure, User

Kind = SheetQuestion.Kind
CLOSED = "Ce questionnaire est clos : les réponses ne changent plus."
SENT = "Cette fiche est envoyée. Pour la changer, choisissez « Corriger »."


def to_answer(*, structure: Structure, at: datetime) -> list[Questionnaire]:
    """The open questionnaires that ask a structure and whose sheet it hasn't sent. At most three queries."""
    sent = Sheet.objects.sent_in().filter(structure=structure).values("questionnaire")
    return Questionnaire.objects.open().exclude(pk__in=sent).asking(structure, at=at)


# --- What the team asks -----------------------------------------------------------------------------------


@transaction.atomic
def open_questionnaire(*, questionnaire: Questionnaire, by: User, at: datetime) -> None:
    """Let structures answer, once again where it was closed. Raises DomainError for one without questions, or open."""
    questions = list(questionnaire.questions.all())
    if not questions:
        raise DomainError(f"« {questionnaire} » n'a aucune question : ajoutez-en avant de l'ouvrir.")
    for question in questions:
        if question.kind == Kind.CHOICE and len(question.options) < 2:
            raise DomainError(f"« {question} » : écrivez au moins deux choix, un par ligne.")
    rows = Questionnaire.objects.filter(pk=questionnaire.pk)
    if not rows.filter(Q(opened_at=None) | Q(closed_at__isnull=False)).update(opened_at=at, closed_at=None):
        raise DomainError(f"« {questionnaire} » est déjà ouvert.")
    audit.record(at=at, actor=by, verb="questionnaire ouvert", subject=questionnaire)


@transaction.atomic
def close_questionnaire(*, questionnaire: Questionnaire, by: User, at: datetime) -> None:
    """End the answers. Raises DomainError where it isn't open."""
    if not Questionnaire.objects.open().filter(pk=questionnaire.pk).update(closed_at=at):
        raise DomainError(f"« {questionnaire} » n'est pas ouvert.")
    audit.record(at=at, actor=by, verb="questionnaire clos", subject=questionnaire)


@transaction.atomic
def new_version(*, questionnaire: Questionnaire, by: User, at: datetime) -> Questionnaire:
    """The same questions, to be changed: what was answered stays with the questions that it answers."""
    copy = Questionnaire.objects.create(
        title=questionnaire.title,
        season_year=questionnaire.season_year,
        project=questionnaire.project,
        event_kind=questionnaire.event_kind,
        introduction=questionnaire.introduction,
        version=questionnaire.version + 1,
    )
    for question in questionnaire.questions.all():
        SheetQuestion.objects.create(
            questionnaire=copy,
            position=question.position,
            label=question.label,
            kind=question.kind,
            choices=question.choices,
            known=question.known,
        )
    audit.record(at=at, actor=by, verb="version de questionnaire créée", subject=copy, version=copy.version)
    return copy


# --- What a structure answers -----------------------------------------------------------------------------


class SheetChanged(DomainError):
    """Another tab, or a colleague, kept the sheet since this one opened it."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(
            f"Cette fiche a été changée ailleurs à {timezone.localtime(sheet.saved_at):%H h %M}, par un·e collègue ou "
            "dans un autre onglet. Ce que vous avez écrit ici n'est pas encore gardé."
        )
        self.sheet = sheet


def known_numbers(*, questionnaire: Questionnaire, structure: Structure) -> dict[str, int | None]:
    """What the portal knows already, by `SheetQuestion.Known`, as the figures show it: None for what they hide (E4).

    Nothing of a single kind of outing, which isn't told of one structure. One query.
    """
    told = Tally.objects.current().of(questionnaire.season).about(Dimension.STRUCTURE, structure.pk)
    line = None if questionnaire.event_kind else told.whole_season().first()
    return {name: getattr(line, name, None) for name in SheetQuestion.Known.values}


@transaction.atomic
def keep_sheet(
    *,
    questionnaire: Questionnaire,
    answers: Mapping[str, Any],
    by: User,
    at: datetime,
    tab: str = "",
    seen: int | None = None,
) -> Sheet:
    """Keep what the account's structure answers, by the question's id; nothing is asked of what is missing.

    `tab` says where it was typed, `seen` which version was opened there (0: none yet); None writes over any. Raises
    SheetChanged where somebody kept it meanwhile, DomainError for one that was sent, or a questionnaire that is closed.
    """
    if not Questionnaire.objects.open().filter(pk=questionnaire.pk).exists():
        raise DomainError(CLOSED)
    typed = json.dumps({key: _clean(value) for key, value in answers.items()}, ensure_ascii=False)
    mine = Sheet.objects.filter(questionnaire=questionnaire, structure=by.own_structure)
    kept = mine.filter(sent_at=None)
    if seen is not None:
        kept = kept.filter(Q(version=seen) | Q(tab=tab) if tab else Q(version=seen))
    if kept.update(typed=typed, tab=tab, version=F("version") + 1, saved_by=by, saved_at=at):
        return mine.get()
    if known := mine.first():
        raise DomainError(SENT) if known.sent_at else SheetChanged(known)
    try:
        with transaction.atomic():
            sheet = Sheet.objects.create(
                questionnaire=questionnaire,
                structure=by.own_structure,
                typed=typed,
                tab=tab,
                begun_at=at,
                saved_at=at,
                saved_by=by,
            )
    except IntegrityError:
        raise SheetChanged(mine.get()) from None
    audit.record(at=at, actor=by, verb="fiche commencée", subject=sheet)
    return sheet


def _clean(value: Any) -> Any:
    return plain(value)[: settings.SHEET_TEXT_MAX] if isinstance(value, str) else value


@transaction.atomic
def send_sheet(*, sheet: Sheet, by: User, at: datetime) -> None:
    """Hand the sheet to the team. Raises DomainError for an empty one, one sent already, or a closed questionnaire."""
    if not any(value not in ("", None) for value in sheet.answers.values()):
        raise DomainError("Cette fiche est vide : répondez à une question au moins, puis envoyez-la.")
    _move(sheet, was_sent=False, sent_at=at)
    audit.record(at=at, actor=by, verb="fiche envoyée", subject=sheet)


@transaction.atomic
def take_back_sheet(*, sheet: Sheet, by: User, at: datetime) -> None:
    """Correct what was sent, while the questionnaire is open. Raises DomainError as `send_sheet`."""
    _move(sheet, was_sent=True, sent_at=None)
    audit.record(at=at, actor=by, verb="fiche reprise", subject=sheet)


def _move(sheet: Sheet, *, was_sent: bool, sent_at: datetime | None) -> None:
    rows = Sheet.objects.filter(pk=sheet.pk, questionnaire__in=Questionnaire.objects.open())
    if not rows.filter(sent_at__isnull=not was_sent).update(sent_at=sent_at):
        raise DomainError(SENT if sheet.questionnaire.is_open else CLOSED)


# --- Following up -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FollowUp:
    """Who sent their sheet, who began it, who hasn't; and whom a mail would reach now."""

    sent: list[Sheet]
    begun: list[Sheet]
    silent: list[Structure]
    to_remind: list[Structure]


def follow_up(*, questionnaire: Questionnaire, at: datetime) -> FollowUp:
    """Where the structures that a questionnaire asks stand at `at`. Three queries."""
    sheets = list(questionnaire.sheets.select_related("structure").order_by("structure__name"))
    sent, begun = [one for one in sheets if one.sent_at], [one for one in sheets if not one.sent_at]
    met = {sheet.structure_id for sheet in sheets}
    asked = questionnaire.asked(at=at).filter(suspended_at=None).order_by("name")
    silent = [structure for structure in asked if structure.pk not in met]
    since = at - timedelta(days=settings.SHEET_REMINDER_DAYS)
    lately = set(
        SheetReminder.objects.filter(questionnaire=questionnaire, sent_at__gt=since).values_list(
            "structure", flat=True
        )
    )
    late = [*(sheet.structure for sheet in begun), *silent]
    return FollowUp(sent, begun, silent, [structure for structure in late if structure.pk not in lately])


@transaction.atomic
def remind(*, questionnaire: Questionnaire, by: User, at: datetime) -> int:
    """Write to the structures that sent nothing, but for those reminded lately; how many.

    Raises DomainError where it isn't open.
    """
    held = Questionnaire.objects.open().select_for_update(no_key=True).filter(pk=questionnaire.pk).first()
    if held is None:
        raise DomainError(f"« {questionnaire} » n'est pas ouvert.")
    written = []
    for structure in follow_up(questionnaire=held, at=at).to_remind:
        lead = structure.users.leads().first()
        if reader := lead.email if lead else structure.email:
            reminder = SheetReminder.objects.create(questionnaire=held, structure=structure, sent_at=at)
            written.append(emails.sheet_awaited(reminder=reminder, reader=reader, at=at))
    outbox.post(*written)
    audit.record(at=at, actor=by, verb="fiches rappelées", subject=held, mails=len(written))
    return len(written)


# --- Results ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    """What structures answered to one question: words, or how many chose what, or numbers."""

    question: SheetQuestion
    answers: Sequence[Any]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many chose each option, in its order."""
        chosen = Counter(self.answers)
        return [(option, chosen[option]) for option in self.question.options]

    @property
    def total(self) -> int:
        return sum(self.answers)

    @property
    def middle(self) -> float:
        return median(self.answers)


def results(questionnaire: Questionnaire) -> list[Result]:
    """What the sheets that were sent say, question by question. Two queries."""
    sheets = [sheet.answers for sheet in questionnaire.sheets.sent_in()]
    return [
        Result(question, [value for one in sheets if (value := one.get(str(question.pk))) not in ("", None)])
        for question in questionnaire.questions.all()
    ]


def table(questionnaire: Questionnaire) -> tuple[list[str], Iterator[list[str | int | None]]]:
    """The sheets that were sent as a table: its headings, and a row for each structure. Two queries."""
    questions = list(questionnaire.questions.all())
    rows = questionnaire.sheets.sent_in().select_related("structure").order_by("structure__name")
    return ["structure", *(question.label for question in questions)], (
        [sheet.structure.name, *(answers.get(str(question.pk)) for question in questions)]
        for sheet in rows
        for answers in [sheet.answers]
    )
