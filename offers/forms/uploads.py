"""A programme file handed in, what its columns say, the seats of its dates (C2)."""

from collections import Counter
from itertools import islice

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from common.forms import LongSelect
from offers.forms.dates import SeatsField
from offers.imports import Table
from offers.imports.columns import LABELS
from offers.imports.moments import BadMoment, read_moment


class UploadForm(forms.Form):
    """A programme file to read (C2)."""

    domain_fields = {None: "file"}

    file = forms.FileField(
        label="Fichier de votre programme",
        help_text="Un tableau (XLSX, CSV), un calendrier (ICS) ou un export OpenAgenda (JSON), 20 Mo au plus.",
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
                "Ce fichier dépasse 20 Mo. Exportez une période plus courte, en plusieurs fichiers."
            )
        return file


def _are_days(samples: list[str]) -> bool:
    """Whether a column says days, whatever it is called."""
    try:
        return bool([read_moment(text) for text in samples])
    except BadMoment:
        return False


class ColumnsForm(forms.Form):
    """What each column of a table says; those of `table` that are known are proposed."""

    def __init__(self, *args, table: Table, columns: dict[str, int], **kwargs):
        super().__init__(*args, **kwargs)
        self.samples = table.samples()
        proposed = {rank: about for about, rank in columns.items()}
        if not {"day", "starts"} & columns.keys():
            dated = (
                rank for rank, said in enumerate(self.samples) if rank not in proposed and _are_days(said)
            )
            proposed |= {rank: "day" for rank in islice(dated, 1)}
        for rank, heading in enumerate(table.headings):
            self.fields[f"column-{rank}"] = forms.ChoiceField(
                label=heading or f"Colonne {rank + 1}, sans titre",
                choices=[("", "Ne pas reprendre"), *LABELS.items()],
                initial=about if (about := proposed.get(rank, "")) in LABELS else "",
                required=False,
                widget=LongSelect(attrs={"class": "form-select"}),
            )

    @property
    def lines(self):
        """Each column with the first things that it says."""
        return list(zip(self, self.samples, strict=True))

    def clean(self):
        chosen = Counter(about for about in self.cleaned_data.values() if about)
        for about, times in chosen.items():
            if times > 1:
                raise ValidationError(f"Deux colonnes disent « {LABELS[about]} » : gardez-en une seule.")
        return self.cleaned_data

    @property
    def columns(self) -> dict[str, int]:
        """The columns chosen: what each says, and its rank."""
        return {about: int(name.split("-")[1]) for name, about in self.cleaned_data.items() if about}


class ConfirmForm(forms.Form):
    """The seats of each new date of which the file says none."""

    seats = SeatsField(
        label="Places offertes pour chaque nouvelle date",
        help_text="0 : à compléter plus tard, date par date. Personne ne peut réserver sans places.",
        initial=0,
    )
