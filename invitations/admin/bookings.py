"""Staff's pages for bookings. They show numbers and states, and no name (F1).

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

from common.admin import PortalInline, ReadOnlyAdmin, filled
from common.codes import clean_code, is_code
from common.errors import DomainError
from invitations.models import (
    Booking,
    Invitation,
    PartyDocument,
    PrintRun,
)
from invitations.services.booking import cancel_booking, cancel_invitation, excuse
from invitations.services.people import REASON_MAX, REASON_MIN, read_names

NAMES = ["given_name", "family_name"]


SEATS_HELD = (
    Invitation.objects.live()
    .filter(booking=OuterRef("pk"))
    .order_by()
    .values("booking")
    .annotate(held=Count("pk"))
    .values("held")
)


class InvitationInline(PortalInline):
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
            "original": booking,
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


@admin.register(PartyDocument)
class PartyDocumentAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "booking", "asked_at", "made_at"]
    list_filter = [("made_at", filled("document", yes="prêt", no="pas encore"))]
    list_select_related = ["booking"]
    fields = ["booking", "asked_at", "made_at"]


@admin.register(PrintRun)
class PrintRunAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "structure", "asked_at", "made_at"]
    list_filter = [("made_at", filled("document", yes="prêt", no="pas encore"))]
    list_select_related = ["structure"]
    fields = ["structure", "asked_at", "made_at"]
