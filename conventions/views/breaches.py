from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.dates import local_day
from common.downloads import pdf_response
from common.forms import attempt
from conventions.forms.breaches import FORMS, NoticeForm, StepForm
from conventions.models import Agreement, Breach, BreachLetter
from conventions.models.breaches import Step
from conventions.services import breaches as services
from partners.audience import ANSWERING, open_to


@dataclass(frozen=True)
class Act:
    """A step that the account may take now, with its form."""

    step: Step
    form: StepForm


def _acts(breach: Breach, request: HttpRequest) -> list[Act]:
    """What the account may do on the page; what was typed for the step it asked for stays."""
    side, today = breach.side_of(request.user), timezone.localdate()
    wanted = request.POST.get("step")
    return [
        Act(
            step,
            FORMS[step.name](
                request.POST if step.name == wanted else None,
                auto_id=f"id_{step.name}_%s",
                initial={"seen": breach.offer_mark},
            ),
        )
        for step in breach.legal_steps(side=side, on=today)
    ]


@open_to(*ANSWERING)
def breach(request: HttpRequest, breach_id) -> HttpResponse:
    """A procedure as its partner sees it: where it stands, what comes next, what one can do now (B5)."""
    mine = Breach.objects.visible_to(request.user).with_parties().prefetch_related("letters")
    found = get_object_or_404(mine, pk=breach_id)
    acts = _acts(found, request)
    if request.method == "POST":
        asked = next((act for act in acts if act.form.is_bound), None)
        if asked is None:
            messages.warning(request, "Cette étape n'est plus possible : voici où en est la procédure.")
            return redirect(found)
        if asked.form.is_valid() and attempt(
            asked.form, asked.form.act, breach=found, by=request.user, at=timezone.now()
        ):
            messages.success(request, asked.form.done)
            return redirect(found)
    context = {
        "breach": found,
        "acts": acts,
        "side": found.side_of(request.user),
        "today": timezone.localdate(),
    }
    return render(request, "conventions/breach.html", context)


@open_to(*ANSWERING)
def breach_start(request: HttpRequest) -> HttpResponse:
    """A partner lays a breach to the association: what that triggers, the words, then a last look (B5)."""
    now, step = timezone.now(), request.POST.get("step", "")
    mine = (
        Agreement.objects.of(request.user.partner)
        .in_force(on=local_day(now))
        .select_related("structure", "venue")
    )
    agreement = mine.first()
    form = NoticeForm(request.POST or None)
    ready = request.method == "POST" and agreement is not None and form.is_valid()
    if ready and step == "send":
        opened = attempt(
            form,
            services.notice,
            agreement=agreement,
            grounds=form.cleaned_data["words"],
            by=request.user,
            at=now,
        )
        if opened:
            days = settings.BREACH_EXPLAIN_DAYS
            messages.success(request, f"Votre lettre est partie. L'association a {days} jours pour répondre.")
            return redirect(opened)
    context = {
        "agreement": agreement,
        "running": Breach.objects.visible_to(request.user).open().first(),
        "form": form,
        "days_to_explain": settings.BREACH_EXPLAIN_DAYS,
        "days_to_terminate": settings.BREACH_TERMINATE_DAYS,
        "confirming": ready and step == "look" and not form.errors,
    }
    return render(request, "conventions/breach_start.html", context)


@require_safe
@open_to(*ANSWERING)
def breach_letter(request: HttpRequest, letter_id) -> HttpResponse:
    """One letter of a procedure, as the bytes that left (B5)."""
    found = get_object_or_404(BreachLetter.objects.visible_to(request.user), pk=letter_id)
    return letter_response(found)


def letter_response(letter: BreachLetter) -> HttpResponse:
    """The letter to read or print."""
    return pdf_response(letter.content, name=f"{letter.kind}-{letter.made_at:%Y%m%d}")
