"""A venue posts its season: draft, rhythm, picture, preview, then many dates changed and seats taken back (C1)."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from invitations.invariants import audit
from offers.models import Event, EventDraft, Performance, Picture
from offers.tests.factories import a_photo

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
