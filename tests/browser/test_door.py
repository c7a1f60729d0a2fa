"""A venue's phones at the door: the camera, the network gone, and what several of them did merged."""

import json
import shutil
from datetime import timedelta
from io import BytesIO

import pypdfium2
import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from invitations.documents import invitations_pdf
from invitations.invariants import audit
from invitations.models import Admission, Invitation
from invitations.services.booking import cancel_invitation
from invitations.tests.factories import a_booking
from offers.models import Performance
from offers.tests.factories import PerformanceFactory
from tests.browser.conftest import NAMES, OPTIONS, PHONE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.parametrize("size", [PHONE], ids=["360"], indirect=True),
]
PAGE = "/accueil/telephone/"
TONES = """() => {
    window.tones = 0;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) { window.tones += 1; return start.apply(this, when); };
}"""
# Everything that the phone keeps: both tables of the page, its settings, and the page in the network's place.
KEPT = """async () => {
    const asked = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
    const base = await asked(indexedDB.open("porte"));
    const rows = (table) => asked(base.transaction(table).objectStore(table).getAll());
    const page = await (await caches.match("/accueil/telephone/")).text();
    return JSON.stringify([await rows("lists"), await rows("admissions"), {...localStorage}, page]);
}"""


@pytest.fixture
def party(cast):
    """Three people of one booking for a date that has just begun."""
    date = PerformanceFactory(event__venue=cast.desk.venue, event__title="Fable d'hiver")
    made = a_booking(by=cast.worker, performance=date, guests=2, at=timezone.now() - timedelta(hours=1))
    Performance.objects.filter(pk=date.pk).update(starts_at=timezone.now() - timedelta(minutes=5))
    return made


def printed(invitation) -> Image.Image:
    """The upper half of a printed invitation, in black and white, as a phone held over it sees it."""
    paper = Invitation.objects.for_paper().get(pk=invitation.pk)
    with pypdfium2.PdfDocument(BytesIO(invitations_pdf([paper]))) as document:
        page = document[0].render(scale=150 / 72).to_pil().convert("1").convert("RGB")
    return page


