"""What somebody types who wants to become a partner (A1, A2, A3), and how a machine's hand is told from a person's."""

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.urls import reverse
from phonenumber_field.formfields import PhoneNumberField

from conventions.models import Candidacy
from partners.models import Commune, Sector, Venue
from partners.reference import structure_types

SIGNER = TimestampSigner(salt="candidacy")
PEOPLE_MAX = 1_000_000


def fresh_token() -> str:
    """What an open form carries: a key by which it is kept once, and when it was opened, both signed."""
    return SIGNER.sign(str(uuid4()))


def key_of(token: str) -> UUID:
    """The key in `token`. Raises ValidationError where nobody could have filled the form in since, or it is too old."""
    try:
        key = UUID(SIGNER.unsign(token, max_age=timedelta(hours=settings.CANDIDACY_FORM_HOURS)))
    except (BadSignature, ValueError):
        raise forms.ValidationError(
            "Cette page est restée ouverte longtemps. Rien n'est perdu : relisez, puis envoyez à nouveau.",
            code="token",
        ) from None
    try:
        SIGNER.unsign(token, max_age=timedelta(seconds=settings.CANDIDACY_SECONDS_MIN))
    except SignatureExpired:
        return key
    raise forms.ValidationError(
        "C'était très rapide : relisez un instant ce que vous avez écrit, puis envoyez à nouveau.",
        code="fast",
    )


# Names are repeated in the mail of thanks, which goes to whatever address was typed: it carries nobody's link.
NO_LINK = RegexValidator(
    r"[\r\n]|://|www\.",
    "N'écrivez pas d'adresse de site ici : mettez-la dans « Site web ».",
    inverse_match=True,
    flags=re.IGNORECASE,
)


def line_field(
    label: str, *, required: str = "", length: int, help_text: str = "", validators: Sequence = (), **attrs
) -> forms.CharField:
    """A line of text; `required` is the sentence that asks for it, empty where it may stay empty."""
    return forms.CharField(
        label=label,
        required=bool(required),
        max_length=length,
        help_text=help_text,
        validators=validators,
        error_messages={"required": required},
        widget=forms.TextInput(attrs=attrs),
    )


def email_field(label: str, *, required: str = "", help_text: str = "", **attrs) -> forms.EmailField:
    """An address, kept in lower case."""
    return forms.EmailField(
        label=label,
        required=bool(required),
        max_length=254,
        help_text=help_text,
        error_messages={
            "required": required,
            "invalid": "Cette adresse n'est pas complète. Elle ressemble à nom@exemple.fr.",
        },
        widget=forms.EmailInput(attrs=attrs),
    )


def phone_field(label: str, *, help_text: str = "", **attrs) -> PhoneNumberField:
    return PhoneNumberField(
        label=label,
        help_text=help_text,
        error_messages={
            "required": "Écrivez un numéro où vous joindre.",
            "invalid": "Nous ne comprenons pas ce numéro. Écrivez-le comme 04 65 71 00 00, ou +32… depuis la Belgique.",
        },
        widget=forms.TextInput(attrs={"type": "tel", **attrs}),
    )


def text_field(
    label: str, *, required: str, length: int, help_text: str = "", rows: int = 4
) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=length,
        help_text=help_text,
        error_messages={"required": required},
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class KnownField(forms.ModelMultipleChoiceField):
    """Several of a list; a number that is too long for the database is none of them."""

    default_error_messages = dict.fromkeys(
        ("invalid_choice", "invalid_pk_value"), "Choisissez dans la liste, puis envoyez à nouveau."
    )

    def _check_values(self, value):
        try:
            return super()._check_values(value)
        except OverflowError:
            raise forms.ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice"
            ) from None


