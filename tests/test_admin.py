"""Staff's pages as a whole: they open, stay fast, show no name, and let nobody else in (F1, F5)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from billetterie.admin import ORDER, TOOLS
from billetterie.today import AWAITED, FOLLOWED, URGENT, tasks
from common.models import AuditEntry, Erased, Installation, OutboxMessage
from conventions.models import AccessReminder, Candidacy
from conventions.services.membership import record_donation
from conventions.tests.factories import (
    AccessRenewalFactory,
    AgreementFactory,
    CandidacyFactory,
    DonationFactory,
    MembershipFactory,
    a_breach,
)
from conventions.tests.signatures import a_signed
from evaluations.models import Charter, ControlNight, Outcome, SeasonReport, SheetReminder
from evaluations.services import thank
from evaluations.services.attendance import choose_reminders
from evaluations.tests.factories import (
    FindingFactory,
    OpinionFactory,
    OpinionReportFactory,
    OutingCommentFactory,
    a_sheet,
)
from invitations.models import (
    Admission,
    DrawGuest,
    ErasureNight,
    Invitation,
    Participant,
    PartyDocument,
    PrintRun,
    UsageReview,
    WaitlistGuest,
)
from invitations.services.material import choose_mail
from invitations.services.news import pass_on
from invitations.services.people import read_names
from invitations.tests.factories import (
    ParticipantFactory,
    SeatsCallFactory,
    UsageAlertFactory,
    UsageNoteFactory,
    WaitlistEntryFactory,
    a_booking,
    a_document,
    a_draw,
    a_group,
    a_material_request,
    a_move,
    a_piece_of_news,
    a_request,
    a_worker,
)
from offers.models import EventChange, ProgrammeUpload
from offers.tests.factories import (
    EventDraftFactory,
    EventFactory,
    PerformanceFactory,
    PictureFactory,
    QuotaFactory,
)
from partners.models import Feed, HelpPage, PriorityArea, Question, User
from partners.services import open_feed
from partners.tests.factories import (
    AccessLinkFactory,
    UserFactory,
    VenueFactory,
    VisitorAccessFactory,
)

pytestmark = pytest.mark.django_db

CANARY = "Canarizelle"
REASON = "Le lieu a perdu sa liste d'accueil."


@pytest.fixture
def staff():
    return UserFactory(staff=True)


@pytest.fixture
def desk(client, staff):
    """Staff's browser."""
    client.force_login(staff)
    return client


