"""Staff's pages for events and their dates. Seats move only through the services, so none is ever sold twice."""

from django import forms
from django.conf import settings
from django.contrib import admin
from django.utils import timezone

from common.admin import Link, PortalAdmin, PortalInline, ReadOnlyAdmin, filled
from offers import services
from offers.imports.columns import LABELS
from offers.models import (
    ColumnMapping,
    Event,
    EventChange,
    EventDraft,
    Performance,
    Picture,
    ProgrammeImport,
    ProgrammeUpload,
    Quota,
)
from partners.admin.organisations import VenueAdmin


class PerformanceForm(forms.ModelForm):
    """A date, with a number of seats that makes sense; what is already taken only the service can know."""

    capacity = forms.IntegerField(
        label="Places données",
        min_value=0,
        max_value=settings.SEATS_MAX,
        initial=0,
        error_messages=dict.fromkeys(
            ["min_value", "max_value"], f"Donnez entre 0 et {settings.SEATS_MAX} places."
        ),
    )


class PerformanceInline(PortalInline):
    """An event's dates: new ones are added here, seats are changed on the date's own page."""

    model = Performance
    form = PerformanceForm
    fields = ["starts_at", "ends_at", "booking_deadline", "capacity", "seats_left", "cancelled_at"]
    readonly_fields = ["seats_left", "cancelled_at"]
    ordering = ["starts_at"]
    extra = 0
    can_delete = False
    show_change_link = True

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("event")

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Event)
class EventAdmin(PortalAdmin):
    list_display = ["title", "kind", "venue", "city", "state", "created_at"]
    list_filter = [
        "state",
        "kind",
        ("source", filled("provenance", yes="reçu d'ailleurs", no="saisi ici")),
        "wheelchair",
        "sign_language",
        "relaxed",
    ]
    list_select_related = ["venue"]
    search_fields = ["title", "venue__name", "search_text"]
    search_help_text = "Titre, lieu, commune ou mots de la présentation."
    autocomplete_fields = ["venue"]
    readonly_fields = ["source", "source_uid", "created_at"]
    fieldsets = [
        (None, {"fields": ["venue", "title", "kind", "state", "description"]}),
        ("Pour qui", {"fields": [("age_min", "duration_minutes"), "languages"]}),
        (
            "Accès",
            {"fields": [("wheelchair", "hearing_loop", "sign_language"), ("audio_description", "relaxed")]},
        ),
        ("Sur place", {"fields": ["door_conditions", "contact", "purchase_url", "purchase_info"]}),
        (
            "Si ce n'est pas à l'adresse du lieu",
            {"fields": ["place_name", "place_address", ("place_postcode", "place_city")]},
        ),
        ("Origine", {"classes": ["collapse"], "fields": ["source", "source_uid", "created_at"]}),
    ]
    inlines = [PerformanceInline]
    links = [Link("Séances", "offers.performance", "event__id__exact")]
    actions = ["publish", "withdraw", "take_picture_off"]

    def get_readonly_fields(self, request, obj=None):
        # People hold invitations for it: it keeps its venue, and leaves the catalogue only by the action below.
        return [*self.readonly_fields, *(["venue", "state"] if obj else [])]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        if "state" in form.base_fields:
            form.base_fields["state"].choices = [
                choice for choice in Event.State.choices if choice[0] != Event.State.WITHDRAWN
            ]
        return form

    def save_model(self, request, obj, form, change):
        if change:
            services.update_event(event=obj, by=request.user, at=timezone.now())
        else:
            services.publish_event(event=obj, performances=[], by=request.user, at=timezone.now())

    def save_formset(self, request, form, formset, change):
        for performance in formset.save(commit=False):
            services.add_performance(performance=performance, by=request.user, at=timezone.now())

    @admin.action(description="Mettre au catalogue", permissions=["act"])
    def publish(self, request, queryset):
        def publish(row: Event) -> None:
            services.publish_again(event=row, by=request.user, at=timezone.now())
            for follow in self.followers:
                follow(row)

        self.run(request, queryset, publish, done="Événements au catalogue")

    @admin.action(description="Retirer du catalogue", permissions=["act"])
    def withdraw(self, request, queryset):
        self.run(
            request,
            queryset,
            lambda row: services.withdraw_event(event=row, by=request.user, at=timezone.now()),
            done="Événements retirés",
        )

    @admin.action(description="Retirer l'image", permissions=["act"])
    def take_picture_off(self, request, queryset):
        self.run(
            request,
            queryset,
            lambda row: services.take_picture_off(shown_by=row, by=request.user, at=timezone.now()),
            done="Images retirées",
        )


