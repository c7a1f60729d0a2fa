"""La Criée: its wall, its forms, and the page by which an author takes words back (E3)."""

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.errors import TooManyAttempts
from common.forms import attach, attempt, typed
from common.languages import say
from common.text import formatted
from evaluations.forms.criee import AnswerForm, OpinionForm, ReportForm, WallForm
from evaluations.models import Charter, Opinion
from evaluations.services import criee as services
from offers.models import Event
from partners.audience import PUBLIC, Audience, audience_for, open_to
from partners.models import User


@require_safe
@open_to(PUBLIC, translated=True)
def criee(request: HttpRequest) -> HttpResponse:
    """What everybody may read, newest first; of one outing, one venue, one kind where asked for."""
    form = WallForm(request.GET)
    page = Paginator(form.narrow(Opinion.objects.on_wall()), settings.CRIEE_PAGE).get_page(
        request.GET.get("page")
    )
    event = Event.objects.filter(pk=form.cleaned_data.get("sortie")).select_related("venue").first()
    return render(request, "evaluations/criee.html", {"form": form, "page": page, "event": event})


@require_safe
@open_to(PUBLIC, translated=True)
def opinion(request: HttpRequest, opinion_id) -> HttpResponse:
    """One opinion with its answers; a venue finds its own answer there whatever became of it."""
    found = get_object_or_404(Opinion.objects.published().opening().with_subject(), pk=opinion_id)
    account = _account(request)
    own = found.answers.none()
    if account and account.venue_id:
        own = found.answers.filter(speaks_for=account.venue_id).exclude(state__in=["published", "withdrawn"])
    context = {"opinion": found, "answers": found.answers.said(), "own": own}
    return render(request, "evaluations/opinion.html", context)


@require_safe
@open_to(PUBLIC, translated=True)
def charter(request: HttpRequest) -> HttpResponse:
    """The charter in force, as the team wrote it."""
    current = Charter.objects.current(at=timezone.now())
    if current is None:
        raise Http404
    return render(request, "evaluations/charter.html", {"charter": current, "html": formatted(current.text)})


# --- Saying ---------------------------------------------------------------------------------------


@open_to(PUBLIC, translated=True)
def write(request: HttpRequest) -> HttpResponse:
    """Somebody gives an opinion, without an account; a structure passes on somebody's words."""
    if audience_for(request) is Audience.VENUE:
        messages.info(request, "Un lieu répond aux avis : choisissez-en un, puis « Répondre ».")
        return redirect("evaluations:criee")
    event = _event(request.GET.get("sur", ""))
    form = OpinionForm(typed(request), account=_account(request), event=event)
    return _answered(request, form, "evaluations/write.html", {"event": event})


@open_to(PUBLIC, translated=True)
def answer(request: HttpRequest, opinion_id) -> HttpResponse:
    """Somebody answers, or the venue does."""
    found = get_object_or_404(Opinion.objects.published().opening().with_subject(), pk=opinion_id)
    form = AnswerForm(typed(request), account=_account(request), answers_to=found)
    return _answered(request, form, "evaluations/answer.html", {"opinion": found})


def _answered(request: HttpRequest, form: AnswerForm, template: str, context: dict) -> HttpResponse:
    """The form, again with what to put right and all that was typed; once kept, the page that follows it."""
    status = 200
    if form.by_machine:
        return redirect("evaluations:criee")  # it learns nothing
    if request.method == "POST" and form.is_valid():
        try:
            token = form.cleaned_data["token"]
            if attempt(form, services.give, opinion=form.opinion, token=token, **_who(request)):
                return redirect("evaluations:criee_follow", token)
        except TooManyAttempts as refusal:
            attach(form, refusal)
            status = 429
    current = Charter.objects.current(at=timezone.now())
    words = formatted(current.text) if current else ""
    return render(request, template, {"form": form, "charter": words, **context}, status=status)


@open_to(PUBLIC, translated=True)
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """What became of somebody's words, for whoever has their secret address; a POST takes them back."""
    found = services.find(token)
    if found is None:
        raise Http404
    if request.method == "POST":
        services.withdraw(opinion=found, at=timezone.now())
        return redirect("evaluations:criee_follow", token)
    address = settings.BASE_URL + reverse("evaluations:criee_follow", args=[token])
    return render(request, "evaluations/follow.html", {"opinion": found, "address": address})


@open_to(PUBLIC, translated=True)
def report(request: HttpRequest, opinion_id) -> HttpResponse:
    """Anybody says that published words should be read again."""
    found = get_object_or_404(Opinion.objects.published().with_subject(), pk=opinion_id)
    form, status = ReportForm(typed(request)), 200
    if request.method == "POST" and form.is_valid():
        try:
            said = {"reason": form.cleaned_data["reason"], "words": form.cleaned_data["words"]}
            if form.by_machine or attempt(form, services.report, opinion=found, **said, **_who(request)):
                messages.success(request, say("criee.report_thanks"))
                return redirect("evaluations:criee")
        except TooManyAttempts as refusal:
            attach(form, refusal)
            status = 429
    return render(request, "evaluations/report.html", {"opinion": found, "form": form}, status=status)


def _account(request: HttpRequest) -> User | None:
    return request.user if request.user.is_authenticated else None


def _who(request: HttpRequest) -> dict:
    """Who acts, from where, and when."""
    return {
        "account": _account(request),
        "address": get_adapter().get_client_ip(request),
        "at": timezone.now(),
    }


def _event(asked: str) -> Event | None:
    """The event on offer that somebody speaks of; none where the address names none."""
    try:
        return Event.objects.offered().select_related("venue").filter(pk=asked).first() if asked else None
    except ValidationError:
        return None
