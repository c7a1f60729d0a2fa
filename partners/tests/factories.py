import base64
from datetime import datetime, timedelta

import factory
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.utils import timezone
from django.utils.text import slugify

from partners.models import (
    AccessLink,
    Commune,
    Structure,
    Suspension,
    TermsAcceptance,
    TermsOfUse,
    User,
    Venue,
    VisitorAccess,
)
from partners.seasons import Season

PASSWORD = "un mot de passe très long"
SECRET = base64.b32encode(b"vingt octets de test").decode()  # of every application that the factory adds


def code_at(at: datetime, secret: str = SECRET) -> str:
    """What the application shows at a moment."""
    return format_hotp_value(hotp_value(secret, int(at.timestamp()) // 30))


def add_application(user: User) -> list[str]:
    """Give an account an application, as if its owner had; its recovery codes."""
    TOTP.activate(user, SECRET)
    return RecoveryCodes.activate(user).generate_codes()


class CommuneFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Commune
        django_get_or_create = ["code"]

    code = "69266"
    name = "Villeurbanne"
    postcode = "69100"
    department = "69"
    intercommunality = "Métropole de Lyon"


class StructureFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Structure

    name = factory.Sequence(lambda n: f"Maison des Tilleuls {n}")
    type = "CCAS"
    address = "3 rue des Tilleuls"
    commune = factory.SubFactory(CommuneFactory)
    postcode = "69100"
    email = "tilleuls@structure.example"


class VenueFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Venue

    name = factory.Sequence(lambda n: f"Théâtre des Saules {n}")
    slug = factory.LazyAttribute(lambda venue: slugify(venue.name)[:80])
    address = "12 quai des Saules"
    commune = factory.SubFactory(CommuneFactory)
    postcode = "69100"
    phone = "+33465710012"
    transit = "Tram T9, arrêt Saules"


class UserFactory(factory.django.DjangoModelFactory):
    """An account; by default a worker who accepted the conditions of use. Traits: lead, venue_desk, staff.

    Staff have a second factor.
    """

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        lead = factory.Trait(role=User.Role.LEAD)
        venue_desk = factory.Trait(
            role=User.Role.VENUE, structure=None, venue=factory.SubFactory(VenueFactory)
        )
        staff = factory.Trait(role=User.Role.STAFF, structure=None, is_staff=True, is_superuser=True)

    email = factory.Sequence(lambda n: f"compte{n}@portail.example")
    display_name = factory.Sequence(lambda n: f"Camille Essai {n}")
    role = User.Role.WORKER
    structure = factory.SubFactory(StructureFactory)
    password = factory.django.Password(PASSWORD)
    password_chosen_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def accepts_terms(user, create, extracted, **kwargs):
        """`accepts_terms=False` leaves the conditions of use to be accepted."""
        terms = TermsOfUse.objects.current(at=timezone.now())
        if create and extracted is not False and terms:
            TermsAcceptance.objects.create(user=user, terms=terms, accepted_at=timezone.now())

    @factory.post_generation
    def second_factor(user, create, extracted, **kwargs):
        """An application: staff have one unless `second_factor=False`, others with `second_factor=True`."""
        wanted = user.role == User.Role.STAFF if extracted is None else extracted
        if create and wanted:
            add_application(user)


class VisitorAccessFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = VisitorAccess

    structure = factory.SubFactory(StructureFactory)

    @classmethod
    def _create(cls, model_class, *args, season=None, **kwargs):
        drawn = VisitorAccess.draw(
            structure=kwargs.pop("structure"), season=season or Season.of(timezone.localdate())
        )
        for name, value in kwargs.items():
            setattr(drawn, name, value)
        drawn.save()
        return drawn


class AccessLinkFactory(factory.django.DjangoModelFactory):
    """A link sent just now; its token is `link.token`, in memory alone."""

    class Meta:
        model = AccessLink

    user = factory.SubFactory(UserFactory)
    purpose = AccessLink.Purpose.FIRST
    created_at = factory.LazyFunction(timezone.now)

    @classmethod
    def _create(cls, model_class, *args, user, purpose, created_at, **kwargs):
        link, token = AccessLink.draw(user=user, purpose=purpose, at=created_at)
        link.save()
        link.token = token
        return link


class SuspensionFactory(factory.django.DjangoModelFactory):
    """A structure's suspension that holds since yesterday, as its own columns say too."""

    class Meta:
        model = Suspension

    structure = factory.SubFactory(StructureFactory)
    since = factory.LazyFunction(lambda: timezone.now() - timedelta(days=1))
    reason = "Des invitations revendues."

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        made = super()._create(model_class, *args, **kwargs)
        partner = made.structure or made.venue
        partner.suspended_at, partner.suspension_reason = made.since, made.reason
        partner.save(update_fields=["suspended_at", "suspension_reason"])
        return made