class PerformanceState(admin.SimpleListFilter):
    title = "places"
    parameter_name = "places"

    def lookups(self, request, model_admin):
        return [
            ("libres", "à venir, places libres"),
            ("completes", "à venir, complètes"),
            ("bientot", "bientôt, et aucune place donnée"),
            ("annulees", "annulées"),
        ]

    def queryset(self, request, queryset):
        now = timezone.now()
        match self.value():
            case "libres":
                return queryset.bookable(at=now)
            case "completes":
                return queryset.open_for_booking(at=now).filter(seats_left=0)
            case "bientot":
                return queryset.seatless_soon(at=now)
            case "annulees":
                return queryset.filter(cancelled_at__isnull=False)
        return queryset


@admin.register(Performance)
class PerformanceAdmin(PortalAdmin):
    form = PerformanceForm
    list_display = [
        *("event", "venue", "starts_at", "capacity", "seats_left", "seats_taken"),
        *("parties_waiting", "cancelled_at"),
    ]
    list_filter = [PerformanceState, "event__kind"]
    list_select_related = ["event__venue"]
    search_fields = ["event__title", "event__venue__name", "event__city"]
    search_help_text = "Titre, lieu ou commune."
    date_hierarchy = "starts_at"
    autocomplete_fields = ["event"]
    fields = [
        *("event", ("starts_at", "ends_at"), "booking_deadline", "capacity"),
        *("seats_left", "seats_held", "parties_waiting", "cancelled_at"),
    ]
    readonly_fields = ["seats_left", "seats_held", "parties_waiting", "cancelled_at"]

    def get_readonly_fields(self, request, obj=None):
        # Papers are printed with this day and hour: another date is another row, and this one is cancelled.
        fixed = ["event", "starts_at", "ends_at", "booking_deadline"] if obj else []
        return [*self.readonly_fields, *fixed]

    @admin.display(description="lieu", ordering="event__venue__name")
    def venue(self, performance):
        return performance.event.venue

    @admin.display(description="places prises")
    def seats_taken(self, performance):
        return performance.seats_taken

    def save_model(self, request, obj, form, change):
        if not change:
            services.add_performance(performance=obj, by=request.user, at=timezone.now())
        elif "capacity" in form.changed_data:
            services.set_capacity(performance=obj, capacity=obj.capacity, by=request.user, at=timezone.now())
            for follow in self.followers:
                follow(obj)


class QuotaState(admin.SimpleListFilter):
    title = "état"
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return [("en-place", "en place"), ("finis", "changés ou retirés")]

    def queryset(self, request, queryset):
        match self.value():
            case "en-place":
                return queryset.open()
            case "finis":
                return queryset.exclude(until=None)
        return queryset


class QuotaForm(forms.ModelForm):
    """A quota, whose venue follows from its event or date."""

    def clean(self):
        cleaned = super().clean()
        event, performance = cleaned.get("event"), cleaned.get("performance")
        event = performance.event if performance else event
        if event and cleaned.get("venue") and event.venue_id != cleaned["venue"].pk:
            self.add_error("venue", "Cet événement n'est pas de ce lieu : choisissez le sien.")
        return cleaned


