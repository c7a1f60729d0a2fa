"""The invented season: all there, in every state, the same for a seed and a day, and names nowhere in clear."""

import json
from collections import Counter
from datetime import date, timedelta
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.models import Count, F, Q
from django.test import Client, TestCase, override_settings

from billetterie.demo import accounts, names
from billetterie.demo.partners import AFTER, BEFORE, at_hour
from billetterie.demo.season import load_season
from common.crypto import EncryptedTextField
from common.models import AuditEntry, Installation, OutboxMessage
from conventions.models import Agreement, Breach, Donation, Membership, Receipt
from conventions.services.proof import verify
from evaluations.models import OutingComment, Thanks
from evaluations.services import attendance
from invitations import invariants
from invitations.models import (
    Admission,
    Booking,
    ChangeNotice,
    Draw,
    DrawGuest,
    DrawRequest,
    Invitation,
    MaterialRequest,
    News,
    Participant,
    PartyDocument,
    UsageAlert,
    UsageNote,
    UsageReview,
    VenueDocument,
)
from invitations.services.sharing import is_true
from invitations.services.usage_review import review_structures, review_weeks
from offers.models import Event, EventDraft, Performance, Picture
from partners.models import Structure, TermsAcceptance, User, Venue, VisitorAccess
from partners.reference import structure_types
from partners.services import enter_as_visitor, terms_to_accept
from partners.tests.factories import StructureFactory

ON = date(2026, 11, 22)
NOW = at_hour(ON, 0)
Status = Invitation.Status
MODELS = [
    Structure, Venue, User, TermsAcceptance, VisitorAccess, Agreement, Membership, Donation, Receipt,
    Event, Performance, Participant, Booking, Invitation, PartyDocument, UsageAlert, UsageNote, UsageReview,
    Draw, DrawRequest, DrawGuest,
    OutboxMessage, AuditEntry, Installation,
]  # fmt: skip
VARYING = {"password", "code_hash"}  # salted, and keyed by the installation's own secret


def stored() -> bytes:
    """Everything that the database holds, as it holds it."""
    if connection.vendor == "sqlite":
        return connection.connection.serialize()
    with connection.cursor() as cursor:
        texts = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            texts += [row[0] for row in cursor.fetchall()]
    return "\n".join(texts).encode()


def in_clear(content: bytes) -> set[str]:
    """The family names of people accompanied that stand in `content`."""
    return {name for name in names.FAMILY if name.encode() in content}


def snapshot() -> dict[str, list]:
    """Every row, but for what is encrypted or salted."""
    return {
        model.__name__: list(
            model.objects.order_by("pk").values_list(
                *(
                    field.attname
                    for field in model._meta.concrete_fields
                    if not isinstance(field, EncryptedTextField) and field.name not in VARYING
                )
            )
        )
        for model in MODELS
    }


def load_and_forget(*, seed: int, on: date) -> tuple[dict[str, list], list]:
    """A season's rows and what the audit says of it; nothing stays."""
    with transaction.atomic():
        load_season(seed=seed, on=on)
        found = snapshot(), invariants.audit().violations
        transaction.set_rollback(True)
    return found


