"""What a venue types at the door."""

from django import forms

from invitations.models import Admission


class DoorNumberForm(forms.Form):
    """The number on the paper, typed at the door (D9)."""

    number = forms.CharField(
        label="Numéro de l'invitation",
        max_length=30,
        help_text="Neuf lettres et chiffres. Par exemple : X9A-KNV-MAC.",
        error_messages={"required": "Écrivez le numéro qui est sur le papier."},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class AdmitForm(forms.Form):
    """Whom the desk lets in from its list: one person, or the person's whole party."""

    invitation = forms.UUIDField()
    who = forms.ChoiceField(choices=[("one", "une personne"), ("party", "tout le groupe")])


class UndoForm(forms.Form):
    """Which admissions were a slip of the hand; `among` the venue's own."""

    admission = forms.ModelMultipleChoiceField(queryset=Admission.objects.none())

    def __init__(self, *args, among, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["admission"].queryset = among
