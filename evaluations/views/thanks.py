"""What a venue sees of what its seats became, and a word to it."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common import bars
from common.dates import local_day
from common.forms import attempt
from evaluations import services
from evaluations.figures import count_seats, month_of, shown, total
from evaluations.models import Thanks
from invitations.models import Booking
from offers.models import Performance
from partners.audience import BOOKERS, VENUE, open_to
from partners.seasons import Season


@require_safe
@open_to(VENUE)
def venue_figures(request: HttpRequest) -> HttpResponse:
    """A venue's seats by season and month: given, booked, used, lost; and what people say of it (E4)."""
    now = timezone.now()
    counts = count_seats(dates=Performance.objects.of(request.user), period=month_of, at=now)
    months = {month: shown(seats) for month, seats in counts.items()}
    seasons = sorted({Season.of(month) for month in months} | {Season.of(local_day(now))}, reverse=True)
    asked = request.GET.get("saison", "")
    season = next((one for one in seasons if str(one) == asked), seasons[0])
    rows = [(month, cell) for month, cell in months.items() if month in season]
    whole = total(cell for _, cell in rows)
    values = [
        ("Données", whole.given),
        ("Réservées", whole.booked),
        ("Utilisées", whole.used),
        ("Perdues", whole.lost),
    ]
    context = {
        "season": season,
        "seasons": seasons,
        "rows": rows,
        "total": whole,
        "small": settings.FIGURES_SMALL,
        "bars": bars.draw([(label, value, f"{value}") for label, value in values]) if rows else None,
        "thanks": Thanks.objects.shown_to(request.user)[:20],
    }
    return render(request, "evaluations/venue_figures.html", context)


class ThanksForm(forms.Form):
    """A word to a venue."""

    text = forms.CharField(
        label="Votre mot",
        max_length=settings.THANKS_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Ce qui a plu, ce que cela a permis. Ne nommez personne, ni votre structure.",
        error_messages={
            "required": "Écrivez quelques mots.",
            "max_length": f"Ce mot est trop long : {settings.THANKS_MAX} caractères au plus.",
        },
    )


@open_to(*BOOKERS)
def thank(request: HttpRequest, booking_id) -> HttpResponse:
    """After an outing, somebody of the structure writes a word to its venue."""
    mine = Booking.objects.visible_to(request.user).live().past(at=timezone.now()).with_outing()
    booking = get_object_or_404(mine, pk=booking_id)
    form = ThanksForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        word = attempt(
            form,
            services.thank,
            venue=booking.performance.event.venue,
            by=request.user,
            at=timezone.now(),
            **form.cleaned_data,
        )
        if word:
            messages.success(
                request, "Merci ! L'équipe relit votre mot, puis le lieu le lira, sans votre nom."
            )
            return redirect(booking)
    context = {"form": form, "booking": booking, "performance": booking.performance}
    return render(request, "evaluations/thank.html", context)
