"""La Criée: an opinion from a phone, read, published, answered, reported, taken back (E3)."""

import pytest
from playwright.sync_api import expect

from evaluations.models import Opinion
from evaluations.tests.factories import OpinionFactory
from offers.tests.factories import PerformanceFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.phone,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


@pytest.fixture(autouse=True)
def quick_hands(settings):
    """The browser types faster than anybody, and one report is enough to hide."""
    settings.CRIEE_SECONDS_MIN = 0
    settings.CRIEE_REPORTS_HIDE = 1


def test_opinion_goes_its_whole_way(sit, cast):
    event = PerformanceFactory(event__title="Fanfare des écluses", event__venue=cast.desk.venue).event
    visitor, staff, desk, stranger = sit("visitor"), sit("staff"), sit("desk"), sit()
    visitor.open(f"/catalogue/{event.pk}/")
    visitor.look("événement, la Criée")
    visitor.link("Donner mon avis").click()
    visitor.look("donner un avis")
    visitor.page.get_by_label("Vos mots").fill("Le bus s'arrête à 22 h.")
    visitor.button("Envoyer").click()
    visitor.look("avis à corriger")
    expect(visitor.page.get_by_label("Vos mots")).to_have_value("Le bus s'arrête à 22 h.")
    visitor.page.get_by_text("Je n’y vais pas").click()
    visitor.page.get_by_label("Je suis d’accord avec la charte").check()
    visitor.button("Envoyer").click()
    visitor.heading("Merci")
    visitor.look("avis arrivé")
    mine = visitor.page.url.removeprefix(visitor.address)

    staff.open("/gestion/")
    staff.link("La Criée : avis à lire").click()
    staff.look("file de la Criée")
    staff.link("Le bus s'arrête").click()
    staff.look("avis à lire")
    staff.button("Publier").click()
    staff.sees("C'est publié.")

    desk.open(f"/criee/?lieu={cast.desk.venue.slug}")
    desk.look("la Criée")
    desk.link("Répondre").click()
    desk.look("un avis")
    desk.page.locator("main .btn-primary").click()
    desk.page.get_by_label("Vos mots").fill("Nous finirons plus tôt.")
    desk.page.get_by_label("Je suis d’accord avec la charte").check()
    desk.look("réponse du lieu")
    desk.button("Envoyer").click()
    desk.sees("Une personne de l’équipe va les lire")
    Opinion.objects.filter(answers_to__isnull=False).update(
        state="published", published_at="2026-01-01T10:00Z", decided_at="2026-01-01T10:00Z"
    )

    stranger.open(Opinion.objects.opening().get().get_absolute_url())
    stranger.sees("Le lieu répond")
    stranger.look("avis et réponse")
    stranger.page.locator("main .cluster").get_by_role("link", name="Signaler").click()
    stranger.look("signaler")
    stranger.page.get_by_text("On peut reconnaître quelqu’un").click()
    stranger.button("Signaler").click()
    stranger.sees("va relire ces mots")
    stranger.look("la Criée, vide")

    staff.open("/gestion/")
    staff.link("La Criée : avis signalés").click()
    staff.link("Le bus s'arrête").click()
    staff.link("Retirer de la Criée").click()
    staff.look("retirer")

    visitor.open(mine)
    visitor.sees("Quelqu’un a signalé vos mots")
    visitor.page.locator("summary").get_by_text("Retirer mes mots").click()
    visitor.look("retirer mes mots")
    visitor.button("Retirer mes mots").click()
    visitor.sees("Vos mots sont retirés et effacés.")
    visitor.look("mots retirés")


def test_opinions_of_every_script_are_read_and_written_in_arabic(sit, cast):
    OpinionFactory(text="Гід говорив повільно.", language="uk")
    OpinionFactory(text="ጽቡቕ ነይሩ።", language="ti", pseudonym="ሓንቲ ጎረቤት")
    OpinionFactory(text="كان جميلاً", language="ar", event=PerformanceFactory().event)
    tab = sit()
    tab.open("/criee/")
    tab.look("la Criée")
    tab.page.locator("header summary").first.click()
    tab.button("العربية").click()
    tab.look("la Criée, arabe")
    tab.open("/criee/ecrire/")
    tab.look("donner un avis, arabe")
    tab.open("/criee/charte/")
    tab.look("charte")
    worker = sit("worker")
    worker.open("/criee/ecrire/")
    worker.look("transmettre des mots")
