"""What a venue sends to structures (C8)."""

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
        help_text="PDF ou photo JPEG, 5 Mo au plus.",
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg"}),
        error_messages={
            "required": "Choisissez un fichier sur votre ordinateur.",
            "empty": "Ce fichier est vide : choisissez-en un autre.",
        },
    )

    def clean_file(self):
        """Refused by its size, before anything reads it into memory."""
        file = self.cleaned_data["file"]
        if file.size > settings.SCAN_MAX_BYTES:
            raise forms.ValidationError(TOO_LARGE)
        return file
