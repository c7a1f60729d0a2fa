"""How staff's pages behave everywhere, and what staff read of the outbox and the audit trail.

Writes go through a service where the change means something; the others leave a trace here (F5). No page shows
a participant's, guest's or companion's name (F1): tests/test_admin.py plants one and looks for it everywhere.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.db import models
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst

from common import audit
from common.errors import DomainError
from common.languages import FRENCH, LANGUAGES, LIST_SEPARATOR, as_written, phrasebook, review
from common.models import Attempts, AuditEntry, Erased, Installation, OutboxMessage, Translation

# Columns that open something: passwords, links, codes.
SECRET = {"password", "text", "html", "token", "content", "code_hash", "token_hash", "key", "seed"}
SEARCH_MAX = 100  # characters; a longer search is cut, so that it stays one that the database can do


class Link(NamedTuple):
    """From a row's page to the rows of another list that belong to it, or to the form for one more."""

    label: str
    model: str  # "invitations.booking"
    lookup: str  # "structure__id__exact"; the field's own name for a form
    page: str = "changelist"  # or "add"

    def url(self, pk: Any) -> str:
        return f"{reverse('admin:{}_{}_{}'.format(*self.model.split('.'), self.page))}?{self.lookup}={pk}"


def filled(title: str, *, yes: str, no: str) -> type[admin.EmptyFieldListFilter]:
    """A filter on whether a field is filled, that says so in words: `list_filter = [("sent_at", filled(…))]`."""

    class Filled(admin.EmptyFieldListFilter):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.title = title

        def choices(self, changelist):
            for choice, words in zip(super().choices(changelist), (None, no, yes), strict=True):
                yield {**choice, "display": words or choice["display"]}

    return Filled


