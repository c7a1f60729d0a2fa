from datetime import timedelta
from uuid import uuid4

import factory
from django.utils import timezone

from conventions.models import AccessRenewal, Agreement, Breach, Candidacy, Donation, Means, Membership
from conventions.services import breaches
from conventions.services import candidacies as services
from partners.models import Structure, Venue
from partners.seasons import Season
from partners.tests.factories import CommuneFactory, StructureFactory, UserFactory

State = Candidacy.State


class AgreementFactory(factory.django.DjangoModelFactory):
    """A signed agreement of a structure, in force today and for all of this season and the next.

    Traits: this_season (ends with it), running (for a year already), unsigned.
    """

    class Meta:
        model = Agreement

    class Params:
        this_season = factory.Trait(
            ends_on=factory.LazyFunction(lambda: Season.of(timezone.localdate()).ends_on)
        )
        running = factory.Trait(
            starts_on=factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=365)),
            signed_on=factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=370)),
        )
        unsigned = factory.Trait(signed_on=None)

    structure = factory.SubFactory(StructureFactory)
    starts_on = factory.LazyFunction(lambda: Season.of(timezone.localdate()).starts_on)
    ends_on = factory.LazyFunction(lambda: Season.of(timezone.localdate()).next.ends_on)
    signed_on = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=1))


class CandidacyFactory(factory.django.DjangoModelFactory):
    """A social structure's candidacy, just received. Traits: of_venue, waiting_type."""

    class Meta:
        model = Candidacy

    class Params:
        of_venue = factory.Trait(
            kind=Candidacy.Kind.VENUE,
            type="",
            domain=Venue.Kind.SPORT,
            description="Une salle.",
            seats_offered="Dix places par match.",
            name=factory.Sequence(lambda n: f"Palais des Ormes {n}"),
        )
        waiting_type = factory.Trait(type="MUTUALITE")

    key = factory.LazyFunction(uuid4)
    kind = Candidacy.Kind.STRUCTURE
    name = factory.Sequence(lambda n: f"Relais des Ormes {n}")
    type = "CHRS"
    legal_status = "Association"
    people_accompanied = 80
    low_income = True
    individual = True
    accompaniment = "Un rendez-vous par semaine."
    address = "5 rue des Ormes"
    postcode = "69100"
    town = "Villeurbanne"
    commune = factory.SubFactory(CommuneFactory)
    phone = "+33465710099"
    email = factory.Sequence(lambda n: f"contact@ormes{n}.example")
    representative_name = "Solange Verdeil"
    representative_capacity = "Directrice"
    representative_email = factory.Sequence(lambda n: f"direction@ormes{n}.example")
    lead_name = "Maurin Castelbois"
    lead_email = factory.Sequence(lambda n: f"referent@ormes{n}.example")
    lead_phone = "+33465710098"
    state_since = factory.LazyFunction(timezone.localdate)


def a_candidacy(state=Candidacy.State.RECEIVED, *, by=None, **fields) -> Candidacy:
    """A candidacy that came to `state` by the services, as staff would bring it there."""
    by, now = by or UserFactory(staff=True), timezone.now()
    candidacy = CandidacyFactory(**fields)
    said = {"candidacy": candidacy, "by": by, "at": now}
    asides = {
        State.SET_ASIDE: lambda: services.set_aside(reason="Faute de moyens.", call_on=None, **said),
        State.REFUSED: lambda: services.refuse(reason="Hors du dispositif.", ineligible=True, **said),
        State.WITHDRAWN: lambda: services.withdraw(reason="", **said),
    }
    if state in asides:
        return asides[state]()
    steps = [
        (State.MEETING, lambda: services.plan_meeting(
            meeting_at=now + timedelta(days=3), place="Sur place", people="Camille", **said
        )),
        (State.FEASIBLE, lambda: services.find_feasible(reason="Public du dispositif.", **said)),
        (State.AGREEMENT, lambda: services.prepare_agreement(season=Season.of(timezone.localdate()), **said)),
        (State.ACCOUNT, lambda: services.open_account(candidacy=sign(candidacy), by=by, at=now)),
        (State.TRAINED, lambda: services.record_training(
            trained_on=timezone.localdate(), trainer=by, minutes=12, **said
        )),
        (State.ACTIVE, lambda: services.activate(**said)),
    ]  # fmt: skip
    for reached, step in steps:
        if candidacy.state == state:
            break
        step()
        candidacy.refresh_from_db()
        assert candidacy.state == reached
    return candidacy


def sign(candidacy: Candidacy) -> Candidacy:
    """Its agreement signed today on paper, as staff note it."""
    Agreement.objects.filter(pk=Candidacy.objects.get(pk=candidacy.pk).agreement_id).update(
        signed_on=timezone.localdate()
    )
    candidacy.refresh_from_db()
    return candidacy


class MembershipFactory(factory.django.DjangoModelFactory):
    """A structure's membership of this season, not paid. Trait: person (an invented one, with an address)."""

    class Meta:
        model = Membership

    class Params:
        person = factory.Trait(
            structure=None,
            payer_name=factory.Sequence(lambda n: f"Aubin Mécène {n}"),
            payer_address="4 allée des Cèdres\n69003 Lyon",
        )

    structure = factory.SubFactory(StructureFactory)
    season_year = factory.LazyFunction(lambda: Season.of(timezone.localdate()).year)
    amount_cents = 5_000

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        membership = model_class(*args, **kwargs)
        membership.recognise()
        membership.save(force_insert=True)
        return membership


class DonationFactory(factory.django.DjangoModelFactory):
    """A structure's gift of 25 euros, received today. Trait: person. `build()` it for a service to record."""

    class Meta:
        model = Donation

    class Params:
        person = factory.Trait(
            structure=None, payer_name="Aubin Mécène", payer_address="4 allée des Cèdres\n69003 Lyon"
        )

    structure = factory.SubFactory(StructureFactory)
    amount_cents = 2_500
    paid_on = factory.LazyFunction(timezone.localdate)
    means = Means.TRANSFER


def answering(partner):
    """Who answers for a partner: a structure's référent·e, a venue's account."""
    if isinstance(partner, Structure):
        return UserFactory(lead=True, structure=partner)
    return UserFactory(venue_desk=True, venue=partner)


def a_breach(*, by=None, agreement=None, at=None, grounds="Des invitations ont été revendues.") -> Breach:
    """A procedure opened through the service, by the team unless `by` is somebody else."""
    return breaches.notice(
        agreement=agreement or AgreementFactory(),
        grounds=grounds,
        by=by or UserFactory(staff=True),
        at=at or timezone.now(),
    )


class AccessRenewalFactory(factory.django.DjangoModelFactory):
    """That a structure's access was renewed for this season; its list isn't confirmed yet."""

    class Meta:
        model = AccessRenewal

    structure = factory.SubFactory(StructureFactory)
    season_year = factory.LazyFunction(lambda: Season.of(timezone.localdate()).year)
    opened_at = factory.LazyFunction(timezone.now)
