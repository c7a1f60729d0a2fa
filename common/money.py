"""Amounts are whole cents, never fractions; here is how they are said and typed."""

from decimal import Decimal

from django import forms
from num2words import num2words

CENTS = 100
AMOUNT_MAX = 1_000_000 * CENTS  # more is a slip of the hand
MILLION = 1_000_000


def euros(cents: int | None) -> str:
    """“25,00 €”, “1 234,50 €”, held together by no-break spaces; nothing for nothing."""
    if cents is None:
        return ""
    whole, rest = divmod(abs(cents), CENTS)
    grouped = f"{whole:,}".replace(",", "\u202f")
    return f"{'−' if cents < 0 else ''}{grouped},{rest:02}\u00a0€"


def in_words(cents: int) -> str:
    """“vingt-cinq euros”, “quatre-vingts euros et cinquante centimes”, “un million d'euros”; `cents` is 0 or more."""
    whole, rest = divmod(cents, CENTS)
    words = []
    if whole or not rest:
        of = "d'" if whole and whole % MILLION == 0 else ""
        words.append(f"{num2words(whole, lang='fr')} {of}euro{_s(whole)}")
    if rest:
        words.append(f"{num2words(rest, lang='fr')} centime{_s(rest)}")
    return " et ".join(words)


def _s(number: int) -> str:
    return "s" if number > 1 else ""


class EuroField(forms.DecimalField):
    """An amount typed in euros (« 25 », « 25,50 », « 1 200 € »), cleaned to whole cents, more than nothing."""

    default_error_messages = {
        "invalid": "Écrivez le montant en euros, par exemple 25 ou 25,50.",
        "required": "Écrivez le montant, en euros.",
        "min_value": "Le montant doit être plus grand que zéro.",
        "max_value": "Vérifiez le montant : il dépasse un million d'euros.",
        "max_decimal_places": "Écrivez deux chiffres au plus après la virgule.",
        "max_digits": "Vérifiez le montant : il a trop de chiffres.",
    }

    def __init__(self, **kwargs):
        bounds = {"max_digits": 9, "decimal_places": 2}
        super().__init__(
            **{
                **bounds,
                "localize": False,
                "widget": forms.TextInput(attrs={"inputmode": "decimal"}),
                **kwargs,
            }
        )

    def to_python(self, value):
        if isinstance(value, str):
            value = "".join(value.replace("€", "").split()).replace(",", ".")
        return super().to_python(value)

    def validate(self, value):
        super().validate(value)
        if value is not None and value <= 0:
            raise forms.ValidationError(self.error_messages["min_value"], code="min_value")
        if value is not None and value * CENTS > AMOUNT_MAX:
            raise forms.ValidationError(self.error_messages["max_value"], code="max_value")

    def clean(self, value):
        amount = super().clean(value)
        return None if amount is None else int(amount * CENTS)

    def prepare_value(self, value):
        """Cents as they are typed: 2550 is shown as 25,50."""
        return f"{Decimal(value) / CENTS:.2f}".replace(".", ",") if isinstance(value, int) else value