class TestSeason(TestCase):
    @classmethod
    def setUpTestData(cls):
        load_season(seed=1, on=ON)

    def test_season_has_the_size_of_a_living_portal(self):
        assert Structure.objects.count() >= 40
        assert Venue.objects.count() == 25
        assert Performance.objects.count() >= 300
        assert Participant.objects.count() == 600
        assert Event.objects.count() >= 60

    def test_season_shows_many_types_of_structures_and_every_kind_of_event(self):
        types = set(Structure.objects.values_list("type", flat=True))
        assert types <= {code for code, _ in structure_types()}
        assert len(types) >= 35
        assert {"CPAS", "AMO", "RESTO_SOCIAL"} <= types
        assert set(Event.objects.values_list("kind", flat=True)) == set(Event.Kind.values)
        assert set(Venue.objects.values_list("kind", flat=True)) == set(Venue.Kind.values)

    def test_venues_and_events_say_what_people_need(self):
        for venue in Venue.objects.all():
            assert venue.transit and venue.companion_price and venue.purchase_info and venue.place
        for event in Event.objects.all():
            assert len(event.description) > 100
            assert event.search_text
            event.full_clean()

    def test_dates_lie_around_the_day_and_most_are_to_come(self):
        moments = list(Performance.objects.values_list("starts_at", flat=True))
        assert min(moments) >= NOW - BEFORE and max(moments) < NOW + AFTER + timedelta(days=1)
        past = sum(moment < NOW for moment in moments)
        assert 0.1 < past / len(moments) < 0.35

    def test_some_partners_joined_some_gave_and_one_receipt_was_put_right(self):
        assert Membership.objects.exclude(paid_on=None).count() >= 10
        assert Membership.objects.waiting().exclude(asked_at=None).count() == 1
        assert Donation.objects.count() >= 5
        assert Receipt.objects.exclude(replaces=None).count() == 1
        ours = User.objects.get(email=accounts.LEAD.email)
        assert Receipt.objects.visible_to(ours).count() == 1

    def test_season_breaks_no_invariant(self):
        assert invariants.audit().violations == []

    def test_bookings_are_in_every_state(self):
        statuses = Counter(Invitation.objects.values_list("status", flat=True))
        assert set(statuses) == set(Status.values)
        live = Booking.objects.live()
        assert live.to_come(at=NOW).filter(printed_at=None).exists()
        assert live.to_come(at=NOW).exclude(printed_at=None).exists()
        assert Booking.objects.exclude(cancelled_at=None).exists()
        assert Invitation.objects.filter(status=Status.CANCELLED, booking__cancelled_at=None).exists()
        assert set(Invitation.objects.values_list("companion_reason", flat=True)) == {"", "wished", "needed"}
        assert Booking.objects.annotate(people=Count("invitations")).filter(people__gte=6).exists()
        assert Performance.objects.exclude(cancelled_at=None).exists()
        full = Q(seats_left=0, capacity__gt=0, starts_at__gt=NOW)
        assert Performance.objects.filter(full).exists()
        assert Performance.objects.filter(seats_left=F("capacity"), capacity__gt=0).exists()

    def test_agreements_are_in_every_state(self):
        able = Structure.objects.filter(pk__in=Agreement.objects.in_force(on=ON).values("structure"))
        assert able.count() > Structure.objects.count() * 0.75
        assert Agreement.objects.filter(signed_on=None).exists()
        assert Agreement.objects.filter(ends_on__lt=ON, signed_on__isnull=False).exists()
        assert Agreement.objects.filter(starts_on__gt=ON).exists()

    def test_one_structure_is_suspended_with_an_open_procedure(self):
        breach = Breach.objects.get()
        suspended = Structure.objects.exclude(suspended_at=None).get()
        assert breach.partner == suspended and breach.letters.get().content.startswith(b"%PDF")
        assert not suspended.users.filter(email__in=[account.email for account in accounts.ACCOUNTS]).exists()
        assert Booking.objects.filter(structure=suspended).exists()

    def test_somebody_goes_out_more_than_foreseen_and_the_review_has_nothing_to_add(self):
        assert UsageAlert.objects.of_people().get().count > settings.USAGE_ALERT_OUTINGS
        assert review_weeks(at=NOW) == review_structures(at=NOW) == 0

    def test_our_structure_has_outings_of_which_nobody_said_who_came(self):
        ours = User.objects.get(email=accounts.WORKER.email).structure
        outings, week = attendance.waiting(structure=ours, at=NOW)
        assert outings and week and OutingComment.objects.filter(structure=ours).count() == 3

    def test_unused_seats_stand_out_and_one_structure_is_to_be_called_back(self):
        unused = UsageAlert.objects.filter(kind=UsageAlert.Kind.UNUSED)
        assert 1 < unused.count() < 6
        assert unused.to_call_back(on=ON).get().notes.get().by == User.objects.get(email=accounts.STAFF.email)

    def test_one_scarce_date_takes_requests_and_one_was_drawn(self):
        ours = User.objects.get(email=accounts.WORKER.email).structure
        waiting, done = Draw.objects.get(drawn_at=None), Draw.objects.exclude(drawn_at=None).get()
        assert waiting.takes_requests(at=NOW + timedelta(days=1))
        assert waiting.requests.filter(structure=ours).exists()
        assert is_true(done) and is_true(waiting)
        outcomes = set(done.requests.values_list("outcome", flat=True))
        assert outcomes == {"served", "not_served"}
        assert done.requests.filter(structure=ours).exists()
        assert done.performance.event.venue.users.filter(email=accounts.VENUE.email).exists()

    def test_the_venue_has_a_draft_on_its_desk_and_pictures_on_its_events(self):
        draft = EventDraft.objects.get()
        assert draft.title == "Les Mercredis du conte" and "repeat-weekdays" in draft.data
        shown = Event.objects.exclude(picture=None)
        assert Picture.objects.count() == 3 == shown.count()
        assert all(event.picture_alt and event.venue == draft.venue for event in shown)

    def test_the_last_days_left_something_for_everybody(self):
        ours, venue = (User.objects.get(email=one.email) for one in (accounts.WORKER, accounts.VENUE))
        notice = ChangeNotice.objects.visible_to(ours).to_tell(at=NOW).get()
        assert notice.differences and not notice.change.cancelled
        assert News.objects.to_pass_on(ours, on=ON).count() == 2
        document = VenueDocument.objects.visible_to(ours).get()
        assert document.event.venue == venue.venue and document.media_type == "image/jpeg"
        assert MaterialRequest.objects.of(venue).waiting(at=NOW).count() == 1
        assert Thanks.objects.shown_to(venue).count() == 1 == Thanks.objects.waiting().count()
        twice = Admission.objects.values("invitation").annotate(times=Count("pk")).get()
        assert twice["times"] == 2 and Admission.objects.of_venue(venue).count() == 2

    def test_loading_leaves_no_mail_to_send(self):
        assert not OutboxMessage.objects.due(at=NOW + timedelta(days=400)).exists()

    def test_database_holds_no_participants_name_in_clear(self):
        assert in_clear(stored()) == set()
        person = Participant.objects.first()
        Structure.objects.update(representative_name=person.family_name)  # the look would have found one
        assert in_clear(stored()) == {person.family_name}

    def test_people_have_names_and_languages_of_many_origins(self):
        people = list(Participant.objects.all())
        assert len({person.family_name for person in people}) > 100
        assert len({person.language for person in people}) == 9
        by_structure = Counter((person.structure_id, person.full_name) for person in people)
        assert max(by_structure.values()) == 1

    def test_the_nightly_date_can_be_booked_until_the_last_minute_of_the_day(self):
        """What `demo_check` counts on, whatever the hour it runs at."""
        for day in (ON, ON + timedelta(days=1)):
            late = at_hour(day, 23, 55)
            tonight = Performance.objects.bookable(at=late).filter(
                event__title="Minuit moins deux", starts_at__date=day, seats_left__gte=10
            )
            assert tonight.get().event.venue.users.filter(email=accounts.VENUE.email).exists()

    def test_demonstration_accounts_sign_in(self):
        for account in accounts.ACCOUNTS:
            user = authenticate(email=account.email, password=accounts.PASSWORD)
            assert user and user.role == account.role
            assert not user.books or terms_to_accept(user=user, at=NOW) is None
        assert accounts.entries()[-1].label == accounts.VISITOR_LABEL

    def test_staff_enter_with_the_code_that_the_command_prints(self):
        out, browser = StringIO(), Client()
        call_command("demo_code", stdout=out)
        typed = {"login": accounts.STAFF.email, "password": accounts.PASSWORD}
        browser.post("/compte/connexion/", typed)
        assert browser.get("/gestion/").status_code == 302
        browser.post("/compte/double-verification/code/", {"code": out.getvalue()[:7]})
        assert browser.get("/gestion/").status_code == 200

    def test_command_says_so_where_the_application_is_another_one(self):
        Authenticator.objects.all().delete()
        with pytest.raises(CommandError, match="retirée ou remplacée"):
            call_command("demo_code")

    def test_new_colleague_has_her_first_day_before_her(self):
        browser = Client()
        typed = {"login": accounts.NEW_STAFF.email, "password": accounts.PASSWORD}
        assert browser.post("/compte/connexion/", typed).status_code == 302
        assert browser.get("/gestion/").url == "/compte/double-verification/"

    def test_everybody_else_has_no_password(self):
        ours = [account.email for account in accounts.ACCOUNTS]
        assert not any(user.has_usable_password() for user in User.objects.exclude(email__in=ours))

    def test_visitor_code_of_the_list_opens_the_catalogue(self):
        code = accounts.entries()[-1].sign_in
        access = enter_as_visitor(typed=code, address="192.0.2.1", at=NOW)
        assert access.structure == User.objects.get(email=accounts.WORKER.email).structure

    def test_command_says_that_the_season_is_there(self):
        out = StringIO()
        call_command("demo_season", "--on", "2027-01-01", stdout=out)
        assert "déjà là (2026-11-22 graine 1)" in out.getvalue()
        assert Participant.objects.count() == 600

    def test_command_lists_the_accounts(self):
        out = StringIO()
        call_command("demo_season", "--accounts", stdout=out)
        for entry in accounts.entries():
            assert entry.sign_in in out.getvalue()
        assert accounts.PASSWORD in out.getvalue() and "./portail code" in out.getvalue()

        out = StringIO()
        call_command("demo_season", "--accounts", "--json", stdout=out)
        listed = json.loads(out.getvalue())
        assert [one["sign_in"] for one in listed] == [entry.sign_in for entry in accounts.entries()]


