from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from conventions.services import access as services
from partners.audience import BOOKERS, open_to
from partners.seasons import Season


@require_safe
@open_to(*BOOKERS)
def access(request: HttpRequest) -> HttpResponse:
    """What one's access is worth this season; where it is closed, why and what to do (A5)."""
    grant = services.grant_of(user=request.user, at=timezone.now())
    context = {"access": grant, "season": Season.of(timezone.localdate())}
    return render(request, "conventions/access.html", context)


@require_POST
@open_to(*BOOKERS)
def ask_link(request: HttpRequest) -> HttpResponse:
    """Somebody with last season's password asks for the link of this season (A5)."""
    services.ask_for_link(user=request.user, at=timezone.now())
    messages.success(
        request, f"Un lien est parti à {request.user.email}. Regardez votre boîte mail, et les indésirables."
    )
    return redirect("conventions:access")
