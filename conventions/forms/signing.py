"""What a representative types at the secret link, and who hands in a page signed by hand (B2)."""

from django import forms
from django.conf import settings

from common.forms import DayField
from common.text import normalise
from conventions.models import Agreement
from conventions.services.scans import too_large
from conventions.services.signing import consent_to

NAME = {"label": "Prénom et nom", "max_length": 120}
CAPACITY = {"label": "Qualité", "max_length": 80, "help_text": "Directrice, président…"}


class SignForm(forms.Form):
    """Who signs, and that they agree. The name is that of the agreement: somebody else signs another document."""

    name = forms.CharField(**NAME, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    capacity = forms.CharField(
        **CAPACITY, widget=forms.TextInput(attrs={"autocomplete": "organization-title"})
    )
    consent = forms.BooleanField(
        error_messages={
            "required": "Cochez cette phrase pour signer, ou dites-nous pourquoi vous ne signez pas."
        }
    )

    def __init__(self, *args, agreement: Agreement, **kwargs):
        initial = {"name": agreement.representative_name, "capacity": agreement.representative_capacity}
        super().__init__(*args, initial=initial, **kwargs)
        self.agreement = agreement
        self.fields["consent"].label = consent_to(agreement)

    def clean_name(self):
        name = self.cleaned_data["name"].strip()
        if normalise(name) != normalise(self.agreement.representative_name):
            raise forms.ValidationError(
                f"La convention nomme {self.agreement.representative_name}. Si quelqu'un d'autre signe, choisissez "
                "« Je ne suis pas cette personne » : un nouveau document sera fait à son nom."
            )
        return name


class CodeForm(forms.Form):
    """The six digits of the mail."""

    code = forms.CharField(
        label="Code reçu par mail",
        max_length=20,
        help_text="Six chiffres.",
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "code-field"}
        ),
    )


class RefuseForm(forms.Form):
    """Why the partner doesn't sign."""

    reason = forms.CharField(
        label="Pourquoi ne signez-vous pas ?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="L'équipe lit votre réponse et vous recontacte.",
    )


class OtherSignatoryForm(forms.Form):
    """Who signs for the partner instead."""

    name = forms.CharField(**NAME)
    capacity = forms.CharField(**CAPACITY)
    email = forms.EmailField(label="Adresse e-mail", max_length=254)


class ScanForm(forms.Form):
    """A page signed by hand."""

    scan = forms.FileField(
        label="Convention signée",
        help_text="PDF ou photo JPEG, 5 Mo au plus.",
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg"}),
        error_messages={"empty": "Ce fichier est vide : choisissez la page numérisée."},
    )
    name = forms.CharField(label="Signée par", max_length=120)
    capacity = forms.CharField(**CAPACITY)
    signed_on = DayField(label="Signée le")

    def clean_scan(self):
        """Refused by its size, before anything reads it into memory."""
        scan = self.cleaned_data["scan"]
        if scan.size > settings.SCAN_MAX_BYTES:
            raise forms.ValidationError(too_large())
        return scan