class Labelled:
    """Fields that Django's pages leave without a name for a screen reader get theirs: halves of a moment, cells."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field:
            name, widget = capfirst(field.label), getattr(field.widget, "widget", field.widget)
            if isinstance(widget, AdminSplitDateTime):
                for half, part in zip(widget.widgets, ("date", "heure"), strict=True):
                    half.attrs["aria-label"] = f"{name} : {part}"
            elif isinstance(self, admin.TabularInline):
                widget.attrs["aria-label"] = name
        return field


class PortalInline(Labelled, admin.TabularInline):
    """Rows that belong to another, as a table on its page."""


class PortalAdmin(Labelled, admin.ModelAdmin):
    """A model in staff's pages: searched safely, audited, and refusing in a sentence by the field."""

    list_per_page = 50
    view_on_site = False
    show_full_result_count = False
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    annotations: Mapping[str, Any] = {}
    links: Sequence[Link] = ()
    followers: Sequence[Callable[[Any], None]] = ()

    @classmethod
    def extend(
        cls, *, columns=(), annotations=None, filters=(), inlines=(), actions=(), links=(), followers=()
    ) -> None:
        """What a higher app adds to a lower one's page: a structure shows its agreements, and knows nothing of them."""
        cls.list_display = [*cls.list_display, *columns]
        cls.annotations = {**cls.annotations, **(annotations or {})}
        cls.list_filter = [*cls.list_filter, *filters]
        cls.inlines = [*cls.inlines, *inlines]
        cls.actions = [*(cls.actions or ()), *actions]
        cls.links = [*cls.links, *links]
        cls.followers = [*cls.followers, *followers]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(**self.annotations)

    def lookup_allowed(self, lookup, value, request=None):
        """No address of a list may question a column that no page shows: answers tell it letter by letter."""
        return not SECRET.intersection(lookup.split("__")) and super().lookup_allowed(lookup, value, request)

    def get_search_results(self, request, queryset, search_term):
        return super().get_search_results(request, queryset, search_term.replace("\x00", "")[:SEARCH_MAX])

    def changelist_view(self, request, extra_context=None):
        if any("\x00" in value for value in request.GET.values()):
            messages.error(request, "Cette recherche contient un caractère illisible : tapez-la à nouveau.")
            return HttpResponseRedirect(request.path)
        title = capfirst(self.opts.verbose_name_plural)
        try:
            return super().changelist_view(request, {"title": title, **(extra_context or {})})
        except OverflowError:  # a year or a month that no calendar has
            messages.error(request, "Cette date n'existe pas : choisissez-en une autre.")
            return HttpResponseRedirect(request.path)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        context = {
            "links": [(link.label, link.url(object_id)) for link in self.links],
            **({"title": capfirst(self.opts.verbose_name)} if object_id else {}),
            **(extra_context or {}),
        }
        try:
            return super().changeform_view(request, object_id, form_url, context)
        except DomainError as error:
            # A service refused and nothing was written: the form again, as typed, with the sentence.
            request.refusal = error
            return super().changeform_view(request, object_id, form_url, context)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        refusal = getattr(request, "refusal", None)
        return _refused(form, refusal) if refusal else form

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        self.saved(request, obj, change=change, fields=form.changed_data)

    def save_formset(self, request, form, formset, change):
        super().save_formset(request, form, formset, change)
        for obj, fields in formset.changed_objects:
            self.record(request, "fiche modifiée", obj, champs=fields)
        for obj in formset.new_objects:
            self.record(request, "fiche créée", obj)
        for obj in formset.deleted_objects:
            self.record(request, "fiche supprimée", obj)

    def delete_model(self, request, obj):
        self.record(request, "fiche supprimée", obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request, queryset):
        for obj in queryset:
            self.record(request, "fiche supprimée", obj)
        super().delete_queryset(request, queryset)

    def saved(self, request, obj, *, change: bool, fields: Sequence[str]) -> None:
        """What follows a row's saving, by its form or by a table; `fields` names what was filled in or changed."""
        self.record(request, "fiche modifiée" if change else "fiche créée", obj, champs=list(fields))
        for follow in self.followers:
            follow(obj)

    def record(self, request, verb: str, obj, **details) -> None:
        """Leave a trace of what staff did to a row; `details` hold names of fields, never what was typed."""
        audit.record(at=timezone.now(), actor=request.user, verb=verb, subject=obj, **details)

    def run(self, request, rows: Iterable, act: Callable[[Any], Any], *, done: str) -> None:
        """Call a service for each row; say how many went well, and each refusal once with how many it stopped."""
        went_well, refusals = 0, {}
        for row in rows:
            try:
                act(row)
                went_well += 1
            except DomainError as error:
                refusals[error.sentence] = refusals.get(error.sentence, 0) + 1
        if went_well:
            self.message_user(request, f"{done} : {went_well}.", messages.SUCCESS)
        for sentence, times in refusals.items():
            self.message_user(request, f"{sentence} ({times})" if times > 1 else sentence, messages.WARNING)

    def has_act_permission(self, request) -> bool:
        """Whether the account may use actions that change something, even where the form itself is read-only."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")


def _refused(form: type, refusal: DomainError) -> type:
    """The same form class, refusing with the service's sentence."""

    def clean(self):
        cleaned = form.clean(self)
        self.add_error(refusal.field if refusal.field in self.fields else None, refusal.sentence)
        return cleaned

    return type(form.__name__, (form,), {"clean": clean})


# For tables with a few choices of many: Django's own list asks for the control key.
CHECKBOXES = {
    **PortalAdmin.formfield_overrides,
    models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple},
}


class ReadOnlyAdmin(PortalAdmin):
    """Rows that only services write."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """What left and what didn't. The text stays out: some mails carry a link that opens an account."""

    list_display = ["subject", "recipient", "created_at", "sent_at", "tries", "set_aside_at", "failure"]
    list_filter = [
        ("sent_at", filled("envoi", yes="parti", no="pas encore parti")),
        ("set_aside_at", filled("échec", yes="mis de côté", no="aucun")),
    ]
    search_fields = ["subject", "recipient", "effect"]
    search_help_text = "Objet, adresse ou effet."
    date_hierarchy = "created_at"
    exclude = ["text", "html"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "verb", "actor", "subject", "details"]
    list_filter = ["verb"]
    search_fields = ["actor", "subject", "verb"]
    search_help_text = "Identifiant d'une fiche ou d'un compte, action."
    date_hierarchy = "at"


@admin.register(Erased)
class ErasedAdmin(ReadOnlyAdmin):
    """What stays erased, should an older backup be restored: identifiers, which lead to nobody any more."""

    list_display = ["__str__", "at"]
    list_filter = ["model"]
    date_hierarchy = "at"


