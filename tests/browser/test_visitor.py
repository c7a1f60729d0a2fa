"""Somebody whom a structure accompanies looks at the outings with its code, and does nothing else."""

import pytest
from playwright.sync_api import expect

from invitations.tests.factories import a_booking
from offers.models import Event
from offers.tests.factories import PerformanceFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.phone,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


def test_visitor_enters_looks_and_leaves(sit, cast):
    PerformanceFactory(event__title="Fanfare des écluses", event__kind=Event.Kind.CONCERT)
    PerformanceFactory(event__title="Fable d'hiver")
    tab = sit()
    tab.open("/")
    tab.link("Voir les sorties").click()
    tab.look("entrer un code")
    tab.page.get_by_label("Votre code").fill("ABC-DEF-GHJ")
    tab.button("Voir les sorties").click()
    expect(tab.page.get_by_label("Votre code")).to_have_value("ABC-DEF-GHJ")
    tab.look("code inconnu")
    tab.page.get_by_label("Votre code").fill(cast.visitor.spoken_code.lower())
    tab.button("Voir les sorties").click()
    tab.heading("Bienvenue")
    tab.look("accueil visite")
    tab.link("Toutes les sorties").click()
    tab.page.get_by_label("Type").select_option(label="Concert (1)")
    expect(tab.page.locator(".ticket")).to_have_count(1)
    tab.look("catalogue visite")
    tab.page.get_by_role("link", name="Fanfare des écluses", exact=True).click()
    tab.heading("Fanfare des écluses")
    tab.sees("Montrez-la à la personne qui vous accompagne")
    expect(tab.link("Réserver")).to_have_count(0)
    tab.look("événement, visite")
    tab.open("/sorties/", 403)
    tab.look("403 visite")
    tab.open("/")
    tab.button("Quitter").click()
    tab.heading("La culture et le sport")
    tab.open("/catalogue/")
    tab.heading("Se connecter")


def test_a_choice_made_before_the_scripts_have_come_is_heard(sit, cast):
    PerformanceFactory(event__title="Fanfare des écluses", event__kind=Event.Kind.CONCERT)
    PerformanceFactory(event__title="Fable d'hiver")
    tab = sit("visitor")
    held = []
    tab.page.route("**/htmx*.js", lambda route: held.append(route))
    tab.page.goto(f"{tab.address}/catalogue/", wait_until="commit")
    tab.page.get_by_label("Type").select_option(label="Concert (1)")
    expect(tab.page.locator(".ticket")).to_have_count(2)
    for route in held:
        route.continue_()
    expect(tab.page.locator(".ticket")).to_have_count(1)


def test_visitor_finds_no_outing(sit, cast):
    tab = sit("visitor")
    tab.open("/")
    tab.sees("Pas de sortie pour le moment")
    tab.look("accueil visite, rien")
    tab.open("/catalogue/")
    tab.look("catalogue, rien")


def test_too_many_codes_are_refused_with_a_sentence(sit, cast, settings):
    settings.VISITOR_ATTEMPTS = 1
    tab = sit()
    tab.expected.add(429)
    tab.open("/visite/")
    for _ in range(2):
        tab.page.get_by_label("Votre code").fill("ABC-DEF-GHJ")
        tab.button("Voir les sorties").click()
    tab.sees("Erreur 429")
    tab.look("429")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "without"])
def test_visitor_reads_arabic_and_shows_an_outing_to_who_books(sit, cast, size, scripts):
    if size["viewport"]["width"] > 400 and not scripts:
        pytest.skip("the small screen is enough")
    date = PerformanceFactory(event__title="Fanfare des écluses", event__kind=Event.Kind.CONCERT)
    tab = sit(scripts=scripts)
    tab.open("/visite/")
    tab.page.locator(".page").get_by_role("button", name="العربية").click()
    expect(tab.page.locator("html")).to_have_attribute("dir", "rtl")
    tab.heading("اكتبوا رمزكم")
    tab.look("code, arabe")
    tab.page.get_by_label("رمزكم").fill(cast.visitor.spoken_code)
    tab.button("شاهدوا النشاطات").click()
    tab.heading("أهلاً بكم")
    tab.look("accueil visite, arabe")
    tab.page.get_by_role("link", name="Fanfare des écluses", exact=True).first.click()
    tab.look("événement, arabe")
    tab.link("أظهِروه للشخص الذي يرافقني").click()
    tab.sees(date.event.spoken_number)
    tab.look("à montrer, arabe")
    tab.open("/sorties/", 403)
    tab.heading("هذه الصفحة ليست لكم")
    tab.look("403, arabe")
    worker = sit("worker")
    worker.open(f"/choix/{date.event.number}/")
    worker.heading("Réserver")


def test_holder_of_a_paper_reads_tigrinya_and_cancels(sit, cast):
    paper = a_booking(by=cast.worker, performance=PerformanceFactory()).invitations.get()
    tab = sit()
    tab.open(f"/i/{paper.token}/")
    tab.page.locator(".page").get_by_role("button", name="ትግርኛ").click()
    tab.heading("ዕድመኹም")
    tab.look("invitation, tigrinya")
    tab.page.get_by_text("ክመጽእ ኣይክእልን").click()
    tab.button("ንምሉእ ጉጅለ ሰርዙ").click()
    tab.heading("ዝተሰረዘ ዕድመ")
    tab.look("invitation annulée, tigrinya")
