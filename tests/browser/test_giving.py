"""A gift: the team writes it down, and the structure fetches its receipt."""

import pytest

from conventions.models import Membership, Receipt

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_gift_is_recorded_and_its_receipt_fetched(sit, cast):
    structure = cast.lead.structure
    tab = sit("staff")
    tab.open(f"/gestion/conventions/donation/add/?structure={structure.pk}")
    tab.page.get_by_label("Montant, en euros").fill("0")
    tab.page.get_by_label("Moyen").select_option("cheque")
    tab.page.get_by_role("button", name="Enregistrer", exact=True).click()
    tab.sees("plus grand que zéro")
    tab.look("don refusé")
    tab.page.get_by_label("Montant, en euros").fill("25,50")
    tab.page.get_by_role("button", name="Enregistrer", exact=True).click()
    receipt = Receipt.objects.get()
    tab.open("/gestion/conventions/donation/")
    tab.sees(receipt.reference)
    tab.look("dons")
    tab.open(f"/gestion/conventions/receipt/{receipt.pk}/annuler/")
    tab.look("annuler un reçu")
    tab.open("/gestion/conventions/membership/electeurs/")
    tab.look("qui a une voix")

    theirs = sit("lead")
    theirs.open("/partenariat/")
    theirs.look("adhésion et don")
    document = theirs.read_pdf(theirs.page.get_by_role("link", name=f"Reçu {receipt.reference}"))
    assert document.startswith(b"%PDF")
    theirs.button("Nous souhaitons adhérer").click()
    theirs.sees("Adhésion souhaitée")
    theirs.look("adhésion souhaitée")

    wish = Membership.objects.get()
    tab.open("/gestion/")
    tab.link("Adhésions souhaitées").click()
    tab.look("adhésions souhaitées")
    tab.page.locator(f"input[value='{wish.pk}']").check()
    tab.page.locator("select[name=action]").select_option("pay")
    tab.button("Envoyer").click()
    tab.look("noter payées")
    tab.button("Noter payées").click()
    tab.sees("Adhésions payées, avec leur reçu")
    theirs.open("/partenariat/")
    theirs.sees("Adhésion payée")