class CandidacyForm(forms.ModelForm):
    """What both kinds of candidates are asked. `sections` says in which order, under which titles."""

    name = line_field(
        "Nom", required="Écrivez le nom.", length=150, validators=[NO_LINK], autocomplete="organization"
    )
    address = line_field(
        "Adresse", required="Écrivez l'adresse : elle est dans la convention.", length=200,
        help_text="Numéro et rue.", autocomplete="street-address",
    )  # fmt: skip
    postcode = forms.CharField(
        label="Code postal",
        max_length=5,
        validators=[
            RegexValidator(
                r"^[0-9]{4,5}\Z", "Écrivez les cinq chiffres du code postal, ou quatre en Belgique."
            )
        ],
        error_messages={"required": "Écrivez le code postal."},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "postal-code"}),
    )
    town = line_field(
        "Commune", required="Écrivez la commune.", length=80,
        help_text="Les premières lettres suffisent : choisissez ensuite dans la liste.",
        list="communes", autocomplete="off",
    )  # fmt: skip
    phone = phone_field("Téléphone", autocomplete="tel")
    email = email_field("E-mail", required="Écrivez l'e-mail de votre organisme.", autocomplete="email")
    website = forms.URLField(
        label="Site web",
        required=False,
        max_length=200,
        assume_scheme="https",
        error_messages={
            "invalid": "Nous ne comprenons pas cette adresse. Elle ressemble à https://exemple.fr."
        },
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "url"}),
    )
    representative_name = line_field(
        "Prénom et nom", required="Écrivez qui signera la convention.", length=120, autocomplete="off"
    )
    representative_capacity = line_field(
        "Fonction", required="Écrivez sa fonction : elle est dans la convention.", length=80,
        help_text="Directrice, président, maire…", autocomplete="off",
    )  # fmt: skip
    representative_email = email_field(
        "E-mail", required="Écrivez son e-mail : la convention y sera envoyée.",
        help_text="La convention à signer y arrivera.", autocomplete="off",
    )  # fmt: skip
    lead_name = line_field(
        "Prénom et nom", required="Écrivez qui suivra le dispositif.", length=120, validators=[NO_LINK],
        autocomplete="name",
    )  # fmt: skip
    lead_email = email_field(
        "E-mail", required="Écrivez son e-mail : nous répondons à cette adresse.",
        help_text="Nous répondons à cette adresse, et le compte s'ouvrira avec elle.", autocomplete="email",
    )  # fmt: skip
    lead_phone = phone_field("Téléphone", help_text="Pour convenir d'une rencontre.", autocomplete="tel")
    # Read by machines only: people don't see it, screen readers pass over it.
    surname = forms.CharField(
        label="Laissez ce champ vide",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    token = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    kind: Candidacy.Kind
    sections: list[tuple[str, str, list[str]]]

    def __init__(self, data=None, **kwargs) -> None:
        super().__init__(data, initial={"token": fresh_token()}, **kwargs)
        self.fields["town"].widget.attrs |= {
            "hx-get": reverse("conventions:communes"),
            "hx-trigger": "input changed delay:200ms",
            "hx-target": "#communes",
            "hx-sync": "this:replace",
        }

    def clean_surname(self) -> str:
        if self.cleaned_data["surname"]:
            raise forms.ValidationError(
                "Laissez ce champ vide : il sert à arrêter les robots. Effacez ce qu'il contient, puis envoyez."
            )
        return ""

    def clean(self):
        cleaned = super().clean()
        for name in ("email", "representative_email", "lead_email"):
            cleaned[name] = cleaned.get(name, "").lower()
        try:
            self.instance.key = key_of(cleaned.get("token", ""))
        except forms.ValidationError as refusal:
            if refusal.code == "token":
                self.data = self.data.copy()
                self.data["token"] = fresh_token()
            if (
                refusal.code == "token" or not self.errors
            ):  # who has slips to mend is asked one thing at a time
                self.add_error(None, refusal)
        self.instance.kind = self.kind
        self.instance.commune = Commune.objects.meant_by(
            name=cleaned.get("town", ""), postcode=cleaned.get("postcode", "")
        )
        return cleaned

    def parts(self) -> Iterable[tuple[str, str, list[forms.BoundField]]]:
        """The sections as the page shows them: title, a sentence, fields."""
        return [(title, said, [self[name] for name in names]) for title, said, names in self.sections]


WHERE = ["address", "postcode", "town", "phone", "email", "website"]
SIGNS = ["representative_name", "representative_capacity", "representative_email"]
LEADS = ["lead_name", "lead_email", "lead_phone"]


class StructureCandidacyForm(CandidacyForm):
    """A social structure's candidacy."""

    kind = Candidacy.Kind.STRUCTURE
    sections = [
        ("Votre structure", "", ["name", "type", "legal_status", "people_accompanied", "sectors"]),
        ("La joindre", "", WHERE),
        (
            "Les personnes que vous accompagnez",
            "Le dispositif s'adresse aux personnes qui ne peuvent pas choisir leurs sorties, faute de moyens.",
            ["low_income", "individual", "accompaniment"],
        ),
        (
            "Qui signe",
            "La personne qui engage la structure. Elle signera la convention en ligne, sans compte.",
            SIGNS,
        ),
        (
            "Qui suivra le dispositif",
            "La personne référente : notre contact, et le premier compte de votre structure.",
            LEADS,
        ),
    ]

    type = forms.ChoiceField(
        label="Type de structure",
        choices=lambda: [("", "— choisir —"), *structure_types()],
        error_messages={"required": "Choisissez le type, ou « Autre structure »."},
    )
    legal_status = line_field(
        "Statut juridique", required="Écrivez le statut : il est dans la convention.", length=100,
        help_text="Association, établissement public, SCOP…",
    )  # fmt: skip
    sectors = KnownField(
        label="Secteurs",
        queryset=Sector.objects.all(),
        widget=forms.CheckboxSelectMultiple,
        help_text="Un ou plusieurs.",
        error_messages={"required": "Cochez au moins un secteur."},
    )
    people_accompanied = forms.IntegerField(
        label="Personnes accompagnées",
        help_text="Environ, par an.",
        validators=[
            MinValueValidator(1, "Écrivez un nombre à partir de 1."),
            MaxValueValidator(PEOPLE_MAX, "Ce nombre est trop grand : vérifiez-le."),
        ],
        error_messages={
            "required": "Donnez un ordre de grandeur, par exemple 120.",
            "invalid": "Écrivez un nombre, par exemple 120.",
        },
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    low_income = forms.BooleanField(
        label="Nous accompagnons surtout des personnes aux minima sociaux, ou en dessous.", required=False
    )
    individual = forms.BooleanField(
        label="Chaque personne est accompagnée individuellement, par quelqu'un qui la connaît.",
        required=False,
    )
    accompaniment = text_field(
        "Comment les accompagnez-vous\u00a0?", length=1500,
        required="Dites-nous en deux phrases comment vous accompagnez.",
        help_text="Deux ou trois phrases. Ne nommez personne.",
    )  # fmt: skip

    class Meta:
        model = Candidacy
        fields = [
            "name", "type", "legal_status", "people_accompanied", *WHERE, "low_income", "individual", "accompaniment",
            *SIGNS, *LEADS,
        ]  # fmt: skip


class VenueCandidacyForm(CandidacyForm):
    """A venue's candidacy."""

    kind = Candidacy.Kind.VENUE
    sections = [
        ("Votre lieu", "", ["name", "domain", "description"]),
        ("Le joindre", "", WHERE),
        (
            "Accueillir",
            "Vous fixez le nombre de places, séance par séance. Rien n'est promis ici.",
            ["seats_offered", "transit", "wheelchair", "hearing_loop", "access_notes"],
        ),
        (
            "Qui signe",
            "La personne qui engage le lieu. Elle signera la convention en ligne, sans compte.",
            SIGNS,
        ),
        (
            "Qui suivra le dispositif",
            "Notre contact : cette personne donne les places, prépare l'accueil, et reçoit le compte du lieu.",
            LEADS,
        ),
    ]

    domain = forms.ChoiceField(
        label="Domaine",
        choices=Venue.Kind,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez culture ou sport."},
    )
    description = text_field(
        "Présentez le lieu", required="Présentez le lieu en deux phrases.", length=2000,
        help_text="Ce qu'on y voit, pour qui. Ces phrases seront lues par les personnes qui choisissent une sortie.",
    )  # fmt: skip
    seats_offered = text_field(
        "Quelles places pourriez-vous donner\u00a0?", required="Donnez une idée, même vague.", length=500, rows=3,
        help_text="Par exemple : six places à chaque séance, ou les répétitions ouvertes.",
    )  # fmt: skip
    transit = line_field(
        "Bus, tram, métro", length=300, help_text="Lignes et arrêts, avec les mots des panneaux."
    )
    wheelchair = forms.BooleanField(label="On entre et on s'installe en fauteuil roulant.", required=False)
    hearing_loop = forms.BooleanField(label="Il y a une boucle magnétique.", required=False)
    access_notes = line_field("Autres précisions d'accès", length=300)

    class Meta:
        model = Candidacy
        fields = [
            "name", "domain", "description", *WHERE, "seats_offered", "transit", "wheelchair", "hearing_loop",
            "access_notes", *SIGNS, *LEADS,
        ]  # fmt: skip