def one_more_of_everything():
    """One more row of every model, tied together as the work ties them; the booking it holds."""
    now = timezone.now()
    worker = a_worker()
    lead = UserFactory(lead=True, structure=worker.structure)
    AccessLinkFactory(user=lead)
    renewal = AccessRenewalFactory(structure=worker.structure)
    AccessReminder.objects.create(renewal=renewal, days_before=7, sent_at=now)
    VisitorAccessFactory(structure=worker.structure)
    open_feed(structure=worker.structure, kind=Feed.Kind.OUTINGS, by=worker, at=now)
    participant = ParticipantFactory(structure=worker.structure, given_name=CANARY, family_name=CANARY)
    booking = a_booking(by=worker, participant=participant, guests=1, companions=1)
    for invitation in booking.invitations.all():
        invitation.given_name = invitation.family_name = CANARY
        invitation.save()
    Admission.objects.create(
        invitation=booking.invitations.first(), at=now, phone="K7M", by=worker, received_at=now
    )
    UsageAlertFactory(structure=worker.structure, person_ref=participant.person_ref)
    UsageNoteFactory(alert=UsageAlertFactory(structure=worker.structure, unused=True), due=True)
    UsageReview.objects.create(
        on=now.date() - timedelta(days=UsageReview.objects.count()), made_at=now, first=now, last=now
    )
    waiting = WaitlistEntryFactory(participant=participant, joined_by=worker, seats=2)
    WaitlistGuest.objects.create(
        entry=waiting, kind="guest", given_name=CANARY, family_name=CANARY, position=1
    )
    SeatsCallFactory(performance=waiting.performance)
    a_group(by=worker, label=CANARY)
    QuotaFactory(of_date=True, performance=PerformanceFactory())
    PartyDocument.objects.create(booking=booking, asked_at=now, made_at=now, content=CANARY.encode())
    a_move(booking.performance)
    a_document(event=booking.performance.event)
    a_material_request(event=booking.performance.event, by=worker)
    choose_mail(wanted=False, by=worker, at=now)
    pass_on(news=a_piece_of_news(), by=worker, at=now)
    awaited = a_sheet(by=worker, staff=UserFactory(staff=True)).questionnaire
    SheetReminder.objects.create(questionnaire=awaited, structure=worker.structure, sent_at=now)
    choose_reminders(wanted=False, by=worker, at=now)
    OutingCommentFactory(structure=worker.structure, performance=booking.performance)
    thank(venue=booking.performance.event.venue, text="Merci !", by=worker, at=now)
    PrintRun.objects.create(
        structure=worker.structure, bookings=[], asked_at=now, made_at=now, content=CANARY.encode()
    )
    a_request(a_draw(), by=worker, participant=participant, guests=1)
    DrawGuest.objects.update(given_name=CANARY, family_name=CANARY)
    Question.objects.create(email="a@portail.example", text="Où ?", account=worker, asked_at=now)
    HelpPage.objects.create(slug=str(uuid4()), title="Aide", body="Texte")
    PriorityArea.objects.create(code=str(uuid4())[:12], name="Les Hauts", communes="Bron")
    said = OpinionFactory(event=booking.performance.event, structure=worker.structure)
    OpinionReportFactory(opinion=said)
    OpinionFactory(waiting=True, answers_to=said, hints=["name"])
    Charter.objects.create(version=str(uuid4())[:20], text="Parlez.", published_at=now + timedelta(days=9))
    nights = ControlNight.objects.count()
    ControlNight.objects.create(
        on=timezone.localdate() - timedelta(days=nights), made_at=now, season_year=2026
    )
    Outcome.objects.create(
        finding=FindingFactory(), kind="nothing", on=timezone.localdate(), by=lead, written_at=now
    )
    SeasonReport.objects.create(
        season_year=2000 + nights, asked_at=now, made_at=now, content=CANARY.encode(), asked_by=lead
    )
    venue = VenueFactory()
    desk = UserFactory(venue_desk=True, venue=venue)
    CandidacyFactory(next_on=now.date() - timedelta(days=9))
    a_signed(at=now)
    a_breach(agreement=AgreementFactory(structure=None, venue=venue), by=UserFactory(staff=True))
    PerformanceFactory(event=EventFactory(venue=venue), capacity=0)
    EventDraftFactory(venue=venue, by=desk, picture=PictureFactory())
    EventChange.objects.create(event=booking.performance.event, by=desk, typed="title=Autre", saved_at=now)
    ProgrammeUpload.objects.create(venue=venue, by=desk, filename="a.csv", content=b"a", created_at=now)
    Installation.objects.create(key=str(uuid4()), value="essai")
    Erased.objects.create(row=uuid4(), model="invitations.participant", at=now)
    nights = ErasureNight.objects.count()
    ErasureNight.objects.create(on=timezone.localdate() - timedelta(days=nights), began_at=now, ended_at=now)
    OutboxMessage.objects.create(
        effect=str(uuid4()),
        recipient="a@portail.example",
        subject="Bonjour",
        text="Un lien secret",
        created_at=now,
        next_try_at=now,
        set_aside_at=now,
    )
    a_member = MembershipFactory(structure=worker.structure, asked_at=now)
    MembershipFactory(structure=None, venue=venue)
    record_donation(donation=DonationFactory.build(structure=a_member.structure), by=desk, at=now)
    return booking


MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def pages_of(model):
    """Every page that a model has in the admin: its list, its form, and those of its first rows."""
    yield url(model, "changelist")
    yield url(model, "add")
    for pk in model._default_manager.values_list("pk", flat=True)[:3]:
        yield from (url(model, page, pk) for page in ("change", "delete", "history"))


def test_every_model_of_the_portal_has_its_pages():
    ours = {model for app in ORDER if app != "auth" for model in apps.get_app_config(app).get_models()}
    assert ours <= set(MODELS)


def test_every_page_opens_on_real_rows(desk):
    one_more_of_everything()
    closed = []
    for model in MODELS:
        for page in pages_of(model):
            answer = desk.get(page)
            if answer.status_code == 403 and page.endswith(("/add/", "/delete/")):
                closed.append(model.__name__)  # only services write these
            else:
                assert answer.status_code == 200, page
    assert {"Booking", "Invitation", "Participant", "AuditEntry", "OutboxMessage"} <= set(closed)
    assert {"Structure", "Venue", "User", "Event"}.isdisjoint(closed)


