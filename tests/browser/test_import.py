"""A venue brings its season as a file: columns, an error, the preview, the import, and what vanished the next time."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from invitations.models import Booking
from invitations.tests.factories import a_booking
from offers.models import Event, Performance, ProgrammeUpload

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

HEAD = "Quoi;Le jour J;Salle\n"


def hand_in(tab, text):
    tab.open("/programme/importer/")
    tab.page.locator("[name=file]").set_input_files(
        {"name": "saison.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    tab.button("Lire le fichier").click()


def test_venue_imports_its_season_and_says_what_becomes_of_dates_that_vanished(sit, cast):
    tab = sit("desk")
    tab.open("/programme/importer/")
    tab.page.get_by_text("Quels fichiers le portail lit-il").click()
    tab.look("importer")
    tab.button("Lire le fichier").click()
    tab.sees("Choisissez un fichier")
    tab.look("importer, sans fichier")

    day = timezone.localdate() + timedelta(days=9)
    ball, fable = (
        f"{title};{day + timedelta(days=n):%d/%m/%Y} 20h30;Studio\n"
        for n, title in enumerate(("Bal", "Fable"))
    )
    hand_in(tab, HEAD + ball + fable.replace("20h30", "bientôt"))
    tab.heading("Que dit chaque colonne")
    tab.look("colonnes")
    tab.button("Lire avec ces colonnes").click()
    tab.sees("Il manque le titre")
    tab.look("colonnes, refusé")
    tab.page.get_by_label("Quoi").select_option(label="Titre")
    tab.page.get_by_label("Le jour J").select_option(label="Date")
    tab.button("Lire avec ces colonnes").click()
    tab.heading("Le fichier est à corriger")
    tab.sees("bientôt")
    tab.look("aperçu, une erreur")
    assert not Event.objects.exists()

    tab.link("Déposer le fichier corrigé").click()
    hand_in(tab, HEAD + ball + fable)  # its columns are remembered
    tab.heading("Voici ce que contient le fichier")
    tab.look("aperçu")
    tab.page.get_by_label("Places offertes pour chaque nouvelle date").fill("20000")
    tab.button("Importer tout").click()
    tab.sees("Donnez entre 0 et")
    tab.look("aperçu, places refusées")
    tab.page.get_by_label("Places offertes pour chaque nouvelle date").fill("6")
    tab.button("Importer tout").click()
    tab.sees("Votre programme est chargé")
    assert set(Performance.objects.values_list("capacity", "seats_left")) == {(6, 6)}

    a_booking(by=cast.worker, performance=Performance.objects.get(event__title="Fable"), guests=1)
    hand_in(tab, HEAD + ball)
    tab.sees("n’est plus dans le fichier")
    tab.look("aperçu, une date disparue")
    tab.button("Importer tout").click()
    tab.heading("Ces dates ne sont plus dans votre fichier")
    tab.look("dates disparues")
    tab.link("Décider plus tard").click()
    tab.sees("Des dates ne sont plus dans votre dernier fichier")
    tab.look("programme, dates à décider")
    tab.link("Dire ce qu’elles deviennent").click()
    tab.page.get_by_text("la sortie n’a pas lieu").click()
    tab.button("Enregistrer").click()
    tab.sees("annulées : 1 (réservations prévenues : 1)")
    assert not Booking.objects.live().exists()


def test_a_large_file_says_how_far_it_is_and_its_page_goes_on_by_itself(sit, cast, settings):
    """The work itself is another test's: here the page waits for it, with and without scripts."""
    tab = sit("desk")
    hand_in(tab, "titre;date\nBal;24/11/2099\n")
    tab.heading("Voici ce que contient le fichier")
    upload = ProgrammeUpload.objects.get()
    ProgrammeUpload.objects.update(step="reading", rows=50_000, rows_read=12_000, worked_at=timezone.now())
    tab.open(upload.get_absolute_url())
    tab.heading("Nous lisons votre fichier")
    expect(tab.page.get_by_role("progressbar")).to_have_attribute("value", "12000")
    tab.look("lecture en cours")
    ProgrammeUpload.objects.update(step="ready")
    tab.heading("Voici ce que contient le fichier")  # nobody touched the page
