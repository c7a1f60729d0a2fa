"""Structures and venues as tables that staff take out, complete and bring back (A2, A7, A8).

A row is the partner of its « identifiant »; without one, that of its name and postcode; else it is a new one. No
account and nobody who is accompanied stands in these tables.
"""

import re
from collections import defaultdict
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from import_export.fields import Field
from import_export.widgets import ManyToManyWidget, Widget
from phonenumber_field.phonenumber import PhoneNumber

from common.exchange import PortalResource, heading_key
from partners.models import Commune, Partner, PriorityArea, Sector, Structure, Venue
from partners.reference import structure_types

YES, NO = {"oui", "yes", "x", "1", "true", "vrai"}, {"non", "no", "0", "false", "faux"}
SYNONYMS = {
    "id": "identifiant", "uuid": "identifiant",
    "raison sociale": "nom", "nom de la structure": "nom", "nom du lieu": "nom", "intitulé": "nom",
    "cp": "code postal",
    "ville": "commune", "code insee": "commune", "code commune": "commune",
    "tel": "téléphone", "tél": "téléphone", "numéro de téléphone": "téléphone",
    "mail": "e-mail", "email": "e-mail", "courriel": "e-mail", "adresse e-mail": "e-mail",
    "site": "site web", "site internet": "site web", "url": "site web",
    "type de structure": "type", "secteur": "secteurs",
    "représentant légal": "représentant·e légal·e", "représentante légale": "représentant·e légal·e",
    "qpv": "en quartier prioritaire", "code qpv": "code du quartier", "code_qp": "code du quartier",
    "fauteuil": "accessible en fauteuil", "pmr": "accessible en fauteuil", "accès pmr": "accessible en fauteuil",
    "tarif accompagnants": "tarif des accompagnant·es", "description": "présentation",
}  # fmt: skip


class Line(Widget):
    """A text on one line."""

    def clean(self, value, row=None, **kwargs):
        return " ".join((value or "").split())

    def render(self, value, obj=None, **kwargs):
        return self.clean("" if value is None else str(value))


class Paragraphs(Line):
    """A text of several lines."""

    def clean(self, value, row=None, **kwargs):
        return (value or "").replace("\r\n", "\n").strip()


class WebAddress(Line):
    """An address with its scheme, which people leave out."""

    def clean(self, value, row=None, **kwargs):
        text = super().clean(value)
        return f"https://{text}" if text and "://" not in text else text


class Postcode(Line):
    """Five figures, with the leading zero that spreadsheets eat."""

    def clean(self, value, row=None, **kwargs):
        text = "".join((value or "").split())
        eaten = settings.PHONENUMBER_DEFAULT_REGION == "FR" and re.fullmatch(r"[1-9]\d{3}", text)
        return f"0{text}" if eaten else text


class Phone(Line):
    """A number as people of the country write it."""

    def render(self, value, obj=None, **kwargs):
        if not isinstance(value, PhoneNumber) or not value.is_valid():
            return str(value or "")
        home = value.country_code == 33 and settings.PHONENUMBER_DEFAULT_REGION == "FR"
        return value.as_national if home else value.as_international


class WholeNumber(Line):
    """A whole number, or nothing."""

    def clean(self, value, row=None, **kwargs):
        text = "".join((value or "").split())
        if text and not re.fullmatch(r"\d{1,9}", text):
            raise ValueError(
                f"« {text[:40]} » n'est pas un nombre entier. Écrivez-le en chiffres, comme 120."
            )
        return int(text) if text else None

    def render(self, value, obj=None, **kwargs):
        return value


class YesOrNo(Line):
    """« oui » or « non »; an empty cell says nothing."""

    kept_when_empty = True

    def clean(self, value, row=None, **kwargs):
        word = heading_key(value)
        if word not in YES | NO:
            raise ValueError(f"« {value[:40]} » n'est pas clair ici. Écrivez oui ou non.")
        return word in YES

    def render(self, value, obj=None, **kwargs):
        return "oui" if value else "non"


class Choice(Line):
    """One of a list, by its code or by its label; also by what stands before the dash, as in « CCAS – centre… »."""

    kept_when_empty = True

    def __init__(self, choices):
        super().__init__()
        self.labels = dict(choices)
        self.codes = {heading_key(label.split(" – ")[0]): code for code, label in choices}
        self.codes |= {heading_key(label): code for code, label in choices}
        self.codes |= {heading_key(code): code for code in self.labels}

    def clean(self, value, row=None, **kwargs):
        code = self.codes.get(heading_key(value))
        if code is None:
            examples = ", ".join(f"« {label} »" for label in list(self.labels.values())[:3])
            raise ValueError(
                f"« {value[:60]} » n'est pas dans la liste. Écrivez par exemple {examples} ; la liste entière est "
                "dans le formulaire d'une fiche."
            )
        return code

    def render(self, value, obj=None, **kwargs):
        return self.labels.get(value, value or "")


