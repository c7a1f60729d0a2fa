from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from common.models import AuditEntry
from invitations.invariants import audit
from invitations.models import Booking
from invitations.services import demand, quotas
from invitations.services.booking import Guest, book, cancel_booking
from invitations.tests.factories import ParticipantFactory, a_booking, a_waiting_party, a_worker
from offers import services as offers
from offers.models import Performance, Quota
from offers.tests.factories import EventFactory, PerformanceFactory, QuotaFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker():
    return a_worker()


@pytest.fixture
def performance():
    return PerformanceFactory(capacity=20)


def party(worker, performance, seats):
    return book(
        performance=performance,
        participant=ParticipantFactory(structure=worker.structure),
        guests=[Guest(f"Ondine{n}", "Quatremarre") for n in range(seats - 1)],
        confirmed=True,
        key=uuid4(),
        by=worker,
        at=timezone.now(),
    )


def said(response) -> str:
    return response.content.decode().replace("&#x27;", "'").replace("&nbsp;", " ")


# --- What it counts ---------------------------------------------------------------------------------------


def scopes(performance):
    event = performance.event
    return {
        "date": lambda: QuotaFactory(of_date=True, performance=performance, seats=3),
        "event": lambda: QuotaFactory(event=event, seats=3),
        "period": lambda: QuotaFactory(of_period=True, venue=event.venue, seats=3),
    }


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ("date", "pour cette séance"),
        ("event", "pour cet événement"),
        ("period", "du "),
    ],
)
def test_structure_takes_no_more_than_its_quota_and_is_told_why(worker, performance, scope, words):
    scopes(performance)[scope]()
    party(worker, performance, 2)
    with pytest.raises(DomainError) as refusal:
        party(worker, performance, 2)
    assert f"au plus 3 places par structure {words}" in refusal.value.sentence
    assert "il vous en reste 1." in refusal.value.sentence
    assert "Votre groupe compte 2 personnes" in refusal.value.sentence
    party(worker, performance, 1)
    with pytest.raises(DomainError, match="vous en avez déjà 3"):
        party(worker, performance, 1)
    assert party(a_worker(), performance, 3)  # everybody has a share of their own
    assert audit().violations == []


@pytest.mark.parametrize(("scope", "counts"), [("date", False), ("event", True), ("period", True)])
def test_seats_of_another_date_count_where_the_quota_says_so(worker, performance, scope, counts):
    scopes(performance)[scope]()
    other = PerformanceFactory(event=performance.event, starts_at=performance.starts_at + timedelta(days=1))
    party(worker, other, 3)
    (share,) = quotas.on_date(structure=worker.structure, performance=performance)
    assert share.held == (3 if counts else 0)


def test_seats_outside_the_period_or_the_event_do_not_count(worker, performance):
    day = performance.day
    QuotaFactory(of_period=True, venue=performance.event.venue, starts_on=day, ends_on=day, seats=1)
    later = PerformanceFactory(event=performance.event, starts_at=performance.starts_at + timedelta(days=1))
    assert quotas.on_date(structure=worker.structure, performance=later) == []
    party(worker, later, 4)
    assert party(worker, performance, 1)


def test_cancelled_seats_come_back_to_the_structure_and_held_ones_count(worker, performance):
    made = party(worker, performance, 3)
    cancel_booking(booking=made, by="essai", at=timezone.now())
    others = a_booking(performance=performance, guests=19)
    QuotaFactory(of_date=True, performance=performance, seats=3, since=timezone.now())
    entry = a_waiting_party(performance=performance, by=worker, guests=1)
    cancel_booking(booking=others, by="essai", at=timezone.now())
    entry.refresh_from_db()
    assert entry.is_offered
    (share,) = quotas.on_date(structure=worker.structure, performance=performance)
    assert (share.held, share.left) == (2, 1)


def test_several_quotas_all_hold(worker, performance):
    for make in scopes(performance).values():
        make()
    Quota.objects.filter(event=performance.event).update(seats=1)
    with pytest.raises(DomainError, match="au plus 1 place par structure pour cet événement"):
        party(worker, performance, 2)


def test_each_of_several_quotas_counts_what_it_speaks_of(worker, performance):
    QuotaFactory(event=performance.event, seats=9)
    QuotaFactory(of_date=True, performance=performance, seats=9)
    next_day = performance.starts_at + timedelta(days=1)
    other = PerformanceFactory(event=performance.event, starts_at=next_day, capacity=5)
    party(worker, other, 3)
    leaving = a_booking(performance=other, guests=1)
    a_waiting_party(performance=other, by=worker, guests=1)
    cancel_booking(booking=leaving, by="essai", at=timezone.now())  # of the five seats, two are held
    shares = quotas.on_date(structure=worker.structure, performance=performance)
    assert {share.quota.performance_id: share.held for share in shares} == {None: 5, performance.pk: 0}


