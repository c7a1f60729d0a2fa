"""What a venue sends to structures, and what they ask of it (C8)."""

from django import forms
from django.conf import settings

from invitations.services.material import TOO_LARGE


class DocumentForm(forms.Form):
    """A file, with what it is called."""

    title = forms.CharField(
        label="Titre",
        max_length=120,
        help_text="Ce que c'est, par exemple «\u00a0Dossier pour préparer la sortie\u00a0».",
        error_messages={"required": "Donnez un titre au document."},
    )
    file = forms.FileField(
        label="Fichier",
        help_text="PDF, ou image JPEG, PNG ou WebP, 5 Mo au plus.",
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png,image/webp"}),
        error_messages={
            "required": "Choisissez un fichier sur votre ordinateur.",
            "empty": "Ce fichier est vide : choisissez-en un autre.",
        },
    )

    answers = forms.BooleanField(
        label="Ce document répond aux demandes ci-dessus", required=False, initial=True
    )

    def __init__(self, *args, asked: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        if not asked:
            del self.fields["answers"]

    def clean_file(self):
        """Refused by its size, before anything reads it into memory."""
        file = self.cleaned_data["file"]
        if file.size > settings.SCAN_MAX_BYTES:
            raise forms.ValidationError(TOO_LARGE)
        return file


class AskForm(forms.Form):
    """What would help a structure to prepare its outing."""

    wish = forms.CharField(
        label="Ce qui vous aiderait",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Par exemple un résumé en français facile, des photos de la salle, des exercices. N'écrivez le nom "
        "de personne.",
    )


class DeclineForm(forms.Form):
    """What a venue says where it has nothing to send."""

    word = forms.CharField(
        label="Votre réponse",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Par exemple «\u00a0Nous n'avons pas de dossier, mais l'équipe peut vous parler du spectacle par "
        "téléphone\u00a0».",
        error_messages={"required": "Écrivez quelques mots à la structure."},
    )
