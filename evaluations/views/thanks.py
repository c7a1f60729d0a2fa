"""A word to a venue."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from common.forms import attempt
from evaluations import services
from invitations.models import Booking
from partners.audience import BOOKERS, open_to


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
