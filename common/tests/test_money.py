"""Amounts: whole cents, said and typed the French way."""

import pytest
from django import forms

from common.money import AMOUNT_MAX, EuroField, euros, in_words

NBSP, NARROW = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("cents", "said"),
    [
        (2500, f"25,00{NBSP}€"),
        (5, f"0,05{NBSP}€"),
        (123456, f"1{NARROW}234,56{NBSP}€"),
        (AMOUNT_MAX, f"1{NARROW}000{NARROW}000,00{NBSP}€"),
        (-150, f"−1,50{NBSP}€"),
        (0, f"0,00{NBSP}€"),
        (None, ""),
    ],
)
def test_amount_is_said_in_euros(cents, said):
    assert euros(cents) == said


@pytest.mark.parametrize(
    ("cents", "words"),
    [
        (2500, "vingt-cinq euros"),
        (100, "un euro"),
        (8000, "quatre-vingts euros"),
        (8050, "quatre-vingts euros et cinquante centimes"),
        (7101, "soixante et onze euros et un centime"),
        (50, "cinquante centimes"),
        (0, "zéro euro"),
        (20000, "deux cents euros"),
        (123456, "mille deux cent trente-quatre euros et cinquante-six centimes"),
        (100_000_000, "un million d'euros"),
    ],
)
def test_amount_is_written_in_words(cents, words):
    assert in_words(cents) == words


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("25", 2500),
        ("25,5", 2550),
        ("25.50", 2550),
        (" 1 234,56 € ", 123456),
        ("1\u202f000", 100000),
        ("0,01", 1),
    ],
)
def test_amount_is_understood_as_people_type_it(typed, cents):
    assert EuroField().clean(typed) == cents


@pytest.mark.parametrize(
    "typed",
    ["", "0", "-5", "0,00", "vingt", "1,234", "NaN", "Infinity", "1000000,01", "9" * 30, "2;5"],
)
def test_what_is_no_amount_is_refused(typed):
    with pytest.raises(forms.ValidationError):
        EuroField().clean(typed)


def test_amount_is_shown_again_as_typed():
    assert EuroField().prepare_value(2550) == "25,50"
    assert EuroField().prepare_value("25,5") == "25,5"