@pytest.mark.parametrize(
    ("first", "last", "shown"), [(0, 0, True), (-3, 0, True), (0, 3, True), (1, 3, False), (-3, -1, False)]
)
def test_event_speaks_of_a_period_that_holds_one_of_its_dates(worker, performance, first, last, shown):
    begins, ends = (performance.day + timedelta(days=days) for days in (first, last))
    QuotaFactory(of_period=True, venue=performance.event.venue, starts_on=begins, ends_on=ends)
    shares = quotas.on_dates(structure=worker.structure, dates=[performance])
    assert bool(shares) == shown


def test_what_is_left_to_each_structure_is_what_its_narrowest_quota_leaves(worker, performance):
    other = a_worker().structure
    assert quotas.left_to([worker.structure, other], performance=performance) == {}
    QuotaFactory(event=performance.event, seats=3)
    QuotaFactory(of_date=True, performance=performance, seats=5)
    party(worker, performance, 2)
    left = quotas.left_to([worker.structure, other], performance=performance)
    assert left == {worker.structure.pk: 1, other.pk: 3}


# --- Setting it -------------------------------------------------------------------------------------------


def test_cutting_a_quota_keeps_what_is_held(worker, performance):
    made = party(worker, performance, 4)
    cut = Quota(venue=performance.event.venue, event=performance.event, seats=2)
    demand.change_quota(quota=cut, by="essai", at=timezone.now() + timedelta(minutes=2))
    assert made.invitations.live().count() == 4
    with pytest.raises(DomainError, match="vous en avez déjà 4"):
        party(worker, performance, 1)
    assert audit().violations == []


def test_changed_quota_closes_the_one_before_and_history_stays(performance):
    first = QuotaFactory(event=performance.event)
    at = timezone.now()
    wanted = {"venue": first.venue, "event": performance.event}
    second = offers.set_quota(quota=Quota(**wanted, seats=5), by="essai", at=at)
    assert offers.set_quota(quota=Quota(**wanted, seats=5), by="essai", at=at) == second
    first.refresh_from_db()
    assert (first.seats, first.until) == (2, at)
    assert list(Quota.objects.open()) == [second]
    assert AuditEntry.objects.filter(verb="quota fixé").count() == 1


def test_lifted_quota_binds_nobody_and_is_lifted_once(worker, performance):
    quota = QuotaFactory(event=performance.event, seats=1)
    demand.lift_quota(quota=quota, by="essai", at=timezone.now())
    assert party(worker, performance, 5)
    with pytest.raises(DomainError, match="plus en vigueur"):
        demand.lift_quota(quota=quota, by="essai", at=timezone.now())


@pytest.mark.parametrize("seats", [0, 10_001, None])
def test_number_that_can_not_be_is_refused(performance, seats):
    with pytest.raises(DomainError, match="entre 1 et"):
        offers.set_quota(
            quota=Quota(venue=performance.event.venue, event=performance.event, seats=seats),
            by="essai",
            at=timezone.now(),
        )


# --- Pages ------------------------------------------------------------------------------------------------


def test_event_page_and_booking_form_say_what_is_left_before_anything_is_typed(cast):
    performance = PerformanceFactory(event__venue=cast.desk.venue, capacity=20)
    QuotaFactory(event=performance.event, seats=6)
    party(cast.worker, performance, 4)
    sentence = (
        "Pour que plus de structures y aillent, ce lieu propose au plus 6 places par structure pour cet événement : "
        "il vous en reste 2."
    )
    browser = cast.browser("worker")
    assert sentence in said(browser.get(reverse("offers:event", args=[performance.event_id])))
    assert sentence in said(browser.get(reverse("invitations:book", args=[performance.pk])))
    assert "par structure" not in said(
        cast.browser("visitor").get(reverse("offers:event", args=[performance.event_id]))
    )
    party(cast.worker, performance, 2)
    page = said(browser.get(reverse("invitations:book", args=[performance.pk])))
    assert "il ne vous en reste aucune" in page and 'name="key"' not in page


