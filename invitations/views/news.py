"""News that staff ask structures to pass on (C11, D12)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from invitations.models import News
from invitations.services import news as service
from partners.audience import BOOKERS, open_to


@require_safe
@open_to(*BOOKERS)
def news(request: HttpRequest) -> HttpResponse:
    """What the structure is to pass on, and what it has passed on, with who and when."""
    today = timezone.localdate()
    context = {
        "waiting": News.objects.to_pass_on(request.user, on=today),
        "passed": News.objects.passed_on(request.user, on=today),
    }
    return render(request, "invitations/news.html", context)


@require_POST
@open_to(*BOOKERS)
def news_pass_on(request: HttpRequest, news_id) -> HttpResponse:
    """Tick it off for the whole structure; or, with `undo`, take that back."""
    mine = News.objects.running(on=timezone.localdate()).meant_for(request.user.own_structure)
    found = get_object_or_404(mine, pk=news_id)
    verb = service.take_back if "undo" in request.POST else service.pass_on
    verb(news=found, by=request.user, at=timezone.now())
    return redirect("invitations:news")