class Town(Line):
    """A commune by its INSEE code or by its name, with the row's postcode where several have that name."""

    def __init__(self):
        super().__init__()
        self.by_code: dict[str, Commune] = {}
        self.by_name: dict[str, list[Commune]] = defaultdict(list)

    def load(self) -> None:
        """Read the communes once, for a whole table."""
        for commune in Commune.objects.all():
            self.by_code[commune.code] = commune
            self.by_name[town_key(commune.name)].append(commune)

    def clean(self, value, row=None, **kwargs):
        text = (value or "").strip()
        if not text:
            return None
        if commune := self.by_code.get(text.upper().zfill(5)):
            return commune
        found = self.by_name.get(town_key(text), [])
        if len(found) > 1:
            postcode = Postcode().clean((row or {}).get("code postal"))
            found = [commune for commune in found if commune.postcode == postcode]
        if len(found) != 1:
            raise ValueError(
                f"« {text[:60]} » n'est pas une commune du territoire, ou plusieurs ont ce nom. Écrivez son code "
                "INSEE, ou laissez la case vide."
            )
        return found[0]

    def render(self, value, obj=None, **kwargs):
        if value is None:
            return ""
        return value.name if len(self.by_name.get(town_key(value.name), [])) < 2 else value.code


def town_key(name: str) -> str:
    """« ST GENIS LAVAL CEDEX 2 » and « Saint-Genis-Laval » are the same town."""
    words = re.sub(r"\bcedex\b.*", "", heading_key(name)).split()
    return " ".join({"st": "saint", "ste": "sainte"}.get(word, word) for word in words)


class Area(Line):
    """A *quartier prioritaire* by its code."""

    def __init__(self):
        super().__init__()
        self.by_code: dict[str, PriorityArea] = {}

    def load(self) -> None:
        """Read the list once, for a whole table."""
        self.by_code = PriorityArea.objects.in_bulk()

    def clean(self, value, row=None, **kwargs):
        code = super().clean(value).upper()
        if code and code not in self.by_code:
            raise ValueError(
                f"« {code[:20]} » n'est pas dans la liste des quartiers prioritaires. Importez d'abord la liste, ou "
                "laissez la case vide."
            )
        return self.by_code.get(code)

    def render(self, value, obj=None, **kwargs):
        return value.code if value else ""


class Sectors(ManyToManyWidget):
    """Fields of work by name, separated by semicolons."""

    def __init__(self):
        super().__init__(Sector, separator=";", field="name")
        self.by_name: dict[str, Sector] = {}

    def load(self) -> None:
        self.by_name = {heading_key(sector.name): sector for sector in Sector.objects.all()}

    def clean(self, value, row=None, **kwargs):
        found = {}
        for name in filter(str.strip, (value or "").split(";")):
            sector = self.by_name.get(heading_key(name))
            if sector is None:
                known = ", ".join(f"« {one.name} »" for one in self.by_name.values())
                raise ValueError(
                    f"« {name.strip()[:60]} » n'est pas un secteur connu. Les secteurs, séparés par des "
                    f"points-virgules, sont {known}."
                )
            found[sector.pk] = sector
        return list(found.values())

    def joined(self, sectors) -> str:
        return " ; ".join(sorted(sector.name for sector in sectors))

    def render(self, value, obj=None, **kwargs):
        return self.joined(value.all()) if value is not None else ""


class PartnerResource(PortalResource):
    """What the tables of structures and of venues have in common: who a row is."""

    required = "nom"
    synonyms = SYNONYMS

    id = Field("id", "identifiant", Line(), readonly=True)
    name = Field("name", "nom", Line())
    address = Field("address", "adresse", Line())
    postcode = Field("postcode", "code postal", Postcode())
    commune = Field("commune", "commune", Town())
    phone = Field("phone", "téléphone", Phone())
    email = Field("email", "e-mail", Line())
    website = Field("website", "site web", WebAddress())

    class Meta:
        skip_diff = True  # told in words of the portal, from the cells
        store_instance = True
        clean_model_instances = True

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.by_id: dict[UUID, Partner] = {}
        self.by_name: dict[str, list[Partner]] = defaultdict(list)
        self.seen: dict[UUID, int] = {}

    def get_queryset(self):
        return super().get_queryset().select_related("commune")

    def before_export(self, queryset, **kwargs):
        self.load_lists()

    def before_import(self, dataset, **kwargs):
        super().before_import(dataset, **kwargs)
        self.load_lists()
        for partner in self.get_queryset():
            self.keep(partner)

    def load_lists(self) -> None:
        for field in self.fields.values():
            if isinstance(field.widget, Town | Area | Sectors):
                field.widget.load()

    def keep(self, partner: Partner) -> None:
        self.by_id[partner.pk] = partner
        self.by_name[heading_key(partner.name)].append(partner)

    def get_or_init_instance(self, instance_loader, row):
        partner = self.partner_of(row)
        return (partner, False) if partner else (self.init_instance(row), True)

    def partner_of(self, row) -> Partner | None:
        """The partner that a row is about, None for a new one. Raises ValidationError with what to do otherwise."""
        if text := row.get("identifiant"):
            try:
                return self.by_id[UUID(text)]
            except (ValueError, KeyError):
                raise ValidationError(
                    {
                        "id": f"« {text[:40]} » n'est l'identifiant d'aucune fiche. Videz la case pour en créer une."
                    }
                ) from None
        found = self.by_name.get(heading_key(row["nom"]), [])
        if "code postal" in row:
            postcode = Postcode().clean(row["code postal"])
            found = [partner for partner in found if partner.postcode == postcode]
        if len(found) > 1:
            raise ValidationError(
                {"name": "Plusieurs fiches ont ce nom et ce code postal. Mettez l'identifiant de celle-ci."}
            )
        return found[0] if found else None

    def after_init_instance(self, instance, new, row, **kwargs):
        super().after_init_instance(instance, new, row, **kwargs)
        number = kwargs["row_number"] + 1
        first = self.seen.setdefault(instance.pk, number)
        if first != number:
            raise ValidationError({"name": f"La ligne {first} est déjà cette fiche. Gardez l'une des deux."})

    def after_save_instance(self, instance, row, **kwargs):
        if instance.pk not in self.by_id:
            self.keep(instance)  # so that the same row further down is this one, and not one more


