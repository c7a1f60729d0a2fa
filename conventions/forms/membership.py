"""What staff type about memberships, donations and their receipts (B6)."""

from django import forms

from common.forms import DayField
from common.money import EuroField
from conventions.models import Donation, Means, Membership

PERSON = {
    "payer_name": forms.TextInput(attrs={"class": "vTextField", "maxlength": 150, "autocomplete": "off"}),
    "payer_address": forms.Textarea(attrs={"class": "vLargeTextField", "rows": 3, "maxlength": 300}),
}


def amount() -> EuroField:
    return EuroField(label="Montant, en euros", help_text="Par exemple 25 ou 25,50.")


class MembershipForm(forms.ModelForm):
    """A membership, and how it was paid where it was."""

    amount_cents = amount()

    class Meta:
        model = Membership
        exclude: list[str] = []
        widgets = PERSON


class DonationForm(forms.ModelForm):
    """A donation received."""

    amount_cents = amount()

    class Meta:
        model = Donation
        exclude: list[str] = []
        widgets = PERSON


class PaymentForm(forms.Form):
    """When and how several memberships were paid."""

    paid_on = DayField(label="Payées le")
    means = forms.ChoiceField(label="Par", choices=Means.choices)


class VotersForm(forms.Form):
    """The day of an assembly."""

    on = DayField(label="Assemblée du")


class VoidForm(forms.Form):
    """Why a receipt is voided, and what replaces it: nothing, or the same payment put right."""

    reason = forms.CharField(
        label="Pourquoi ?",
        max_length=300,
        error_messages={"required": "Dites pourquoi ce reçu est annulé : la raison reste avec son numéro."},
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    replace = forms.BooleanField(
        label="Faire un autre reçu, avec ce qui suit",
        required=False,
        initial=True,
        help_text="Décochez si rien n'a été payé : un don est retiré, une adhésion redevient à payer.",
    )
    payer_name = forms.CharField(label="Nom", max_length=150, required=False, widget=PERSON["payer_name"])
    payer_address = forms.CharField(
        label="Adresse postale", max_length=300, required=False, widget=PERSON["payer_address"]
    )
    amount_cents = EuroField(label="Montant, en euros", required=False)
    paid_on = DayField(label="Payé le", required=False)
    means = forms.ChoiceField(label="Par", choices=Means.choices, required=False)

    def __init__(self, *args, payment, **kwargs):
        self.payment = payment
        names = ["amount_cents", "paid_on", "means", "payer_name", "payer_address"]
        super().__init__(*args, initial={name: getattr(payment, name) for name in names}, **kwargs)
        if payment.partner:  # its name and address come from its own page
            del self.fields["payer_name"], self.fields["payer_address"]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("replace"):
            for name in ("amount_cents", "paid_on", "means", "payer_name", "payer_address"):
                if name in self.fields and not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, "Le nouveau reçu en a besoin : remplissez cette case.")
        return cleaned

    def corrected(self):
        """The payment as it should have been, not saved."""
        for name in ("payer_name", "payer_address", "amount_cents", "paid_on", "means"):
            if name in self.fields:
                setattr(self.payment, name, self.cleaned_data[name])
        return self.payment
