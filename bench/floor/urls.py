"""The floor's pages, each in the fewest lines."""

import uuid
from secrets import token_urlsafe

from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone

from bench.floor.models import Booking, Date, Mail, Paper, Show, Trace

PAGE = 24
box = Fernet(settings.NAMES_KEY)


@login_required
def cached(request):
    """A visitor's page from the cache, after the one query that says whether the session still opens it."""
    if not request.user.is_active:
        return HttpResponse(status=403)
    return HttpResponse(cache.get("page"))


@login_required
def catalogue(request):
    ahead = Date.objects.filter(starts_at__gt=timezone.now(), seats_left__gt=0)
    dates = ahead.select_related("show").order_by("starts_at", "pk")[:PAGE]
    return render(request, "catalogue.html", {"user": request.user, "count": ahead.count(), "dates": dates})


@login_required
def show(request, pk):
    found = get_object_or_404(Show, pk=pk)
    return render(request, "event.html", {"event": found, "dates": list(found.dates.all())})


@login_required
@transaction.atomic
def book(request, pk):
    names = [value for field, value in request.POST.items() if field.startswith("name")]
    now = timezone.now()
    booking = Booking.objects.create(date_id=pk, key=uuid.UUID(request.POST["key"]), created_at=now)
    Paper.objects.bulk_create(
        Paper(booking=booking, name=box.encrypt(name.encode()).decode(), number=token_urlsafe(16))
        for name in names
    )
    Mail.objects.create(effect=f"booked {booking.pk}", text="Votre réservation est faite. " * 20)
    Trace.objects.create(at=now, verb="booked", subject=str(booking.pk))
    seats = Date.objects.filter(pk=pk, starts_at__gt=now, seats_left__gte=len(names))
    if not seats.update(seats_left=F("seats_left") - len(names)):
        transaction.set_rollback(True)
        return HttpResponse(status=409)
    return redirect("booking", booking.pk)


@login_required
def booking(request, pk):
    found = get_object_or_404(Booking.objects.select_related("date__show"), pk=pk)
    names = [box.decrypt(paper.name.encode()).decode() for paper in found.papers.all()]
    return render(request, "event.html", {"event": found.date.show, "dates": [found.date], "names": names})


urlpatterns = [
    path("cached/", cached),
    path("catalogue/", catalogue),
    path("show/<uuid:pk>/", show),
    path("book/<uuid:pk>/", book),
    path("booking/<uuid:pk>/", booking, name="booking"),
]