class StructureResource(PartnerResource):
    """Structures, with what their form holds (A2)."""

    type = Field("type", "type", Choice(structure_types()))
    legal_status = Field("legal_status", "statut juridique", Line())
    sectors = Field("sectors", "secteurs", Sectors())
    people_accompanied = Field("people_accompanied", "personnes accompagnées", WholeNumber())
    priority = Field("priority", "en quartier prioritaire", Choice(Structure.Priority.choices))
    priority_area = Field("priority_area", "code du quartier", Area())
    representative_name = Field("representative_name", "représentant·e légal·e", Line())
    representative_capacity = Field("representative_capacity", "qualité", Line())

    class Meta(PartnerResource.Meta):
        model = Structure
        fields = [
            "id", "name", "type", "legal_status", "sectors", "people_accompanied", "address", "postcode", "commune",
            "phone", "email", "website", "priority", "priority_area", "representative_name", "representative_capacity",
        ]  # fmt: skip

    def get_queryset(self):
        return super().get_queryset().select_related("priority_area").prefetch_related("sectors")

    def filter_export(self, queryset, **kwargs):
        return queryset.select_related("commune", "priority_area").prefetch_related("sectors")

    def import_instance(self, instance, row, **kwargs):
        if row.get("code du quartier"):
            instance.priority = Structure.Priority.YES
        super().import_instance(instance, row, **kwargs)


class VenueResource(PartnerResource):
    """Venues, with what their form holds (A8); their address in the portal comes from their name, and stays."""

    kind = Field("kind", "domaine", Choice(Venue.Kind.choices))
    description = Field("description", "présentation", Paragraphs())
    transit = Field("transit", "bus, tram, métro", Line())
    on_foot = Field("on_foot", "à pied depuis l'arrêt", Line())
    wheelchair = Field("wheelchair", "accessible en fauteuil", YesOrNo())
    hearing_loop = Field("hearing_loop", "boucle magnétique", YesOrNo())
    access_notes = Field("access_notes", "autres précisions d'accès", Line())
    companion_price = Field("companion_price", "tarif des accompagnant·es", Line())
    purchase_info = Field("purchase_info", "acheter une place", Line())

    class Meta(PartnerResource.Meta):
        model = Venue
        fields = [
            "id", "name", "kind", "description", "address", "postcode", "commune", "phone", "email", "website",
            "transit", "on_foot", "wheelchair", "hearing_loop", "access_notes", "companion_price", "purchase_info",
        ]  # fmt: skip

    def filter_export(self, queryset, **kwargs):
        return queryset.select_related("commune")

    def import_instance(self, instance, row, **kwargs):
        if not instance.slug:
            instance.slug = free_slug(row["nom"])
        super().import_instance(instance, row, **kwargs)


class PriorityAreaResource(PortalResource):
    """The *quartiers prioritaires* of the official file, by their code (A12)."""

    code = Field("code", "code", Line())
    name = Field("name", "nom", Line())
    communes = Field("communes", "communes", Line())

    required = "code"
    synonyms = {
        "code_qp": "code", "code qp": "code", "code qpv": "code", "codgeo": "code",
        "nom_qp": "nom", "nom qp": "nom", "nom qpv": "nom", "lib_qp": "nom", "libellé": "nom", "libgeo": "nom",
        "nom_commune": "communes", "commune": "communes", "commune_qp": "communes", "lib_com": "communes",
    }  # fmt: skip

    class Meta:
        model = PriorityArea
        import_id_fields = ["code"]
        fields = ["code", "name", "communes"]
        clean_model_instances = True


def free_slug(name: str) -> str:
    """An address in the portal that no venue has yet: « theatre-des-saules », else « theatre-des-saules-2 »…"""
    stem = slugify(name)[:70].strip("-") or "lieu"
    taken = set(Venue.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(
        slug
        for slug in (stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3)))
        if slug not in taken
    )
