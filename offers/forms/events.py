"""What a venue says of an event, apart from its dates (C1)."""

from django import forms

from offers.models import Event

Sections = list[tuple[str, list[forms.BoundField]]]  # headings with their fields


class EventForm(forms.ModelForm):
    """What an event is, apart from its dates."""

    ESSENTIALS = (("L'essentiel", ("title", "kind", "description")),)
    SECTIONS = (
        ("Pour qui", ("age_min", "duration_minutes", "languages")),
        ("Accessibilité", ("wheelchair", "hearing_loop", "sign_language", "audio_description", "relaxed")),
    )
    MORE_SECTIONS = (
        ("Le jour même", ("door_conditions", "contact")),
        ("Acheter une place", ("purchase_info", "purchase_url")),
        ("Si c'est ailleurs que chez vous", ("place_name", "place_address", "place_postcode", "place_city")),
    )

    class Meta:
        model = Event
        fields = (
            *("title", "kind", "description", "age_min", "duration_minutes", "languages"),
            *("wheelchair", "hearing_loop", "sign_language", "audio_description", "relaxed"),
            *("door_conditions", "contact", "purchase_info", "purchase_url"),
            *("place_name", "place_address", "place_postcode", "place_city"),
        )
        widgets = {"description": forms.Textarea(attrs={"rows": 6})}
        labels = {
            "title": "Titre",
            "kind": "Type",
            "description": "Présentation",
            "languages": "Langues",
            "wheelchair": "Accessible en fauteuil",
            "hearing_loop": "Boucle magnétique",
            "sign_language": "Langue des signes",
            "audio_description": "Audiodescription",
            "relaxed": "Séance détendue",
            "door_conditions": "À l'entrée",
            "contact": "Contact",
            "purchase_info": "Prix, guichet",
            "place_name": "Salle ou site",
            "place_address": "Adresse",
            "place_postcode": "Code postal",
            "place_city": "Commune",
        }
        help_texts = {
            "description": "Quelques phrases simples : elles seront lues par des personnes très diverses.",
            "purchase_info": "Pour les personnes qui préfèrent acheter.",
            "languages": "Celles qu'on y parle, ou «\u00a0sans paroles\u00a0».",
            "place_name": "",
        }
        error_messages = {"title": {"required": "Donnez un titre à l'événement."}}

    age_min = forms.IntegerField(
        label="À partir de",
        required=False,
        min_value=0,
        max_value=99,
        help_text="Âge, en années. Vide : pour tous les âges.",
        error_messages={
            "invalid": "Écrivez l'âge en chiffres, par exemple 7.",
            "min_value": "Écrivez un âge entre 0 et 99 ans.",
            "max_value": "Écrivez un âge entre 0 et 99 ans.",
        },
    )
    duration_minutes = forms.IntegerField(
        label="Durée",
        required=False,
        min_value=1,
        max_value=1440,
        help_text="En minutes.",
        error_messages={
            "invalid": "Écrivez la durée en minutes, par exemple 90.",
            "min_value": "Écrivez une durée entre 1 et 1440 minutes.",
            "max_value": "Écrivez une durée entre 1 et 1440 minutes.",
        },
    )
    purchase_url = forms.URLField(
        label="Billetterie en ligne",
        required=False,
        max_length=500,
        assume_scheme="https",
        error_messages={"invalid": "Vérifiez l'adresse : elle ressemble à https://billetterie.example."},
    )

    def essentials(self) -> Sections:
        """What nobody can do without."""
        return self._bound(self.ESSENTIALS)

    def sections(self) -> Sections:
        """What helps people choose."""
        return self._bound(self.SECTIONS)

    def more_sections(self) -> Sections:
        """What can be added."""
        return self._bound(self.MORE_SECTIONS)

    def _bound(self, sections) -> Sections:
        return [(heading, [self[name] for name in names]) for heading, names in sections]

    def more_is_filled(self) -> bool:
        """Whether something of that second part is typed, or wrong: it is then shown open."""
        return any(field.value() or field.errors for _, fields in self.more_sections() for field in fields)