@pytest.mark.django_db
def test_season_is_the_same_for_a_seed_and_a_day_and_another_for_others():
    """On a day of September: outings of two seasons, booked under two agreements."""
    first, violations = load_and_forget(seed=1, on=date(2027, 9, 20))
    again, _ = load_and_forget(seed=1, on=date(2027, 9, 20))
    other, _ = load_and_forget(seed=2, on=date(2027, 9, 20))
    assert violations == []
    for name in first:
        assert first[name] == again[name], name
    assert first["Booking"] != other["Booking"]


@pytest.mark.django_db
@pytest.mark.parametrize("on", [date(2026, 10, 1), date(2028, 2, 29), date(2027, 3, 28)])
def test_season_holds_together_on_any_day(on):
    """A season's first day, a leap day, the night of summer time."""
    _, violations = load_and_forget(seed=3, on=on)
    assert violations == []


@pytest.mark.django_db
def test_command_loads_and_tells_how_much():
    out = StringIO()
    call_command("demo_season", "--seed", "7", "--on", "2026-12-24", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert told["season"] == "2026-12-24 graine 7"
    assert told["participants"] == Participant.objects.count() == 600
    signed = Agreement.objects.filter(sent_at__isnull=False)
    states = Counter(agreement.state for agreement in signed)
    assert states == {"signed": 2, "partner_signed": 1, "opened": 1, "sent": 1, "refused": 1}
    assert verify().sound and invariants.audit().violations == []
    assert not OutboxMessage.objects.filter(sent_at=None).exists()


@pytest.mark.django_db
def test_season_is_refused_on_a_database_with_partners_of_its_own():
    StructureFactory()
    with pytest.raises(CommandError, match="rien n'a été changé"):
        call_command("demo_season", stdout=StringIO())
    assert not Installation.objects.exists()
    assert Structure.objects.count() == 1


@pytest.mark.django_db
def test_season_is_refused_in_production():
    with override_settings(PRODUCTION=True), pytest.raises(CommandError, match="production"):
        call_command("demo_season", stdout=StringIO())
    assert not Structure.objects.exists()


@pytest.mark.django_db
def test_accounts_exist_only_with_the_season():
    with pytest.raises(CommandError, match="Chargez-la d'abord"):
        call_command("demo_season", "--accounts", stdout=StringIO())


def test_family_names_are_none_of_the_words_of_the_season():
    """Else finding one in the database file would prove nothing."""
    assert all(len(name) >= 6 for name in names.FAMILY)
    assert not set(names.FAMILY) & set(names.STAFF_FAMILY)
    assert len(set(names.FAMILY)) == len(names.FAMILY)


@pytest.mark.django_db
def test_code_is_read_in_a_demonstration_only():
    with pytest.raises(CommandError, match="ne contient pas la saison de démonstration"):
        call_command("demo_code")
