"""Staff's pages for bookings and what hangs on them. They show numbers and states, and no name (F1).

The names of one booking are read on a page of their own, against a reason that is kept.
"""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Subquery
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from common.admin import Link, PortalAdmin, ReadOnlyAdmin, filled
from common.codes import clean_code, is_code
from common.errors import DomainError
from invitations.models import (
    Booking,
    Draw,
    DrawGuest,
    DrawRequest,
    Invitation,
    Participant,
    PartyDocument,
    SeatsCall,
    UsageAlert,
    WaitlistEntry,
    WaitlistGuest,
)
from invitations.services import promotion, waitlist
from invitations.services.booking import cancel_booking, cancel_invitation, cancel_performance, excuse
from invitations.services.demand import tend_all
from invitations.services.draws import lift_draw, open_draw
from invitations.services.people import REASON_MAX, REASON_MIN, read_names
from invitations.services.usage import close_alert
from offers.admin import PerformanceAdmin, QuotaAdmin
from partners.admin import StructureAdmin

NAMES = ["given_name", "family_name"]
SEATS_HELD = (
    Invitation.objects.live()
    .filter(booking=OuterRef("pk"))
    .order_by()
    .values("booking")
    .annotate(held=Count("pk"))
    .values("held")
)


class InvitationInline(admin.TabularInline):
    model = Invitation
    fields = readonly_fields = ["kind", "spoken_number", "status", "admitted_at", "cancelled_at"]
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request, obj=None):
        return False

    @admin.display(description="numéro")
    def spoken_number(self, invitation):
        return invitation.spoken_number


class BookingState(admin.SimpleListFilter):
    title = "état"
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return [("a-venir", "à venir"), ("passees", "passées"), ("annulees", "annulées")]

    def queryset(self, request, queryset):
        now = timezone.now()
        match self.value():
            case "a-venir":
                return queryset.to_come(at=now)
            case "passees":
                return queryset.live().past(at=now)
            case "annulees":
                return queryset.filter(cancelled_at__isnull=False)
        return queryset


class NamesForm(forms.Form):
    """Why somebody of the team reads the names of a booking."""

    reason = forms.CharField(
        label="Pourquoi lisez-vous ces noms ?",
        min_length=REASON_MIN,
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text="Cette raison est gardée dans le journal, avec votre compte : n'y écrivez aucun nom.",
        error_messages={
            "required": "Écrivez pourquoi vous lisez ces noms.",
            "min_length": f"Écrivez votre raison en une phrase, {REASON_MIN} caractères au moins.",
        },
    )


