"""A programme file handed in (C2)."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError


class UploadForm(forms.Form):
    """A programme file to read (C2)."""

    domain_fields = {None: "file"}

    file = forms.FileField(
        label="Fichier de votre programme",
        help_text="Un tableau (XLSX, CSV), un calendrier (ICS) ou un export OpenAgenda (JSON), 5 Mo au plus.",
        widget=forms.ClearableFileInput(
            attrs={"accept": ".xlsx,.csv,.tsv,.txt,.ics,.json,.jsonld,.html,.htm"}
        ),
        error_messages={
            "required": "Choisissez un fichier sur votre ordinateur.",
            "invalid": "Choisissez un fichier sur votre ordinateur.",
            "empty": "Ce fichier est vide. Vérifiez que l'export s'est bien terminé.",
        },
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_MAX_BYTES:
            raise ValidationError(
                "Ce fichier dépasse 5 Mo. Exportez une période plus courte, en plusieurs fichiers."
            )
        return file
