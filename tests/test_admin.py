"""Staff's pages as a whole: they open, stay fast, show no name, and let nobody else in (F1, F5)."""

import re
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from billetterie.today import tasks
from common import audit, outbox
from common.models import AuditEntry, OutboxMessage
from conventions.tests.factories import AgreementFactory
from invitations.models import Invitation, Language, PartyDocument, UsageAlert
from invitations.tests.factories import ParticipantFactory, a_booking, a_worker
from offers.tests.factories import EventFactory, PerformanceFactory
from partners.models import User
from partners.tests.factories import StructureFactory, UserFactory, VenueFactory, VisitorAccessFactory

pytestmark = pytest.mark.django_db

CANARY = "Canarizelle"
PAGES = ["changelist", "add", "change", "delete", "history"]


@pytest.fixture
def staff():
    return UserFactory(staff=True)


@pytest.fixture
def desk(client, staff):
    """Staff's browser."""
    client.force_login(staff)
    return client


def a_season_of_rows():
    """One more row of every model, tied together as the work ties them."""
    now = timezone.now()
    worker = a_worker()
    UserFactory(lead=True, structure=worker.structure)
    VisitorAccessFactory(structure=worker.structure)
    participant = ParticipantFactory(structure=worker.structure, given_name=CANARY, family_name=CANARY)
    booking = a_booking(by=worker, participant=participant, guests=1, companions=1)
    Invitation.objects.filter(booking=booking).update(given_name=CANARY, family_name=CANARY)
    UsageAlert.objects.create(
        structure=worker.structure,
        person_ref=participant.person_ref,
        week_from=timezone.localdate(),
        outings=3,
        seen_at=now,
    )
    PartyDocument.objects.create(booking=booking, asked_at=now)
    venue = VenueFactory()
    UserFactory(venue_desk=True, venue=venue)
    AgreementFactory(structure=None, venue=venue)
    PerformanceFactory(event=EventFactory(venue=venue), capacity=0)
    OutboxMessage.objects.create(
        effect=str(uuid4()), recipient="a@portail.example", subject="Bonjour", text="…", created_at=now,
        next_try_at=now, set_aside_at=now,
    )
    return booking


def ours():
    return sorted(admin.site._registry, key=lambda model: model._meta.label)


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def pages_of(model):
    """Every page that a model has in the admin: its list, its form, and those of its rows."""
    yield url(model, "changelist")
    yield url(model, "add")
    for row in model._default_manager.all():
        yield from (url(model, page, row.pk) for page in ("change", "delete", "history"))


def test_every_model_of_the_portal_is_in_the_admin():
    models = {
        model
        for app in ("common", "partners", "conventions", "offers", "invitations", "evaluations")
        for model in __import__("django.apps").apps.apps.get_app_config(app).get_models()
    }
    assert models - set(admin.site._registry) == set()
