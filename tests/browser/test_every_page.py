"""Every page, for each kind of user, as it opens and as it refuses an empty form: nothing for axe-core to find.

The journeys walk; this looks into every corner. `./portail drills tests/browser/test_every_page.py` opens all of them.
"""

import pytest
from django.urls import reverse

from tests import test_access, test_admin
from tests.racing import FULL

pytestmark = [
    pytest.mark.browser,
    pytest.mark.drill,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]
ONE_IN = 1 if FULL else 30
EMPTY = """form => {
    form.noValidate = true;
    for (const field of form.querySelectorAll("[required]")) {
        if (["checkbox", "radio"].includes(field.type)) field.checked = false;
        else if (field.type !== "file") field.value = "";
    }
}"""


def looked_at(tab, browser, name, address):
    """Look at a page, then at its answer to a form sent empty; 1, or 0 for what isn't a page."""
    answer = browser.get(address)
    if answer.status_code != 200 or b"<!doctype html>" not in answer.content[:100].lower():
        return 0
    tab.open(address)
    tab.look(name)
    forms = tab.page.locator(
        "main form[method=post]:has([required]), #content form[method=post]:has([required])"
    )
    if forms.count():
        form = forms.first
        form.evaluate(EMPTY)
        with tab.page.expect_navigation():
            form.locator("button:not([type=button]), [type=submit]").first.evaluate(
                "button => button.click()"
            )
        tab.look(f"{name}, envoyée vide")
    return 1


@pytest.mark.parametrize("who", ["nobody", "visitor", "worker", "lead", "desk", "staff"])
def test_pages_of_each_role_have_nothing_for_axe_to_find(who, sit, cast):
    names = [name for name, row in test_access.TABLE.items() if who in row.get.split()]
    names = [
        name for name in names if "webauthn" not in name
    ]  # a key to touch: test_second_factor.py has one
    names.sort(key=lambda name: "breach" in name)  # after one, the structure books no more
    rows = {name: test_access.TABLE[name].of for name in names[::ONE_IN]}
    addresses = {name: reverse(name, args=of(cast) if of else None) for name, of in rows.items()}
    tab, browser = sit(who), cast.browser(who)
    tab.expected |= {400, 403, 409}  # 403: the door’s page asks whose lists it may have
    assert sum(looked_at(tab, browser, name, address) for name, address in addresses.items())


def test_pages_of_the_admin_have_nothing_for_axe_to_find(sit, cast):
    test_admin.one_more_of_everything()
    tab, browser = sit("staff"), cast.browser("staff")
    addresses = [test_admin.url(model, "changelist") for model in test_admin.MODELS]
    for model in test_admin.MODELS:
        row = model.objects.first()
        addresses += [test_admin.url(model, "add")] + (
            [test_admin.url(model, "change", row.pk)] if row else []
        )
    assert sum(looked_at(tab, browser, address, address) for address in addresses[::ONE_IN])
