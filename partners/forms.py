from django import forms
from django.contrib.auth.password_validation import validate_password

from partners.models import User


class VisitorCodeForm(forms.Form):
    """The code that a structure hands to the people it accompanies (A6)."""

    code = forms.CharField(
        label="Votre code",
        max_length=30,
        help_text="Neuf lettres et chiffres. Par exemple : X9A-KNV-MAC.",
        error_messages={"required": "Écrivez le code que l'on vous a donné."},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class TermsForm(forms.Form):
    """Accepting the conditions of use (A4)."""

    accept = forms.BooleanField(
        label="J'ai lu ces conditions et je les accepte.",
        error_messages={"required": "Cochez la case pour accepter, puis continuez."},
    )


class PasswordForm(forms.Form):
    """A password that the person of an account chooses (A4)."""

    password = forms.CharField(
        label="Votre nouveau mot de passe",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Douze caractères au moins. Trois ou quatre mots sans rapport font très bien l'affaire.",
        error_messages={"required": "Écrivez le mot de passe que vous choisissez."},
    )
    again = forms.CharField(
        label="Le même, encore une fois",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Écrivez-le une seconde fois, pour être sûr·e."},
    )

    def __init__(self, *args, account: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        validate_password(password, self.account)
        return password

    def clean(self):
        typed = self.cleaned_data
        if "password" in typed and "again" in typed and typed["password"] != typed["again"]:
            self.add_error("again", "Les deux ne sont pas les mêmes : écrivez-les à nouveau.")
        return typed


class ColleagueForm(forms.Form):
    """A colleague whom the référent·e invites (A4)."""

    display_name = forms.CharField(
        label="Prénom et nom",
        max_length=120,
        error_messages={"required": "Écrivez le prénom et le nom de votre collègue."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label="E-mail professionnel",
        help_text="L'adresse de cette personne, que personne d'autre ne lit.",
        error_messages={
            "required": "Écrivez son adresse e-mail : le lien y arrive.",
            "invalid": "Cette adresse n'est pas complète. Écrivez-la comme prenom.nom@structure.fr.",
        },
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
