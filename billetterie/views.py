"""Pages that join several rooms: each kind of user's home, and the health of the portal."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billetterie import home as homes
from partners.audience import PUBLIC, Audience, audience_for, open_to


@require_safe
@open_to(PUBLIC, translated=True)
def home(request: HttpRequest) -> HttpResponse:
    """What somebody can do next, by kind of user (D12)."""
    who, now = audience_for(request), timezone.now()
    match who:
        case Audience.LEAD | Audience.WORKER:
            return render(request, "billetterie/home_worker.html", homes.of_worker(request.user, at=now))
        case Audience.VENUE:
            return render(request, "billetterie/home_venue.html", homes.of_venue(request.user, at=now))
        case Audience.VISITOR:
            return render(request, "billetterie/home_visitor.html", homes.of_visitor(at=now))
        case Audience.STAFF:
            return redirect("admin:index")
    return render(request, "billetterie/home_public.html")


@require_safe
@open_to(PUBLIC)
def health(request: HttpRequest) -> JsonResponse:
    """200 while the portal and its database answer (G3)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})
