import pytest
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from common.text import escaped, normalise, plain


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("Où ÊTES-vous ?", "ou etes-vous ?"),
        ("Œuvre  au\tnoir", "oeuvre au noir"),
        ("ÉLÉONORE", "eleonore"),
        ("Straße", "strasse"),
        ("", ""),
    ],
)
def test_normalise_forgets_accents_case_and_spaces(written, searched):
    assert normalise(written) == searched


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  deux   mots \r\n\r\n\r\n\r\nfin\t. ", "deux mots\n\nfin ."),
        ("à l\u202eenvers\u2069", "à lenvers"),
        ("\x00\x0b\x1b[31mrouge\ufeff\ufffe", "[31mrouge"),
        ("می‌خواهم 👨\u200d👩\u200d👧", "می‌خواهم 👨\u200d👩\u200d👧"),
        ("<b>gras</b>", "<b>gras</b>"),
    ],
)
def test_plain_text_keeps_what_people_type_and_nothing_that_hides(typed, kept):
    assert plain(typed) == kept
    assert plain(typed, lines=False) == " ".join(kept.split())


@pytest.mark.parametrize("value", ['<b>"l\'été" & co</b>', mark_safe("<br>"), gettext_lazy("Yes"), None, 3])
def test_escaped_is_what_django_makes_of_a_value(value):
    assert escaped(value) == conditional_escape(value)