@admin.register(Quota)
class QuotaAdmin(PortalAdmin):
    """Quotas as they were and are: a changed one is closed, and another one begins."""

    form = QuotaForm
    list_display = ["venue", "seats", "scope", "what", "since", "until"]
    list_filter = [QuotaState]
    list_select_related = ["venue", "event", "performance__event"]
    search_fields = ["venue__name", "event__title", "performance__event__title"]
    search_help_text = "Lieu ou événement."
    autocomplete_fields = ["venue", "event", "performance"]
    fields = ["venue", "event", "performance", ("starts_on", "ends_on"), "seats", "since", "until"]
    readonly_fields = ["since", "until"]
    actions = ["lift"]

    @admin.display(description="compte ensemble")
    def scope(self, quota):
        return quota.scope

    @admin.display(description="événement ou séance")
    def what(self, quota):
        return quota.performance or quota.event or "tout le lieu"

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        services.set_quota(quota=obj, by=request.user, at=timezone.now())
        for follow in self.followers:
            follow(obj)

    @admin.action(description="Retirer le quota", permissions=["act"])
    def lift(self, request, queryset):
        def act(row):
            services.lift_quota(quota=row, by=request.user, at=timezone.now())
            for follow in self.followers:
                follow(row)

        self.run(request, queryset, act, done="Quotas retirés")


@admin.register(ProgrammeUpload)
class ProgrammeUploadAdmin(ReadOnlyAdmin):
    """Files between their preview and the venue's word."""

    list_display = ["filename", "venue", "by", "step", "created_at"]
    list_select_related = ["venue", "by"]
    list_filter = ["step"]
    search_fields = ["filename", "venue__name"]
    exclude = ["content"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("content", "report")


@admin.register(ProgrammeImport)
class ProgrammeImportAdmin(ReadOnlyAdmin):
    """The last programme loaded from each source of a venue."""

    list_display = ["venue", "kind_of_file", "done_at", "created", "updated", "undecided"]
    list_select_related = ["venue"]
    search_fields = ["venue__name"]

    @admin.display(description="forme", ordering="source")
    def kind_of_file(self, record):
        return record.form

    @admin.display(description="dates à décider")
    def undecided(self, record):
        return len(record.missing)


@admin.register(ColumnMapping)
class ColumnMappingAdmin(ReadOnlyAdmin):
    """How the columns of venues' tables are read, as they chose."""

    list_display = ["venue", "said", "chosen_at"]
    list_select_related = ["venue"]
    search_fields = ["venue__name"]

    @admin.display(description="colonnes")
    def said(self, mapping):
        return ", ".join(LABELS.get(about, about) for about in mapping.columns)

    def has_delete_permission(self, request, obj=None):
        return request.user.is_superuser  # the venue is asked anew


@admin.register(EventDraft)
class EventDraftAdmin(ReadOnlyAdmin):
    """What venues are still writing: its title and age, for whoever helps them; its text is theirs."""

    list_display = ["__str__", "venue", "by", "saved_at"]
    list_select_related = ["venue", "by"]
    search_fields = ["venue__name"]
    search_help_text = "Lieu."
    exclude = ["typed", "tab"]


@admin.register(EventChange)
class EventChangeAdmin(ReadOnlyAdmin):
    """What venues are changing and haven't saved: of which event, and since when; its text is theirs."""

    list_display = ["event", "by", "saved_at"]
    list_select_related = ["event", "by"]
    search_fields = ["event__title", "event__venue__name"]
    search_help_text = "Titre ou lieu."
    exclude = ["typed", "tab", "basis"]


@admin.register(Picture)
class PictureAdmin(ReadOnlyAdmin):
    """Pictures of events; one that must not stay is taken off its event."""

    list_display = ["name", "width", "height", "created_at"]
    exclude = ["whole", "page", "card"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("whole", "page", "card")


VenueAdmin.extend(
    followers=[services.follow_venue],
    links=[
        Link("Événements", "offers.event", "venue__id__exact"),
        Link("Ajouter un événement", "offers.event", "venue", "add"),
    ],
)
