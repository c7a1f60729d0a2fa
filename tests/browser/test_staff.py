"""Staff's day in the admin: what waits, a structure, its agreement, a booking's names against a reason."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from common.models import AuditEntry
from conventions.models import Agreement
from invitations.tests.factories import ParticipantFactory, a_booking
from partners.tests.factories import PASSWORD, StructureFactory, code_at

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
REASON = "Le lieu a perdu sa liste d'accueil."


def test_staff_sees_today_and_signs_an_agreement(sit, cast):
    lonely = StructureFactory(name="Foyer des Aulnes")
    tab = sit()
    tab.open("/gestion/")
    tab.page.get_by_label("E-mail").fill(cast.staff.email)
    tab.page.get_by_label("Mot de passe").fill(PASSWORD)
    tab.button("Se connecter").click()
    tab.page.get_by_label("Code").fill(code_at(timezone.now()))
    tab.button("Entrer").click()
    tab.sees("Aujourd’hui")
    tab.look("accueil de l'équipe")
    tab.link("Structures sans convention en vigueur").click()
    tab.look("structures sans convention")
    tab.link("Foyer des Aulnes").click()
    tab.look("une structure")
    tab.link("Ajouter une convention").first.click()
    tab.look("nouvelle convention")
    tab.page.locator("[name=ends_on]").fill("01/01/2001")
    tab.page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(tab.page.locator(".errornote")).to_be_visible()
    tab.look("nouvelle convention, refusée")
    assert not Agreement.objects.filter(structure=lonely).exists()


def test_staff_reads_names_against_a_reason(sit, cast):
    person = ParticipantFactory(
        structure=cast.worker.structure, given_name="Canarizelle", family_name="Secrète"
    )
    made = a_booking(by=cast.worker, participant=person, guests=1)
    tab = sit("staff")
    tab.open("/gestion/invitations/booking/")
    tab.look("réservations")
    tab.open(f"/gestion/invitations/booking/{made.pk}/change/")
    tab.look("une réservation")
    expect(tab.page.get_by_text("Canarizelle")).to_have_count(0)
    tab.link("Lire les noms").click()
    tab.look("lire les noms")
    tab.button("Afficher les noms").click()
    tab.sees("Écrivez pourquoi vous lisez ces noms.")
    tab.look("lire les noms, sans raison")
    tab.page.get_by_label("Pourquoi lisez-vous ces noms").fill(REASON)
    tab.button("Afficher les noms").click()
    tab.sees("Canarizelle Secrète")
    tab.look("noms lus")
    assert REASON in str(AuditEntry.objects.latest("at").details)


@pytest.mark.parametrize(
    "path",
    [
        "partners/venue/", "partners/user/", "partners/visitoraccess/", "conventions/agreement/", "offers/event/",
        "offers/performance/", "invitations/invitation/", "common/auditentry/", "partners/user/add/",
        "offers/event/add/",
    ],
)  # fmt: skip
def test_staff_page_is_sound(sit, cast, path):
    a_booking(by=cast.worker)
    tab = sit("staff")
    tab.open(f"/gestion/{path}")
    tab.look(path)