@admin.register(Booking)
class BookingAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "structure", "performance", "people", "state"]
    list_filter = [
        BookingState,
        ("printed_at", filled("impression", yes="imprimée", no="pas encore")),
        "performance__event__kind",
    ]
    list_select_related = ["structure", "performance__event"]
    annotations = {"live": Subquery(SEATS_HELD)}
    search_fields = ["structure__name", "performance__event__title", "performance__event__venue__name"]
    search_help_text = "Structure, événement, lieu, ou numéro d'une invitation."
    date_hierarchy = "created_at"
    view_on_site = False
    fields = [
        *("structure", "performance", "people", "participant", "booked_by"),
        *("created_at", "printed_at", "cancelled_at"),
    ]
    inlines = [InvitationInline]
    actions = ["cancel", "excuse"]
    change_form_template = "admin/invitations/booking/change_form.html"

    @admin.display(description="personnes", ordering="live")
    def people(self, booking):
        return booking.live or 0

    @admin.display(description="état")
    def state(self, booking):
        if booking.cancelled_at:
            return "annulée"
        if booking.performance.starts_at <= timezone.now():
            return "passée"
        return "imprimée" if booking.printed_at else "à imprimer"

    def get_search_results(self, request, queryset, search_term):
        number = clean_code(search_term)
        if is_code(number):
            return queryset.filter(pk__in=Invitation.objects.filter(number=number).values("booking")), False
        return super().get_search_results(request, queryset, search_term)

    def get_urls(self):
        names = self.admin_site.admin_view(self.names_view)
        return [path("<uuid:booking_id>/noms/", names, name="invitations_booking_names"), *super().get_urls()]

    def names_view(self, request, booking_id):
        """The names of one booking, once, in the answer to the form that says why."""
        if not self.has_act_permission(request):
            raise PermissionDenied
        booking = self.get_object(request, str(booking_id))
        if booking is None:
            raise Http404("Cette réservation n'existe pas.")
        form, names = NamesForm(request.POST or None), None
        if request.method == "POST" and form.is_valid():
            try:
                names = read_names(
                    booking=booking, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()
                )
            except DomainError as error:
                form.add_error(error.field, error.sentence)
        context = {
            **self.admin_site.each_context(request),
            "title": "Lire les noms d'une réservation",
            "opts": self.opts,
            "booking": booking,
            "form": form,
            "names": names,
        }
        return TemplateResponse(request, "admin/invitations/booking/names.html", context)

    @admin.action(description="Annuler (avant la séance)", permissions=["act"])
    def cancel(self, request, queryset):
        self.run(
            request,
            _with_booker(queryset),
            lambda row: cancel_booking(booking=row, by=request.user, at=timezone.now()),
            done="Réservations annulées, les personnes qui ont réservé sont prévenues",
        )

    @admin.action(description="Noter excusé·es (après le début)", permissions=["act"])
    def excuse(self, request, queryset):
        waiting = Invitation.objects.filter(booking__in=queryset).excusable().select_related("performance")
        if not waiting:
            self.message_user(request, "Personne n'attend plus d'être noté·e ici.", messages.WARNING)
        self.run(
            request,
            waiting,
            lambda row: excuse(invitation=row, by=request.user, at=timezone.now()),
            done="Personnes notées excusées",
        )


def _with_booker(bookings):
    return bookings.with_outing().select_related("booked_by")


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """One person's paper. Its token opens a page with the name: it stays out too."""

    list_display = ["spoken_number", "kind", "status", "structure", "performance", "admitted_at"]
    list_filter = ["status", "kind", "performance__event__kind"]
    list_select_related = ["booking__structure", "performance__event"]
    search_fields = ["performance__event__title", "booking__structure__name"]
    search_help_text = "Numéro, événement ou structure."
    exclude = [*NAMES, "token"]
    actions = ["cancel", "excuse"]

    @admin.display(description="numéro", ordering="number")
    def spoken_number(self, invitation):
        return invitation.spoken_number

    @admin.display(description="structure", ordering="booking__structure__name")
    def structure(self, invitation):
        return invitation.booking.structure

    def get_search_results(self, request, queryset, search_term):
        number = clean_code(search_term)
        if is_code(number):
            return queryset.filter(number=number), False
        return super().get_search_results(request, queryset, search_term)

    @admin.action(description="Annuler (avant la séance)", permissions=["act"])
    def cancel(self, request, queryset):
        self.run(
            request,
            queryset.select_related("booking__booked_by", "performance__event__venue__commune"),
            lambda row: cancel_invitation(invitation=row, by=request.user, at=timezone.now()),
            done="Invitations annulées",
        )

    @admin.action(description="Noter excusé·es (après le début)", permissions=["act"])
    def excuse(self, request, queryset):
        self.run(
            request,
            queryset.select_related("performance"),
            lambda row: excuse(invitation=row, by=request.user, at=timezone.now()),
            done="Personnes notées excusées",
        )