def test_no_name_of_a_participant_guest_or_companion_shows_anywhere(desk, staff):
    booking = one_more_of_everything()
    read_names(booking=booking, reason=REASON, by=staff, at=timezone.now())
    assert CANARY in Participant.objects.get().full_name
    for model in MODELS:
        for page in pages_of(model):
            assert CANARY.lower() not in desk.get(page).text.lower(), page
        for words in (CANARY, CANARY[:5]):
            found = desk.get(url(model, "changelist"), {"q": words})
            assert found.status_code == 200
            assert found.context["cl"].result_count == 0 or not found.context["cl"].search_fields, model
    assert CANARY not in desk.get(reverse("admin:index")).text
    assert CANARY not in desk.get(reverse("admin:invitations_booking_names", args=[booking.pk])).text


def test_actions_and_log_entries_hold_no_name(desk):
    booking = one_more_of_everything()
    desk.post(url(type(booking), "changelist"), {"action": "cancel", "_selected_action": [str(booking.pk)]})
    assert Invitation.objects.live().count() == 0
    written = [str(list(model.objects.values())) for model in (LogEntry, AuditEntry, OutboxMessage)]
    assert all(CANARY not in rows for rows in written)


def test_token_of_an_invitation_shows_nowhere(desk):
    booking = one_more_of_everything()
    tokens = list(booking.invitations.values_list("token", flat=True))
    for model in (Invitation, type(booking)):
        for page in pages_of(model):
            text = desk.get(page).text
            assert not any(token in text for token in tokens), page


def queries(desk, page):
    with CaptureQueriesContext(connection) as captured:
        assert desk.get(page).status_code == 200
    return len(captured)


def test_lists_take_the_same_queries_at_1_and_5_rows(desk):
    lists = [reverse("admin:index"), *(url(model, "changelist") for model in MODELS)]
    for page in lists:
        desk.get(page)  # what is remembered between requests is remembered now
    counts, made = {}, 0
    for rows in (1, 5):
        for _ in range(rows - made):
            one_more_of_everything()
        made = rows
        counts[rows] = {page: queries(desk, page) for page in lists}
    assert counts[1] == counts[5]
    assert max(counts[5].values()) <= 26


def test_pages_of_a_structure_and_an_event_take_the_same_queries_whatever_hangs_on_them(desk):
    booking = one_more_of_everything()
    structure, event = booking.structure, booking.performance.event
    pages = [url(type(row), "change", row.pk) for row in (structure, event, booking)]
    for page in pages:
        desk.get(page)  # content types are looked up once per process
    few = [queries(desk, page) for page in pages]
    for number in range(10):
        UserFactory(structure=structure)
        AgreementFactory(structure=structure)
        PerformanceFactory(event=event, starts_at=timezone.now() + timedelta(days=9 + number))
    assert [queries(desk, page) for page in pages] == few


@pytest.mark.parametrize(
    "trait", [{"lead": True}, {}, {"venue_desk": True}, {"staff": True, "is_staff": False}]
)
def test_other_accounts_are_refused(client, trait):
    booking = one_more_of_everything()
    client.force_login(UserFactory(**trait))
    names = reverse("admin:invitations_booking_names", args=[booking.pk])
    for page in (
        reverse("admin:index"),
        url(User, "changelist"),
        url(type(booking), "change", booking.pk),
        names,
    ):
        assert client.get(page, follow=True).status_code == 403
    assert client.post(names, {"reason": REASON}, follow=True).status_code == 403


def test_staff_whose_account_is_closed_are_out_at_once(desk, staff):
    User.objects.filter(pk=staff.pk).update(is_active=False)
    assert desk.get(reverse("admin:index")).status_code == 302


def test_stranger_is_led_to_the_sites_own_sign_in(client):
    for page in (reverse("admin:index"), reverse("admin:login"), url(User, "changelist")):
        answer = client.get(page)
        assert answer.status_code == 302
        assert answer.url.startswith(reverse("account_login"))


def test_leaving_and_changing_the_password_use_the_sites_own_pages(desk):
    assert desk.get(reverse("admin:password_change")).url == reverse("account_change_password")
    assert desk.post(reverse("admin:logout")).url == reverse("account_login")
    assert desk.get(reverse("admin:index")).status_code == 302


def test_staff_without_rights_see_no_rows(client):
    booking = one_more_of_everything()
    client.force_login(UserFactory(staff=True, is_superuser=False))
    assert client.get(reverse("admin:index")).status_code == 200
    assert client.get(url(type(booking), "changelist")).status_code == 403
    assert client.get(reverse("admin:invitations_booking_names", args=[booking.pk])).status_code == 403


def test_first_page_follows_the_order_of_the_work(desk):
    labels = [app["app_label"] for app in desk.get(reverse("admin:index")).context["app_list"]]
    assert labels == [app for app in ORDER if app in labels]
    assert labels[:4] == ["partners", "conventions", "offers", "invitations"]


