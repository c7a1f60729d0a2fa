"""Somebody whom a structure accompanies looks at the outings with its code, and does nothing else."""

import pytest
from playwright.sync_api import expect

from offers.models import Event
from offers.tests.factories import PerformanceFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


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
    tab.sees("Demandez à la personne qui vous accompagne")
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
