"""After a week of outings a worker says who came: by keys, by clicks, and without scripts (E1)."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from evaluations.models import OutingComment
from invitations.models import Invitation
from invitations.tests.factories import an_outing
from offers.tests.factories import PerformanceFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def statuses(party):
    return sorted(Invitation.objects.filter(booking=party).values_list("status", flat=True))


def test_worker_says_who_came(sit, cast):
    structure, at = cast.worker.structure, timezone.now() - timedelta(days=3)
    opera = PerformanceFactory(event__title="Opéra sous les étoiles", starts_at=at, capacity=20)
    seen = an_outing(structure, at=at, attended=1, cancelled=1, excused=1, valid=1)
    party = an_outing(structure, at=at, valid=3, performance=opera)
    tab = sit("worker")
    tab.open("/")
    tab.sees("1 sortie de ces derniers jours")
    tab.link("Le dire").click()
    tab.heading("Qui est venu")
    tab.look("qui est venu, à remplir")

    people = tab.page.locator("section", has_text="Opéra sous les étoiles").locator("fieldset")
    tab.tab_to(people.nth(0).get_by_label("Je ne sais pas"))
    tab.page.keyboard.press("v")
    tab.page.keyboard.press("n")
    expect(people.nth(0).get_by_label("Venu·e", exact=True)).to_be_checked()
    expect(people.nth(1).get_by_label("Non venu·e")).to_be_checked()
    expect(people.nth(2).get_by_label("Je ne sais pas")).to_be_focused()
    tab.page.keyboard.press("z")  # no answer
    tab.page.locator("summary", has_text="Un mot").last.click()
    tab.page.get_by_label("Un mot sur Opéra").fill("Du <b>monde</b>, et des fous rires.")
    tab.button("Toutes venues : Opéra").click()
    tab.sees("C'est noté : 4 réponses.")  # whom the door didn't see, too, as proposed
    tab.sees("Du <b>monde</b>")
    tab.look("qui est venu, noté")
    assert statuses(party) == ["attended", "attended", "no_show"]
    assert statuses(seen) == ["attended", "cancelled", "excused", "no_show"]
    assert OutingComment.objects.get().performance == opera

    bare = sit("worker", scripts=False)
    bare.open("/sorties/presences/")
    bare.page.get_by_role("radio", name="Excusé·e").last.check()
    bare.button("Enregistrer").first.click()
    bare.sees("C'est noté : 1 réponse.")
    bare.look("qui est venu, sans script")
    bare.page.get_by_label("Nous rappeler").uncheck()
    bare.button("Enregistrer ce choix").click()
    bare.sees("plus de rappel")