@pytest.fixture
def filmed(chromium, tmp_path):
    """A browser whose camera films somebody's paper: `filmed(invitation)`."""
    browsers = []

    def film(invitation):
        page = printed(invitation)
        frame = Image.new("RGB", (1280, 720), "gray")
        half = page.crop((0, page.height // 4, page.width, page.height * 3 // 4))
        half.thumbnail((1280, 720))
        frame.paste(half, ((1280 - half.width) // 2, 0))
        reel = tmp_path / "papier.mjpeg"
        picture = BytesIO()
        frame.save(picture, "JPEG", quality=90)
        reel.write_bytes(picture.getvalue() * 5)
        camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        path = next(filter(None, map(shutil.which, NAMES)))
        film = f"--use-file-for-fake-video-capture={reel}"
        browsers.append(chromium.browser_type.launch(executable_path=path, args=[*OPTIONS, *camera, film]))
        return browsers[-1]

    yield film
    for browser in browsers:
        browser.close()


def ready(tab, lists=1):
    """The page is open, knows its lists and can do without the network."""
    tab.open(PAGE)
    expect(tab.page.locator("[data-state]")).to_contain_text("En ligne")
    tab.page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    expect(tab.page.locator("[data-lists] li")).to_have_count(lists)


def type_number(tab, number):
    tab.page.get_by_label("Numéro").fill(number)
    tab.button("Vérifier").click()


def word(tab, words):
    expect(tab.page.locator("[data-result] .verdict__word")).to_have_text(words)


def test_phone_scans_a_printed_paper_and_says_what_it_is(sit, cast, party, filmed):
    first, second, third = party.invitations.order_by("position")
    cancelled = a_booking(
        by=cast.worker, performance=party.performance, at=party.created_at
    ).invitations.get()
    cancel_invitation(invitation=cancelled, by=cast.worker, at=party.created_at)
    later = PerformanceFactory(event__venue=cast.desk.venue, starts_at=timezone.now() + timedelta(days=6))
    later = a_booking(by=cast.worker, performance=later).invitations.get()
    tab = sit("desk", browser=filmed(first))
    tab.page.add_init_script(f"({TONES})()")
    tab.open("/accueil/")
    tab.link("Ouvrir sur ce téléphone").click()
    ready(tab)
    tab.look_at_door("téléphone, prêt")
    tab.button("Scanner").click()
    word(tab, "Bienvenue !")
    tab.sees(first.full_name)
    tab.look_at_door("téléphone, bienvenue")
    tab.button("Faire entrer les 2 autres").click()
    expect(tab.button("Faire entrer")).to_have_count(0)
    assert set(party.invitations.values_list("status", flat=True)) == {"attended"}
    tab.button("Erreur : reprendre").click()
    word(tab, "Repris")
    tab.look_at_door("téléphone, repris")
    expect(tab.page.locator("[data-state]")).not_to_contain_text("à envoyer")
    assert set(party.invitations.values_list("status", flat=True)) == {"valid"}
    type_number(tab, second.spoken_number.lower())
    word(tab, "Bienvenue !")
    type_number(tab, second.spoken_number)
    word(tab, "Déjà entré·e")
    tab.look_at_door("téléphone, déjà entré")
    type_number(tab, cancelled.spoken_number)
    word(tab, "Annulée")
    tab.look_at_door("téléphone, annulée")
    type_number(tab, later.spoken_number)
    word(tab, "Autre date")
    tab.look_at_door("téléphone, autre date")
    heard = tab.page.evaluate("window.tones")
    tab.button("Son").click()
    type_number(tab, "AAA-AAA-AAA")
    word(tab, "Inconnue")
    tab.look_at_door("téléphone, inconnue")
    assert heard > 8 and tab.page.evaluate("window.tones") == heard
    assert Invitation.objects.filter(status="attended").count() == 1
    tab.page.get_by_text("Ce téléphone", exact=True).click()
    tab.button("Effacer les listes").click()
    tab.sees("Aucune liste")
    tab.look_at_door("téléphone, listes effacées")
    assert audit().violations == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["a-b", "b-a"])
def test_two_phones_without_network_merge_in_both_orders(sit, cast, party, order):
    first, second, third = party.invitations.order_by("position")
    phones = [sit("desk"), sit("desk")]
    for tab in phones:
        ready(tab)
        tab.page.context.set_offline(True)
        tab.page.reload()
        expect(tab.page.locator("[data-state]")).to_contain_text("Hors ligne")
        kept = tab.page.evaluate(KEPT)
        assert str(first.pk) in kept and not any(secret in kept for secret in secrets_of(party))
    for tab in phones:
        type_number(tab, first.number)
        word(tab, "Bienvenue !")
    type_number(phones[1], first.number)
    word(phones[1], "Déjà entré·e")
    type_number(phones[1], third.number)
    word(phones[1], "Bienvenue !")
    phones[1].button("Erreur : reprendre").click()
    word(phones[1], "Repris")
    phones[0].sees("1 à envoyer")
    if order == (0, 1):  # the same pages in the other order
        phones[0].look_at_door("téléphone hors ligne")
    assert not Admission.objects.exists()
    cancel_invitation(invitation=second, by=cast.worker, at=party.created_at)
    type_number(phones[0], second.number)
    word(phones[0], "Bienvenue !")
    for index in order:
        phones[index].page.context.set_offline(False)
        expect(phones[index].page.locator("[data-state]")).to_contain_text("En ligne")
        expect(phones[index].page.locator("[data-state]")).not_to_contain_text("à envoyer")
    states = dict(party.invitations.values_list("pk", "status"))
    assert states == {first.pk: "attended", second.pk: "cancelled", third.pk: "valid"}
    assert Admission.objects.filter(invitation=first, undone_at=None).count() == 2
    assert first.admissions.earliest("at").at == Invitation.objects.get(pk=first.pk).admitted_at
    desk = phones[order[1]]
    desk.sees("Fable d'hiver, ")
    expect(desk.page.locator("[data-doubts]")).to_contain_text(": 2")
    if order == (0, 1):
        desk.look_at_door("téléphone, à vérifier")
    desk.page.locator("[data-doubts] a").click()
    desk.sees("À vérifier : 2")
    desk.sees("entré·e 2 fois")
    desk.sees("l'invitation est annulée")
    if order == (0, 1):
        desk.look_at_door("liste, doubles à vérifier")
    assert audit().violations == []


def secrets_of(booking) -> list[str]:
    """What a lost phone must not tell: names, as JSON writes them too, numbers and tokens."""
    people = booking.invitations.all()
    found = [text for one in people for text in (one.given_name, one.family_name, one.number, one.token)]
    return [*found, *(json.dumps(text)[1:-1] for text in found)]