@admin.register(UsageAlert)
class UsageAlertAdmin(PortalAdmin):
    list_display = ["structure", "week_from", "outings", "seen_at", "closed_at", "outcome"]
    list_filter = [("closed_at", filled("suite", yes="traitée", no="à traiter"))]
    list_select_related = ["structure"]
    search_fields = ["structure__name", "outcome"]
    search_help_text = "Structure ou suite donnée."
    date_hierarchy = "week_from"
    fields = ["structure", "week_from", "outings", "seen_at", "closed_at", "outcome"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_readonly_fields(self, request, obj=None):
        closed = obj is not None and obj.closed_at is not None
        return self.fields if closed else [field for field in self.fields if field != "outcome"]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        if "outcome" in form.base_fields:
            form.base_fields["outcome"].required = True
            form.base_fields[
                "outcome"
            ].help_text = "Ce que vous avez convenu avec la structure, sans aucun nom."
        return form

    def save_model(self, request, obj, form, change):
        if form.changed_data:
            close_alert(alert=obj, outcome=obj.outcome, by=request.user, at=timezone.now())


@admin.register(Participant)
class ParticipantAdmin(ReadOnlyAdmin):
    """That somebody is on a structure's list, and nothing that says who."""

    list_display = ["__str__", "structure", "language", "created_at"]
    list_filter = ["language"]
    list_select_related = ["structure"]
    search_fields = ["structure__name"]
    search_help_text = "Nom de la structure : les personnes ne se cherchent pas ici."
    exclude = NAMES


@admin.register(PartyDocument)
class PartyDocumentAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "booking", "asked_at", "made_at"]
    list_filter = [("made_at", filled("document", yes="prêt", no="pas encore"))]
    list_select_related = ["booking"]
    fields = ["booking", "asked_at", "made_at"]


class DrawRequestInline(admin.TabularInline):
    """What was asked for, and what came of it; no name."""

    model = DrawRequest
    fields = readonly_fields = ["public_id", "structure", "seats", "outcome", "rank", "reason"]
    ordering = ["rank", "requested_at"]
    extra = 0
    can_delete = False
    show_change_link = True

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("structure")

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(Draw)
class DrawAdmin(PortalAdmin):
    """Fair draws (D7): staff open one for a venue, and give it up while nobody asked; drawing is the portal's."""

    list_display = [
        "performance",
        "opened_at",
        "closes_at",
        "drawn_at",
        "asked",
        "seats_asked",
        "seats_given",
    ]
    list_filter = [("drawn_at", admin.EmptyFieldListFilter)]
    list_select_related = ["performance__event"]
    search_fields = ["performance__event__title", "performance__event__venue__name"]
    search_help_text = "Titre ou lieu."
    date_hierarchy = "closes_at"
    autocomplete_fields = ["performance"]
    exclude = ["record"]
    actions = ["lift"]

    def get_queryset(self, request):
        return super().get_queryset(request).with_totals()

    def get_inlines(self, request, obj):
        return [DrawRequestInline] if obj else []

    def get_fields(self, request, obj=None):
        told = ["asked", "seats_asked", "served", "seats_given"]
        kept = ["performance", "opened_at", "closes_at", "drawn_at", "commitment", "algorithm", *told]
        return kept if obj else ["performance", "closes_at"]

    def get_readonly_fields(self, request, obj=None):
        return self.get_fields(request, obj) if obj else []

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description="demandes", ordering="asked")
    def asked(self, draw):
        return draw.asked

    @admin.display(description="places demandées", ordering="seats_asked")
    def seats_asked(self, draw):
        return draw.seats_asked

    @admin.display(description="demandes servies", ordering="served")
    def served(self, draw):
        return draw.served

    @admin.display(description="places tirées", ordering="seats_given")
    def seats_given(self, draw):
        return draw.seats_given

    def save_model(self, request, obj, form, change):
        if not change:
            made = open_draw(
                performance=obj.performance, closes_at=obj.closes_at, by=request.user, at=timezone.now()
            )
            obj.pk, obj._state.adding = made.pk, False

    @admin.action(description="Abandonner le tirage (sans aucune demande)", permissions=["act"])
    def lift(self, request, queryset):
        self.run(
            request,
            queryset.select_related("performance"),
            lambda row: lift_draw(draw=row, by=request.user, at=timezone.now()),
            done="Tirages abandonnés",
        )