@admin.register(Installation)
class InstallationAdmin(ReadOnlyAdmin):
    list_display = ["key", "value"]


@admin.register(Attempts)
class AttemptsAdmin(ReadOnlyAdmin):
    """Who is being slowed down, without an address or a name: the slot is hashed."""

    list_display = ["slot", "count", "until"]
    search_fields = ["slot"]
    search_help_text = "Début du genre d'essai : login, code, visitor, door."


@admin.register(Translation)
class TranslationAdmin(PortalAdmin):
    """A language's sentences beside the French ones: a speaker reads, corrects, confirms (D2)."""

    list_display = ["name", "state", "speaker", "read_at"]
    list_display_links = ["name"]
    GROUPS = {
        "date": "Dates et durées",
        "review": "Marque « à relire »",
        "kind": "Types de sortie",
        "access": "Accessibilité",
        "role": "Rôles",
        "paper": "Invitation imprimée",
        "page": "Menu et bas de page",
        "public": "Page d’accueil, sans code",
        "code": "Entrer un code",
        "home": "Accueil avec un code",
        "programme": "Liste des sorties",
        "look": "Mois, semaine, carte",
        "seats": "Places",
        "standing": "États d’une date",
        "event": "Page d’une sortie",
        "show": "Montrer à mon accompagnant·e",
        "check": "Page du carré de l’invitation",
        "error": "Erreurs",
        "help": "Aide",
        "card": "Carte visiteur",
        "criee": "La Criée",
    }

    def has_add_permission(self, request):
        return False  # a language comes with its phrasebook (docs/operations.md)

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description="langue", ordering="language")
    def name(self, row):
        language = LANGUAGES[row.language]
        return f"{language.french.capitalize()} – {language.name}"

    @admin.display(description="état")
    def state(self, row):
        left = len(phrasebook(row).unread)
        return f"à relire : {left} phrase{'s' if left > 1 else ''}" if left else "relue"

    def get_queryset(self, request):
        return super().get_queryset(request).filter(language__in=LANGUAGES)

    def get_fieldsets(self, request, obj=None):
        groups: dict[str, list] = {}
        for key in as_written(FRENCH):
            line = (f"text:{key}", f"read:{key}")
            groups.setdefault(key.split(".")[0], []).append(line)
        whole = (
            None,
            {
                "fields": ["speaker", "all_read"],
                "description": "Une personne qui parle cette langue lit chaque phrase, la corrige si besoin et "
                "la coche. Ce qui n’est pas coché porte « à relire » dans les pages et sur les papiers.",
            },
        )
        return [whole, *((self.GROUPS.get(name, name), {"fields": lines}) for name, lines in groups.items())]

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, form=_translation_form(obj), **kwargs)

    def save_model(self, request, obj, form, change):
        typed = form.cleaned_data
        keys = as_written(FRENCH)
        review(
            language=obj.language,
            wordings={key: typed[f"text:{key}"] for key in keys},
            read=[key for key in keys if typed["all_read"] or typed[f"read:{key}"]],
            speaker=typed["speaker"],
            by=request.user,
            at=timezone.now(),
        )


def _translation_form(row: Translation) -> type[forms.ModelForm]:
    """The form of one language: each sentence under its French, with a box to tick once read."""
    language, book = LANGUAGES[row.language], phrasebook(row)
    fields: dict[str, Any] = {
        "speaker": forms.CharField(
            label="Relu par",
            max_length=120,
            required=False,
            initial=row.speaker,
            help_text="Une fonction suffit : interprète, enseignante, bénévole… Pas de nom de famille.",
        ),
        "all_read": forms.BooleanField(label="Tout est relu et juste", required=False),
    }
    for key, french in as_written(FRENCH).items():
        fields[f"text:{key}"] = forms.CharField(
            label=french.replace(LIST_SEPARATOR, ", "),
            initial=book[key],
            required=False,
            max_length=1000,
            widget=forms.Textarea(
                attrs={
                    "rows": 1 + len(book[key]) // 70,
                    "cols": 60,
                    "lang": language.code,
                    "dir": language.direction,
                }
            ),
        )
        fields[f"read:{key}"] = forms.BooleanField(
            label="relu", required=False, initial=key not in book.unread
        )
    return type("TranslationForm", (forms.ModelForm,), fields)