def test_technical_tables_stand_with_the_tools_on_the_first_page_alone(desk):
    def shown(name, *args):
        apps = desk.get(reverse(name, args=args)).context["app_list"]
        return {app["app_label"]: [entry["object_name"] for entry in app["models"]] for app in apps}

    first, conventions = shown("admin:index"), shown("admin:app_list", "conventions")
    assert "Agreement" in first["conventions"] and "EvidenceHead" not in first["conventions"]
    assert "EvidenceHead" in first["common"] and "EvidenceHead" in conventions["conventions"]
    known = {model.__name__ for model in MODELS}
    shown_once = [one for app in first.values() for one in app]
    assert known >= TOOLS and sorted(shown_once) == sorted([*known, "Previews"])


@pytest.mark.parametrize("words", ["\x00", "a\x00b", "x" * 5000, "mot " * 3000, "'\"%_\\", "🎭"])
def test_any_search_gets_an_answer(desk, words):
    one_more_of_everything()
    for model in MODELS:
        assert desk.get(url(model, "changelist"), {"q": words}, follow=True).status_code == 200, model


def test_unreadable_character_in_a_list_gets_a_sentence(desk):
    answer = desk.get(url(User, "changelist"), {"role__exact": "a\x00"}, follow=True)
    assert "caractère illisible" in answer.text


@pytest.mark.parametrize("key", ["inconnu", "00000000-0000-0000-0000-000000000000"])
def test_page_of_a_row_that_is_not_there_leads_back(desk, key):
    for model in MODELS:
        answer = desk.get(url(model, "changelist") + f"{key}/change/")
        assert answer.status_code in {302, 404}, model


def test_autocomplete_answers_to_anything_and_names_nobody(desk):
    one_more_of_everything()
    asked = {"app_label": "partners", "model_name": "user", "field_name": "structure"}
    for words in ("Tilleuls", "\x00", "x" * 3000):
        answer = desk.get(reverse("admin:autocomplete"), {**asked, "term": words})
        assert answer.status_code == 200
        assert CANARY not in answer.text


def test_today_is_empty_when_nothing_waits():
    AgreementFactory()
    assert tasks(at=timezone.now()) == []


def test_today_counts_what_its_links_show(desk):
    for _ in range(2):
        one_more_of_everything()
    AgreementFactory(unsigned=True)
    ending = AgreementFactory(ends_on=timezone.localdate())
    CandidacyFactory(state=Candidacy.State.AGREEMENT, structure=ending.structure, agreement=ending)
    waiting = tasks(at=timezone.now())
    assert [task.group for task in waiting] == [URGENT] * 6 + [AWAITED] * 6 + [FOLLOWED] * 2
    assert [task.count for task in waiting] == [*[2] * 10, 1, 2, 1, 1]
    home = desk.get(reverse("admin:index")).text
    for task in waiting:
        assert desk.get(task.url).context["cl"].result_count == task.count, task.label
        assert task.label.replace("'", "&#x27;") in home


def test_today_takes_one_query_per_line(django_assert_num_queries):
    one_more_of_everything()
    with django_assert_num_queries(23):
        tasks(at=timezone.now())


def test_models_and_migrations_agree():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.parametrize(
    "question",
    [
        "partners/user/?password__startswith=pbkdf2",
        "common/outboxmessage/?text__contains=cle",
        "invitations/invitation/?token__startswith=a",
        "invitations/booking/?invitations__token__startswith=a",
        "invitations/booking/?key__startswith=a",
        "invitations/draw/?seed__startswith=a",
        "invitations/draw/?seed__isnull=0",
        "invitations/drawrequest/?draw__seed__exact=a",
        "invitations/drawrequest/?key__startswith=a",
        "partners/visitoraccess/?code_hash__startswith=a",
        "conventions/receipt/?content__isnull=0",
        "partners/feed/?token_hash__startswith=a",
        "partners/accesslink/?token_hash__startswith=a",
        "partners/user/?access_links__token_hash__startswith=a",
    ],
)
def test_no_address_questions_a_column_that_opens_something(question, cast):
    assert cast.browser("staff").get(f"/gestion/{question}").status_code == 400


def test_year_that_no_calendar_has_leads_back_with_a_sentence(cast):
    page = cast.browser("staff").get(
        "/gestion/offers/performance/?starts_at__year=99999999999999", follow=True
    )
    assert page.status_code == 200 and "n&#x27;existe pas" in page.content.decode()


def test_image_signs_nobody_out(cast):
    browser = cast.browser("staff")
    browser.get("/gestion/logout/")
    assert browser.get("/gestion/").status_code == 200
    browser.post("/gestion/logout/")
    assert browser.get("/gestion/").status_code == 302
