from datetime import timedelta

import factory
from django.utils import timezone

from common.codes import new_token
from conventions.tests.factories import AgreementFactory
from evaluations.models import (
    Charter,
    Counting,
    Finding,
    Opinion,
    OpinionReport,
    OutingComment,
    Questionnaire,
    Reason,
    SheetQuestion,
)
from evaluations.services import tallies
from evaluations.services.sheets import keep_sheet, open_questionnaire, send_sheet
from invitations.tests.factories import an_outing
from offers.tests.factories import PerformanceFactory
from partners.seasons import Season
from partners.tests.factories import StructureFactory, VenueFactory


def an_evening(venue, *, at, seats, **states):
    """A past date of a venue with so many seats, and one party's invitations of each state."""
    performance = PerformanceFactory(event__venue=venue, starts_at=at, capacity=seats)
    return an_outing(StructureFactory(), at=at, performance=performance, **states)


class OpinionFactory(factory.django.DjangoModelFactory):
    """An opinion published yesterday; its secret is `opinion.token`, in memory alone. Trait: waiting."""

    class Meta:
        model = Opinion

    class Params:
        waiting = factory.Trait(state=Opinion.State.WAITING, published_at=None, decided_at=None)

    text = factory.Sequence(lambda n: f"J'ai ri du début à la fin, {n} fois.")
    stance = Opinion.Stance.WENT
    state = Opinion.State.PUBLISHED
    charter = factory.LazyFunction(lambda: Charter.objects.current(at=timezone.now()))
    created_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=2))
    published_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=1))
    decided_at = factory.SelfAttribute("published_at")
    venue = factory.LazyAttribute(lambda opinion: opinion.event.venue if opinion.event else None)
    kind = factory.LazyAttribute(lambda opinion: opinion.event.kind if opinion.event else "")
    event = None

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        token = new_token()
        opinion = super()._create(model_class, *args, token_hash=Opinion.hash_of(token), **kwargs)
        opinion.token = token
        return opinion


class OpinionReportFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = OpinionReport

    opinion = factory.SubFactory(OpinionFactory)
    reason = Reason.HURTS
    reporter = factory.Sequence(lambda n: f"{n:064d}")
    reported_at = factory.LazyFunction(timezone.now)


def a_member(**fields):
    """A structure whose agreement has run for a year."""
    structure = StructureFactory(**fields)
    AgreementFactory(structure=structure, running=True)
    return structure


class FindingFactory(factory.django.DjangoModelFactory):
    """An open finding about a venue's free seats."""

    class Meta:
        model = Finding

    kind = Finding.Kind.UNBOOKED
    venue = factory.SubFactory(VenueFactory)
    since = factory.LazyFunction(timezone.localdate)
    count = 45
    out_of = 60
    seen_at = factory.LazyFunction(timezone.now)


class OutingCommentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = OutingComment

    structure = factory.SubFactory(StructureFactory)
    performance = factory.SubFactory(PerformanceFactory)
    text = "Un beau moment."
    written_at = factory.LazyFunction(timezone.now)


def counted(season, *, at) -> Counting:
    """A season whose figures were counted at `at`."""
    counting = tallies.ask(season=season, at=at)
    tallies.count(counting, clock=lambda: at)
    return counting


def a_questionnaire(*, by, opened=True, **fields):
    """A questionnaire of this season with a question of each kind, opened through the service."""
    now = timezone.now()
    fields.setdefault("season_year", Season.of(timezone.localdate(now)).year)
    questionnaire = Questionnaire.objects.create(**{"title": "Bilan de la saison", **fields})
    for position, (kind, label, more) in enumerate(
        (
            ("scale", "Est-ce simple de réserver ?", {}),
            ("choice", "Continuez-vous l'an prochain ?", {"choices": "Oui\nNon"}),
            ("number", "Places réservées", {"known": "booked"}),
            ("text", "Qu'est-ce que ces sorties ont changé ?", {}),
        )
    ):
        SheetQuestion.objects.create(
            questionnaire=questionnaire, position=position, kind=kind, label=label, **more
        )
    if opened:
        open_questionnaire(questionnaire=questionnaire, by=by, at=now)
    return questionnaire


def a_sheet(*, by, staff):
    """A sheet that the account's structure sent."""
    now = timezone.now()
    questionnaire = a_questionnaire(by=staff)
    words = questionnaire.questions.get(kind="text")
    sheet = keep_sheet(questionnaire=questionnaire, answers={str(words.pk): "Beaucoup."}, by=by, at=now)
    send_sheet(sheet=sheet, by=by, at=now)
    return sheet