@admin.register(DrawRequest)
class DrawRequestAdmin(ReadOnlyAdmin):
    list_display = ["public_id", "structure", "draw", "seats", "outcome", "rank"]
    list_filter = ["outcome"]
    list_select_related = ["structure", "draw__performance__event"]
    search_fields = ["public_id", "structure__name", "draw__performance__event__title"]
    search_help_text = "Repère publié, structure ou événement."
    date_hierarchy = "requested_at"
    exclude = ["key", "person_ref"]


@admin.register(DrawGuest)
class DrawGuestAdmin(ReadOnlyAdmin):
    """That somebody comes along with a request, and nothing that says who."""

    list_display = ["__str__", "request", "companion_reason"]
    list_select_related = ["request"]
    exclude = NAMES


@admin.register(WaitlistEntry)
class WaitlistEntryAdmin(ReadOnlyAdmin):
    """Who waits for which date, without a name."""

    list_display = ["__str__", "structure", "performance", "seats", "line", "state", "joined_at", "answer_by"]
    list_filter = ["state"]
    list_select_related = ["structure", "performance__event"]
    search_fields = ["structure__name", "performance__event__title", "performance__event__venue__name"]
    search_help_text = "Structure, événement ou lieu."
    date_hierarchy = "joined_at"
    exclude = ["key", "person_ref"]
    actions = ["leave"]

    @admin.action(description="Retirer de la liste d'attente (la structure le demande)", permissions=["act"])
    def leave(self, request, queryset):
        self.run(
            request,
            queryset.select_related("performance"),
            lambda row: waitlist.leave(entry=row, by=request.user, at=timezone.now()),
            done="Groupes retirés de la liste d'attente",
        )


@admin.register(WaitlistGuest)
class WaitlistGuestAdmin(ReadOnlyAdmin):
    """That somebody would come along, and nothing that says who."""

    list_display = ["__str__", "entry", "kind"]
    list_filter = ["kind"]
    list_select_related = ["entry"]
    exclude = NAMES


@admin.register(SeatsCall)
class SeatsCallAdmin(ReadOnlyAdmin):
    """Which venues were told that people wait, and what they gave."""

    list_display = ["performance", "sent_on", "people", "used_at", "added"]
    list_filter = [("used_at", admin.EmptyFieldListFilter)]
    list_select_related = ["performance__event"]
    search_fields = ["performance__event__title", "performance__event__venue__name"]
    search_help_text = "Événement ou lieu."
    date_hierarchy = "sent_on"


def serve_line(performance) -> None:
    """Seats that staff gave go to the date's waiting list at once (D5)."""
    promotion.tend(performance=performance, at=timezone.now())


def serve_lines(quota) -> None:
    """Parties that a larger quota lets in are served at once (C3, D5)."""
    tend_all(quota, at=timezone.now())


@admin.action(description="Annuler la séance et prévenir", permissions=["act"])
def cancel_dates(modeladmin, request, queryset):
    modeladmin.run(
        request,
        queryset,
        lambda row: cancel_performance(performance=row, by=request.user, at=timezone.now()),
        done="Séances annulées, les personnes qui ont réservé sont prévenues",
    )


PerformanceAdmin.extend(
    actions=[cancel_dates],
    links=[
        Link("Réservations", "invitations.booking", "performance__id__exact"),
        Link("Invitations", "invitations.invitation", "performance__id__exact"),
        Link("Tirage équitable", "invitations.draw", "performance__id__exact"),
        Link("Ouvrir un tirage équitable", "invitations.draw", "performance", "add"),
        Link("Liste d'attente", "invitations.waitlistentry", "performance__id__exact"),
    ],
    followers=[serve_line],
)
QuotaAdmin.extend(followers=[serve_lines])
StructureAdmin.extend(
    links=[
        Link("Réservations", "invitations.booking", "structure__id__exact"),
        Link("Demandes de tirage", "invitations.drawrequest", "structure__id__exact"),
        Link("Liste d'attente", "invitations.waitlistentry", "structure__id__exact"),
        Link("Alertes d'usage", "invitations.usagealert", "structure__id__exact"),
    ]
)
