from django import forms


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
