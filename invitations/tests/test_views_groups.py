"""The pages of a group outing (D10)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.models import OutboxMessage
from common.templatetags.ui import day_short, hour
from invitations.models import Booking, GroupOuting, Invitation, Participant, PartyDocument
from invitations.services import drawing, groups
from invitations.services.people import change_participant
from invitations.tests.factories import ParticipantFactory, a_booking, a_group, a_worker, name
from offers.tests.factories import PerformanceFactory, QuotaFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(client):
    worker = a_worker()
    client.force_login(worker)
    return worker


def to(page, row):
    return reverse(f"invitations:{page}", args=[row.pk])


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").replace("&nbsp;", " ").split())


def performance_in(days, **fields):
    return PerformanceFactory(starts_at=timezone.now() + timedelta(days=days), **fields)


def send(client, url, **fields):
    """The form of a page as a browser sends it, with what is typed."""
    form = client.get(url).context["form"]
    return client.post(url, {"key": form["key"].value(), **fields})


def test_booking_form_and_event_page_lead_to_the_groups_form(client, worker):
    performance = performance_in(10)
    url = to("group_book", performance)
    assert url in text(client.get(to("book", performance)))
    assert url in text(client.get(performance.event.get_absolute_url()))


def test_group_is_booked_and_its_page_says_until_when_names_are_due(client, worker):
    performance = performance_in(10, capacity=20)
    response = send(client, to("group_book", performance), label="Atelier du jeudi", seats="6")
    group = GroupOuting.objects.get()
    assert response.url == group.get_absolute_url()
    page = text(client.get(response.url))
    assert "6 places sans nom" in page
    assert "Donnez les noms avant le" in page


def test_too_few_seats_keep_what_was_typed_and_offer_the_waiting_list(client, worker):
    performance = performance_in(10, capacity=6)
    a_booking(performance=performance, guests=1)
    url = to("group_book", performance)
    page = text(send(client, url, label="Chorale", seats="5"))
    assert "Il reste 4 places" in page
    assert 'value="Chorale"' in page
    response = send(client, url, label="Chorale", seats="5", wait="on")
    page = text(client.get(response.url))
    assert "4 places sans nom" in page
    assert "1 place de plus attend en liste d’attente" in page
    assert "Chorale" in text(client.get(reverse("invitations:waiting_list")))
    assert "1 place de plus" in text(client.get(to("waiting_entry", GroupOuting.objects.get().rest)))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"seats": "6"}, "Donnez un nom au groupe"),
        ({"label": "x", "seats": "1"}, "de 2 à 50 personnes"),
        ({"label": "x", "seats": "beaucoup"}, "de 2 à 50 personnes"),
    ],
)
def test_what_is_missing_in_the_groups_form_is_said(client, worker, typed, sentence):
    assert sentence in text(send(client, to("group_book", performance_in(10)), **typed))
    assert not GroupOuting.objects.exists()


def test_page_of_a_date_that_takes_no_group_says_why(client, worker):
    page = text(client.get(to("group_book", performance_in(0.1))))
    assert "trop proche" in page
    assert "<form method" not in page.split("<main")[1]


def test_quota_is_told_before_a_group_is_booked(client, worker):
    performance = performance_in(10, capacity=20)
    QuotaFactory(of_date=True, performance=performance, seats=5)
    assert "au plus 5 places par structure" in text(client.get(to("group_book", performance)))


def test_conditions_come_before_the_groups_form(client):
    worker = a_worker()
    worker.acceptances.all().delete()
    client.force_login(worker)
    url = to("group_book", performance_in(10))
    assert client.get(url).url.endswith(f"?next={url}")


def test_people_are_ticked_and_written_line_by_line(client, worker):
    group = a_group(by=worker)
    known, ticked = (ParticipantFactory(structure=worker.structure) for _ in range(2))
    response = send(
        client, to("group_names", group), people=[str(ticked.pk)], confirmed="on", companions="Paul Vasseur",
        names=f"{known.given_name.upper()} {known.family_name}\n\n Idrissa de la  Fontaine ;\nMadonna\n",
    )  # fmt: skip
    assert response.url == group.get_absolute_url()
    assert Participant.objects.count() == 4  # the one who was on the list was recognised
    names = {paper.full_name for paper in Invitation.objects.of_group(group)}
    assert names == {known.full_name, ticked.full_name, "Idrissa de la Fontaine", "Madonna", "Paul Vasseur"}
    page = text(client.get(response.url))
    assert "1 place sans nom, 5 personnes nommées" in page
    assert "Accompagnant·e" in page


def test_name_of_two_people_of_the_list_is_not_guessed(client, worker):
    group = a_group(by=worker)
    twins = [
        ParticipantFactory(structure=worker.structure, given_name="Amina", family_name="Verdoyant")
        for _ in range(2)
    ]
    page = text(send(client, to("group_names", group), names="AMINA VERDOYANT", confirmed="on"))
    assert "Plusieurs personnes de votre liste s’appellent Amina Verdoyant" in page
    assert not Booking.objects.exists()
    send(client, to("group_names", group), people=[str(twins[1].pk)], confirmed="on")
    assert Booking.objects.get().participant == twins[1]


def test_names_typed_survive_a_search_and_a_refusal(client, worker):
    group = a_group(by=worker, seats=2)
    people = [ParticipantFactory(structure=worker.structure) for _ in range(3)]
    url = to("group_names", group)
    typed = {
        "people": [str(people[0].pk)],
        "names": "Amina Verdoyant",
        "key": client.get(url).context["form"]["key"].value(),
    }
    page = text(client.post(url, {**typed, "action": "search", "search": people[2].given_name}))
    assert "Amina Verdoyant" in page
    assert people[0].given_name in page
    assert people[2].given_name in page
    assert people[1].given_name not in page
    typed["people"] = [str(one.pk) for one in people]
    page = text(client.post(url, {**typed, "confirmed": "on"}))
    assert "Il reste 2 places sans nom" in page
    assert "Amina Verdoyant" in page
    assert not Booking.objects.exists()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"confirmed": "on"}, "Écrivez au moins un nom"),
        ({"names": "Amina Verdoyant"}, "Cochez pour confirmer"),
        ({"names": "a" * 81, "confirmed": "on"}, "une personne par ligne"),
        ({"people": ["ailleurs"], "confirmed": "on"}, "Cochez-la à nouveau"),
        ({"companions": "Paul Vasseur", "confirmed": "on"}, "Nommez d&#x27;abord une personne"),
    ],
)
def test_what_is_missing_in_the_names_is_said(client, worker, typed, sentence):
    ParticipantFactory(structure=worker.structure)
    assert sentence in text(send(client, to("group_names", a_group(by=worker)), **typed))
    assert not Booking.objects.exists()


def test_long_list_is_shown_in_part_and_searched(client, worker):
    for _ in range(42):
        ParticipantFactory(structure=worker.structure)
    page = text(client.get(to("group_names", a_group(by=worker))))
    assert "2 autres personnes sur votre liste" in page


def test_names_page_of_a_full_or_closed_group_asks_for_nothing(client, worker):
    group = a_group(by=worker, seats=2, named=2)
    assert "Toutes les places de ce groupe ont un nom." in text(client.get(to("group_names", group)))
    groups.end_names(group=group, at=group.names_by)
    assert "ne prend plus de nom" in text(client.get(to("group_names", group)))
    assert "Le délai pour donner les noms est passé" in text(client.get(group.get_absolute_url()))


def test_seats_are_given_back_on_a_page_of_their_own(client, worker):
    group = a_group(by=worker)
    url = to("group_give_back", group)
    assert "Rendez-en entre 1 et 6" in text(client.post(url, {"seats": "7"}))
    assert client.post(url, {"seats": "2"}).url == group.get_absolute_url()
    assert "4 places sans nom" in text(client.get(group.get_absolute_url()))


def test_somebody_is_taken_off_and_somebody_else_named(client, worker):
    group = a_group(by=worker, seats=2, named=2)
    paper = Invitation.objects.first()
    assert "Sa place reste à votre groupe" in text(client.get(to("group_take_off", paper)))
    assert client.post(to("group_take_off", paper)).url == group.get_absolute_url()
    page = text(client.get(group.get_absolute_url()))
    assert "1 place sans nom, 1 personne nommée" in page
    assert "Annulée" in page


def test_whole_group_is_cancelled_after_a_question(client, worker):
    group = a_group(by=worker, named=2)
    assert "Les 2 invitations ne permettent plus d’entrer" in text(client.get(to("group_cancel", group)))
    client.post(to("group_cancel", group))
    assert "Ce groupe est annulé depuis" in text(client.get(group.get_absolute_url()))


def test_all_papers_of_a_small_group_are_one_pdf(client, worker):
    group = a_group(by=worker, named=2)
    response = client.get(to("group_pdf", group))
    assert response["Content-Type"] == "application/pdf"
    assert not Booking.objects.filter(printed_at=None).exists()


def test_group_without_names_has_nothing_to_print(client, worker):
    assert "encore rien à imprimer" in text(client.get(to("group_pdf", a_group(by=worker))))


def test_papers_of_a_large_group_are_drawn_in_the_background_and_follow_every_change(
    client, worker, django_capture_on_commit_callbacks
):
    group = a_group(by=worker, seats=8, named=6)
    assert client.get(to("group_pdf", group)).url == group.get_absolute_url()
    document = PartyDocument.objects.get(group=group)
    assert "Invitations en préparation" in text(client.get(group.get_absolute_url()))
    drawing.draw(document=document, at=timezone.now())
    assert client.get(to("group_pdf", group))["Content-Type"] == "application/pdf"
    person = Participant.objects.first()
    person.given_name = "Autrement"
    change_participant(participant=person, by=worker, at=timezone.now())
    assert PartyDocument.objects.due().filter(group=group).exists()
    name(group, by=worker)
    assert not PartyDocument.objects.filter(group=group).exists()


def test_outings_show_a_group_once_and_each_person_leads_back_to_it(client, worker):
    group = a_group(by=worker, named=2)
    page = text(client.get(reverse("invitations:bookings")))
    assert page.count(group.get_absolute_url()) == 1
    booking = Booking.objects.first()
    assert booking.get_absolute_url() not in page
    assert group.get_absolute_url() in text(client.get(booking.get_absolute_url()))


def test_home_shows_names_that_are_due_then_papers_to_print(client, worker):
    group = a_group(by=worker, seats=3, named=2)
    page = text(client.get("/"))
    assert "1 place sans nom, à donner avant le" in page
    assert "à imprimer" not in page
    name(group, by=worker)
    page = text(client.get("/"))
    assert "sans nom" not in page
    assert page.count("des invitations à imprimer") == 1
    groups.cancel_group(group=group, by=worker, at=timezone.now())
    assert "à imprimer" not in text(client.get("/"))


def test_no_mail_of_a_group_holds_its_label_or_a_name(worker):
    group = a_group(by=worker, named=2, label="Chorale de Zoé")
    groups.remind(group=group, at=group.names_by - timedelta(hours=1))
    groups.end_names(group=group, at=group.names_by)
    mails = OutboxMessage.objects.filter(effect__startswith="group-")
    assert mails.count() == 3
    for mail in mails:
        assert "Chorale" not in mail.text + mail.subject
        assert "Quatremarre" not in mail.text


def test_pages_and_mails_of_a_group_say_that_each_goes_alone(client, worker):
    group = a_group(by=worker, named=2, companions=1)
    pages = [text(client.get(to("invitation_cancel", paper))) for paper in Invitation.objects.all()]
    assert all("les autres restent valables" in page for page in pages)
    assert all("Pour la garder à votre groupe" in page for page in pages)
    booking = Booking.objects.first()
    assert "Annuler toute la sortie" not in text(client.get(booking.get_absolute_url()))
    client.logout()
    address = reverse("invitations:check", args=[Invitation.objects.of_group(group)[0].token])
    page = text(client.get(address))
    assert "Annuler mon invitation" in page
    assert "Annuler pour tout le groupe" not in page
    client.post(address)
    mail = OutboxMessage.objects.get(effect__startswith="booking-cancelled")
    assert "Les autres personnes du groupe gardent la leur" in mail.text


def test_taking_off_the_last_person_says_that_companions_go_too(client, worker):
    group = a_group(by=worker, named=2, companions=1)
    person, other = Invitation.objects.of_group(group).filter(kind="participant")
    assert "leurs invitations s’arrêtent aussi" not in text(client.get(to("group_take_off", person)))
    groups.take_off(invitation=other, by=worker, at=timezone.now())
    for page in ("group_take_off", "invitation_cancel"):
        assert "leurs invitations s’arrêtent aussi" in text(client.get(to(page, person)))


def test_group_shows_who_of_it_goes_out_often(client, worker):
    group = a_group(by=worker, named=2)
    person, other = Participant.objects.all()
    assert "Alerte indicative" not in text(client.get(group.get_absolute_url()))
    for days in (1, 3):
        date = PerformanceFactory(starts_at=group.performance.starts_at + timedelta(days=days))
        a_booking(by=worker, performance=date, participant=person)
    page = text(client.get(group.get_absolute_url()))
    assert f"{person.full_name} : 3 sorties en une semaine (repère de l&#x27;association : 2)" in page
    assert f"{other.full_name} :" not in page


def test_rest_reads_until_when_its_group_waits(client, worker):
    performance = performance_in(10, capacity=6)
    a_booking(performance=performance, guests=1)
    group = a_group(by=worker, performance=performance, seats=6, wait=True)
    page = text(client.get(to("waiting_entry", group.rest)))
    assert (
        f"Votre groupe attend jusqu’au {day_short(group.names_by)}, {hour(group.names_by)}".replace(
            "\xa0", " "
        )
        in page
    )
    assert "ne vous seraient pas proposées" not in page


def test_conditions_come_before_the_names(client):
    worker = a_worker()
    group = a_group(by=worker)
    worker.acceptances.all().delete()
    client.force_login(worker)
    assert client.get(to("group_names", group)).url.endswith(f"?next={to('group_names', group)}")


def test_giving_back_proposes_no_number(client, worker):
    page = client.get(to("group_give_back", a_group(by=worker)))
    assert "6 places de votre groupe n’ont pas de nom" in text(page)
    assert page.context["form"]["seats"].value() is None
