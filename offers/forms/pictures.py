"""The picture of an event: the file, what it shows, the point that every crop keeps (C1)."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from offers.models import Event, EventDraft
from offers.pictures import too_heavy

THIRDS = ((0, "à gauche"), (50, "au milieu"), (100, "à droite"))
LEVELS = ((0, "en haut"), (50, "au centre"), (100, "en bas"))
POINTS = [(f"{x}-{y}", f"{level} {third}") for y, level in LEVELS for x, third in THIRDS]


class PictureForm(forms.Form):
    """A picture to put up, or what is shown of the one that is there."""

    domain_fields = {None: "picture"}

    picture = forms.FileField(
        label="Image",
        help_text="Une photo JPEG, PNG ou WebP, 5 Mo au plus, que vous avez le droit de montrer.",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        error_messages={
            "required": "Choisissez une image sur votre ordinateur.",
            "invalid": "Choisissez une image sur votre ordinateur.",
            "empty": "Ce fichier est vide : choisissez une autre image.",
        },
    )
    alt = forms.CharField(
        label="Ce que montre l'image",
        max_length=200,
        help_text="Pour les personnes qui ne la voient pas : « Deux danseuses sous une pluie de papier ».",
        error_messages={
            "required": "Dites en quelques mots ce que montre l'image : des personnes ne la verront pas."
        },
    )
    focus = forms.ChoiceField(
        label="Ce qui doit toujours se voir",
        choices=POINTS,
        initial="50-50",
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, data=None, files=None, *, shown_by: Event | EventDraft):
        now = shown_by.picture
        initial = {"alt": shown_by.picture_alt, "focus": f"{now.focus_x}-{now.focus_y}" if now else "50-50"}
        super().__init__(data, files, initial=initial)
        self.fields["picture"].required = now is None
        if now:
            self.fields["picture"].label = "Une autre image"

    def clean_picture(self):
        file = self.cleaned_data["picture"]
        if file and file.size > settings.PICTURE_MAX_BYTES:
            raise ValidationError(too_heavy())
        return file

    def clean_focus(self) -> tuple[int, int]:
        x, _, y = (self.cleaned_data["focus"] or "50-50").partition("-")
        return int(x), int(y)