def test_venue_sets_changes_and_lifts_its_quotas(cast):
    event = EventFactory(venue=cast.desk.venue)
    performance = PerformanceFactory(event=event)
    browser = cast.browser("desk")
    browser.post(reverse("invitations:event_quota", args=[event.pk]), {"seats": 4})
    browser.post(reverse("invitations:performance_seats", args=[performance.pk]), {"capacity": 9, "seats": 3})
    today = timezone.localdate()
    browser.post(
        reverse("invitations:quotas"), {"starts_on": today, "ends_on": today + timedelta(days=30), "seats": 8}
    )
    assert sorted(Quota.objects.open().values_list("seats", flat=True)) == [3, 4, 8]
    page = said(browser.get(reverse("invitations:quotas")))
    assert all(f"{seats} places au plus par structure" in page for seats in (3, 4, 8))
    browser.post(
        reverse("invitations:performance_seats", args=[performance.pk]), {"capacity": 9, "seats": ""}
    )
    lifted = Quota.objects.open().get(seats=4)
    assert "Retirer ce quota" in said(browser.get(reverse("invitations:quota_lift", args=[lifted.pk])))
    browser.post(reverse("invitations:quota_lift", args=[lifted.pk]))
    assert Quota.objects.open().get().seats == 8
    assert Performance.objects.get(pk=performance.pk).capacity == 9


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"starts_on": "2026-12-02", "ends_on": "2026-12-01", "seats": 3}, "finit avant de commencer"),
        ({"starts_on": "2026-12-02", "ends_on": "2026-12-03", "seats": "x"}, "entre 1 et"),
        ({"starts_on": "", "ends_on": "2026-12-03", "seats": 3}, "Choisissez une date"),
    ],
)
def test_period_that_can_not_be_gets_a_sentence_and_keeps_what_was_typed(cast, typed, sentence):
    page = said(cast.browser("desk").post(reverse("invitations:quotas"), typed))
    assert sentence in page and f'value="{typed["ends_on"]}"' in page
    assert not Quota.objects.exists()


def test_staff_set_a_quota_in_the_admin_and_serve_who_waits(cast):
    performance = PerformanceFactory(event__venue=cast.desk.venue, capacity=2)
    others = a_booking(performance=performance, guests=1)
    entry = a_waiting_party(performance=performance, by=cast.worker, guests=1)
    quota = QuotaFactory(event=performance.event, seats=1)
    cancel_booking(booking=others, by="essai", at=timezone.now())
    browser = cast.browser("staff")
    typed = {"venue": cast.desk.venue.pk, "event": performance.event_id, "performance": "", "seats": 2}
    answer = browser.post(reverse("admin:offers_quota_add"), typed)
    assert answer.status_code == 302
    entry.refresh_from_db()
    assert entry.is_offered
    quota.refresh_from_db()
    assert quota.until
    for wrong in ({**typed, "starts_on": "2026-12-01", "ends_on": "2026-12-02"}, {**typed, "event": ""}):
        assert "un seul des trois" in said(browser.post(reverse("admin:offers_quota_add"), wrong))
    now = Quota.objects.open().get()
    browser.post(
        reverse("admin:offers_quota_changelist"), {"action": "lift", "_selected_action": [str(now.pk)]}
    )
    assert not Quota.objects.open().exists()
    assert not Booking.objects.live().exists()


def test_used_up_quota_stands_where_the_button_was(cast):
    first = PerformanceFactory(capacity=9)
    second = PerformanceFactory(event=first.event, capacity=9, starts_at=first.starts_at + timedelta(days=1))
    quota = QuotaFactory(event=first.event, seats=1)
    browser = cast.browser("worker")
    pages = [reverse("offers:catalogue"), reverse("offers:event", args=[quota.event_id])]
    forms = [reverse("invitations:book", args=[date.pk]) for date in (first, second)]
    for page in pages:
        assert all(form in said(browser.get(page)) for form in forms)
    a_booking(by=cast.worker, performance=first)
    for page in pages:
        assert not any(form in said(browser.get(page)) for form in forms)
        assert "quota atteint" in said(browser.get(page))
    assert "votre structure a déjà sa place" in said(browser.get(pages[0]))
    form = said(browser.get(forms[1]))
    assert form.count("il ne vous en reste aucune") == 1 and reverse("offers:catalogue") in form
    assert all(form in said(cast.browser("stranger").get(pages[1])) for form in forms)


def test_quota_of_one_date_is_said_by_that_date(cast):
    date = PerformanceFactory(capacity=9)
    other = PerformanceFactory(event=date.event, starts_at=date.starts_at + timedelta(days=1))
    QuotaFactory(of_date=True, performance=date, seats=2)
    found = quotas.on_dates(structure=cast.worker.structure, dates=[date, other])
    assert [(share.quota.counts(date), share.quota.counts(other)) for share in found] == [(True, False)]
    page = said(cast.browser("worker").get(reverse("offers:event", args=[date.event_id])))
    assert page.count("au plus 2 places par structure pour cette séance") == 1


@pytest.mark.parametrize("scope", ["date", "event", "period"])
def test_quota_counts_the_dates_that_it_asks_the_database_for(scope):
    date = PerformanceFactory()
    near = PerformanceFactory(event=date.event, starts_at=date.starts_at + timedelta(days=2))
    PerformanceFactory(starts_at=date.starts_at)
    quota = scopes(date)[scope]()
    Quota.objects.filter(starts_on__isnull=False).update(starts_on=date.day, ends_on=date.day)
    quota.refresh_from_db()
    every = Performance.objects.select_related("event")
    counted = set(every.filter(quota.counted()))
    assert counted == {one for one in every if quota.counts(one)}
    assert counted == ({date, near} if scope == "event" else {date})
