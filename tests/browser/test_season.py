"""A venue posts its season: draft, rhythm, picture, preview, many dates changed, seats taken back (C1); then it
changes, is told, and is cancelled (C6), with documents on request (C8)."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from invitations.invariants import audit
from invitations.tests.factories import (
    a_booking,
    a_full_date,
    a_piece_of_news,
    a_waiting_party,
    an_outing,
)
from offers.models import Event, EventDraft, Performance, Picture
from offers.tests.factories import PerformanceFactory, a_photo

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


def test_venue_posts_a_season_in_one_go(sit, cast):
    year = timezone.localdate().year + 1
    tab = sit("desk")
    tab.open("/programme/nouveau/")
    tab.page.get_by_label("Titre").fill("Bal des platanes")
    tab.sees("Brouillon gardé à")
    address = tab.page.url
    assert str(EventDraft.objects.get().pk) in address
    tab.look("brouillon gardé tout seul")

    other = sit("desk")  # the same draft in another tab
    other.open(address.removeprefix(other.address))
    other.page.get_by_label("Titre").fill("Bal des tilleuls")
    other.sees("Brouillon gardé à")
    expect(other.page.locator("#draft-state")).to_contain_text("Brouillon gardé")
    tab.page.get_by_label("Présentation").fill("Une nuit de valses.")
    tab.sees("a été changé ailleurs")
    tab.look("brouillon changé ailleurs")
    tab.button("Garder ce qui est écrit ici").click()
    expect(tab.page.get_by_label("Présentation")).to_have_value("Une nuit de valses.")
    assert EventDraft.objects.get().title == "Bal des platanes"

    tab.page.locator(".rhythm summary").click()
    tab.button("Proposer les dates").click()
    tab.sees("Cochez au moins un jour de la semaine.")
    tab.look("rythme refusé")
    tab.page.get_by_label("mercredi", exact=True).check()
    tab.page.locator("[name=repeat-first]").fill(f"{year}-11-01")
    tab.page.locator("[name=repeat-last]").fill(f"{year}-11-30")
    tab.page.locator("[name=repeat-begins]").fill("20:30")
    tab.page.locator("[name=repeat-capacity]").fill("12")
    tab.page.locator("[name=repeat-apart]").fill("11/11")
    tab.button("Proposer les dates").click()
    proposed = tab.page.locator("[name=repeat-day]")
    expect(proposed.first).to_be_visible()
    count = proposed.count()
    tab.look("dates proposées")
    proposed.first.uncheck()
    tab.button("Ajouter les dates cochées").click()
    expect(tab.page.locator("#proposed")).to_have_count(0)
    expect(tab.page.locator("[name$=-begins][name^=dates]")).to_have_count(count - 1)
    tab.look("dates ajoutées")

    tab.button("Choisir une image").click()
    tab.heading("L’image de l’événement")
    tab.look("choisir une image")
    file = tab.page.locator("[name=picture]")
    file.set_input_files({"name": "a.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"})
    tab.page.get_by_label("Ce que montre").fill("Des lampions")
    tab.button("Envoyer l’image").click()
    tab.sees("JPEG, PNG ou WebP")
    tab.look("image refusée")
    photo = a_photo((1600, 1200), colour="darkorange")
    file.set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo})
    tab.button("Envoyer l’image").click()
    tab.sees("Voici ce que l'on verra")
    tab.page.get_by_label("en haut à droite").check()
    tab.button("Enregistrer").click()
    tab.sees("Voici ce que l'on verra")
    assert (Picture.objects.get().focus_x, Picture.objects.get().focus_y) == (100, 0)
    tab.look("image recadrée")

    tab.link("Revenir au brouillon").click()
    tab.button("Garder comme brouillon").click()
    tab.heading("Notre programme")
    tab.look("programme avec un brouillon")
    tab.link("Continuer").click()
    tab.button("Aperçu").click()
    tab.sees("Voici ce que l’on verra une fois l’événement publié")
    tab.look("aperçu")
    tab.button("Publier").click()
    tab.sees("est publié")
    event = Event.objects.get()
    assert event.performances.count() == count - 1 and not EventDraft.objects.exists()

    first = event.performances.order_by("starts_at").first()
    Performance.objects.filter(pk=first.pk).update(seats_left=8)  # as if four seats were held
    tab.link("Changer toutes les dates").click()
    tab.look("toutes les dates")
    tab.page.locator("[name=fill-capacity]").fill("3")
    tab.button("Remplir, sans enregistrer").click()
    tab.button("Enregistrer ces dates").click()
    tab.sees("Places déjà réservées pour cette séance : 4")
    tab.look("une ligne refusée")
    assert sorted(set(event.performances.values_list("capacity", flat=True))) == [3, 12]
    Performance.objects.filter(pk=first.pk).update(seats_left=12)

    tab.open(f"/programme/{event.pk}/")
    tab.look("événement et ses dates")
    tab.button("Reprendre les").click()
    tab.sees("Ce qui est réservé le reste.")
    assert not event.performances.filter(seats_left__gt=0).exists()
    tab.link("Dupliquer").click()
    tab.look("dupliquer")
    tab.page.get_by_text("Avec les dates").click()
    tab.button("Faire le brouillon").click()
    tab.sees("Voici la copie")
    expect(tab.page.locator("[name$=-begins][name^=dates]")).to_have_count(count - 1)
    tab.link("Supprimer le brouillon").click()
    tab.look("supprimer un brouillon")
    tab.button("Oui, supprimer le brouillon").click()
    tab.sees("Le brouillon est supprimé.")
    assert Picture.objects.count() == 1  # the event still shows it
    assert audit().violations == []


def test_season_changes_then_is_cancelled_and_people_are_told(sit, cast):
    date = PerformanceFactory(event__venue=cast.desk.venue, event__title="Fable d'hiver")
    event = date.event
    booking = a_booking(by=cast.worker, performance=date, guests=1)
    full = a_full_date(event=event, starts_at=date.starts_at + timedelta(days=1))
    entry = a_waiting_party(by=cast.worker, performance=full)
    a_piece_of_news()

    theirs = sit("worker")
    theirs.open(booking.get_absolute_url())
    theirs.link("Demander un document au lieu").click()
    theirs.look("demander un document")
    theirs.page.get_by_label("Ce qui vous aiderait").fill("Des photos de la salle")
    theirs.button("Envoyer la demande").click()
    theirs.sees("C'est demandé")

    tab, other = sit("desk"), sit("desk")
    tab.open("/")
    tab.look("accueil du lieu, un document est demandé")
    tab.link("Répondre").click()
    tab.look("documents, une demande")
    tab.link("Nous n’en avons pas").click()
    tab.button("Envoyer la réponse").click()
    tab.sees("Écrivez quelques mots")
    tab.look("répondre sans document, refusé")
    tab.open(f"/programme/{event.pk}/documents/")
    tab.page.get_by_label("Titre").fill("La salle")
    photo = {"name": "salle.png", "mimeType": "image/png", "buffer": a_photo(format="PNG")}
    tab.page.get_by_label("Fichier").set_input_files(photo)
    tab.button("Envoyer le document").click()
    tab.sees("C'est envoyé")
    tab.look("documents, envoyé")

    for one in (tab, other):
        one.open(f"/programme/{event.pk}/modifier/")
    tab.page.get_by_label("Présentation").fill("Un conte pour tous les âges.")
    tab.sees("pas encore enregistré")
    tab.look("changement gardé tout seul")
    tab.button("Enregistrer").last.click()
    tab.sees("C'est enregistré.")
    other.page.get_by_label("Présentation").fill("Un conte et des chansons.")
    other.sees("pas encore enregistré")
    other.button("Enregistrer").last.click()
    other.sees("enregistré ailleurs pendant que vous écriviez")
    other.look("enregistré ailleurs, les deux versions")
    other.open(f"/programme/{event.pk}/")
    other.sees("Des changements sont commencés")
    other.look("événement avec des changements commencés")
    other.link("Les reprendre").click()
    other.look("reprendre un changement")
    other.button("Abandonner ces changements").click()
    other.sees("reste comme il était")
    event.refresh_from_db()
    assert event.description == "Un conte pour tous les âges."

    tab.open(f"/programme/seance/{date.pk}/deplacer/")
    tab.look("déplacer une date")
    day = timezone.localdate(date.starts_at) + timedelta(days=2)
    tab.page.locator("[name=day]").fill(day.isoformat())
    tab.button("Déplacer").click()
    tab.sees("sont prévenues")
    theirs.open("/")
    theirs.sees("Document reçu : La salle")
    theirs.look("accueil, à dire et à transmettre")
    theirs.open("/sorties/documents/")
    theirs.look("documents des lieux")
    theirs.open("/nouvelles/")
    theirs.look("nouvelles")
    theirs.button("C’est transmis").click()
    theirs.sees("Tout est transmis")
    theirs.look("nouvelles transmises")
    theirs.open("/sorties/a-dire/")
    theirs.look("à dire")
    theirs.button("C’est dit").click()
    theirs.sees("Déjà dit")
    theirs.look("dit")

    tab.open(f"/programme/{event.pk}/")
    tab.sees("2 personnes prévenues sur 2")
    tab.link("Annuler l’événement").click()
    tab.sees("2 sorties réservées, 1 demande en attente")
    tab.look("annuler l'événement")
    tab.page.get_by_label("Un mot").fill("La salle est inondée.")
    tab.button("Annuler l’événement").click()
    tab.sees("Réservations et demandes prévenues : 3")
    tab.look("événement annulé")
    tab.open(f"/programme/{event.pk}/annuler/")
    tab.look("plus rien à annuler")
    tab.open("/programme/chiffres/")
    tab.look("chiffres du lieu")
    theirs.open("/sorties/a-dire/")
    expect(theirs.page.get_by_text("La salle est inondée.")).to_have_count(2)
    theirs.look("à dire, annulé")
    theirs.open(entry.get_absolute_url())
    theirs.sees("Le lieu a annulé cette séance.")
    theirs.look("attente d'une séance annulée")
    assert audit().violations == []

    past = an_outing(cast.worker.structure, at=timezone.now() - timedelta(days=2), attended=1)
    theirs.open(past.get_absolute_url())
    theirs.link("Un mot au lieu").click()
    theirs.look("un mot au lieu")
    theirs.button("Envoyer ce mot").click()
    theirs.look("un mot au lieu, refusé")
