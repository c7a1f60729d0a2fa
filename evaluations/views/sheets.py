"""Evaluation sheets: what a structure fills in, and what the team reads of all of them (E2)."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common import bars
from common.downloads import pdf_response
from common.errors import DomainError
from common.forms import typed
from common.spreadsheets import write_csv
from evaluations.documents import sheet_pdf
from evaluations.forms.sheets import SheetForm
from evaluations.models import Questionnaire, Sheet
from evaluations.services import sheets as services
from partners.audience import BOOKERS, STAFF, open_to

READS = permission_required("evaluations.view_sheet", raise_exception=True)
ACTS = permission_required("evaluations.change_questionnaire", raise_exception=True)
PICTURED = {"scale", "choice"}


@require_safe
@open_to(*BOOKERS)
def sheets(request: HttpRequest) -> HttpResponse:
    """The questionnaires that are open, how far the structure's sheet is, and sheets of before."""
    mine = Sheet.objects.visible_to(request.user).select_related("questionnaire")
    by_questionnaire = {sheet.questionnaire_id: sheet for sheet in mine}
    begun = [sheet.questionnaire for sheet in mine if sheet.questionnaire.is_open]
    asking = Questionnaire.objects.open().asking(request.user.own_structure, at=timezone.now())
    asked = [(one, by_questionnaire.pop(one.pk, None)) for one in dict.fromkeys([*begun, *asking])]
    return render(
        request, "evaluations/sheets.html", {"asked": asked, "before": list(by_questionnaire.values())}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(*BOOKERS)
def sheet(request: HttpRequest, questionnaire_id) -> HttpResponse:
    """A structure's sheet: kept as it is typed, then sent; once sent, read."""
    found = Sheet.objects.visible_to(request.user).filter(questionnaire=questionnaire_id).first()
    questionnaires = Questionnaire.objects.all() if found else Questionnaire.objects.open()
    questionnaire = get_object_or_404(questionnaires, pk=questionnaire_id)
    if found and request.method != "POST" and (found.sent_at or not questionnaire.is_open):
        return render(request, "evaluations/sheet_sent.html", _read(found, questionnaire))
    known = services.known_numbers(questionnaire=questionnaire, structure=request.user.own_structure)
    form = SheetForm(typed(request), questionnaire=questionnaire, sheet=found, known=known)
    if request.method == "POST":
        return _sent(request, form, questionnaire, found)
    return _page(request, form, questionnaire, sheet=found)


def _sent(
    request: HttpRequest, form: SheetForm, questionnaire: Questionnaire, found: Sheet | None
) -> HttpResponse:
    """Keep what can be understood, then do what the button says."""
    valid, silently = form.is_valid(), "seul" in request.GET  # nobody pressed a button
    seen = None if "insist" in request.POST else form.seen_then
    try:
        kept = services.keep_sheet(
            questionnaire=questionnaire,
            answers=(found.answers if found else {}) | form.answers,
            by=request.user,
            at=timezone.now(),
            tab=form.tab,
            seen=seen,
        )
        form.seen = kept.version
        if valid and "send" in request.POST:
            services.send_sheet(sheet=kept, by=request.user, at=timezone.now())
            messages.success(request, "Merci ! L'équipe a votre fiche.")
            return redirect("evaluations:sheet", questionnaire.pk)
    except DomainError as refused:
        form.seen = form.seen_then
        return _page(request, form, questionnaire, refused=refused)
    if valid and not silently:
        messages.success(request, "C'est gardé : reprenez quand vous voulez.")
        return redirect("evaluations:sheet", questionnaire.pk)
    return _page(request, form, questionnaire, sheet=kept)


def _page(request: HttpRequest, form: SheetForm, questionnaire: Questionnaire, **more) -> HttpResponse:
    context = {"form": form, "questionnaire": questionnaire, **more}
    silently = request.method == "POST" and "seul" in request.GET
    return render(
        request, "evaluations/partials/sheet_state.html" if silently else "evaluations/sheet.html", context
    )


def _read(found: Sheet, questionnaire: Questionnaire) -> dict:
    answers = found.answers
    rows = [(one, answers.get(str(one.pk), "")) for one in questionnaire.questions.all()]
    return {"sheet": found, "questionnaire": questionnaire, "rows": rows, "scale": settings.SHEET_SCALE}


@require_POST
@open_to(*BOOKERS)
def sheet_take_back(request: HttpRequest, sheet_id) -> HttpResponse:
    """A structure corrects the sheet that it sent."""
    found = get_object_or_404(
        Sheet.objects.visible_to(request.user).select_related("questionnaire"), pk=sheet_id
    )
    try:
        services.take_back_sheet(sheet=found, by=request.user, at=timezone.now())
        messages.info(request, "Corrigez, puis envoyez à nouveau.")
    except DomainError as refused:
        messages.warning(request, refused.sentence)
    return redirect("evaluations:sheet", found.questionnaire_id)


@require_safe
@open_to(*BOOKERS, STAFF)
def sheet_paper(request: HttpRequest, sheet_id) -> HttpResponse:
    """A filled sheet as a PDF, for its structure and the team."""
    rows = Sheet.objects.visible_to(request.user).select_related("questionnaire", "structure")
    found = get_object_or_404(rows, pk=sheet_id)
    paper = sheet_pdf(sheet=found, questions=found.questionnaire.questions.all())
    return pdf_response(paper, name=f"fiche-{slugify(found.structure.name)}")


# --- The team ---------------------------------------------------------------------------------------------


@require_safe
@open_to(STAFF)
@READS
def questionnaires(request: HttpRequest) -> HttpResponse:
    """All questionnaires, with how many sheets were sent and begun."""
    rows = Questionnaire.objects.with_counts()
    return render(request, "evaluations/questionnaires.html", {"questionnaires": rows})


@require_safe
@open_to(STAFF)
@READS
def questionnaire(request: HttpRequest, questionnaire_id) -> HttpResponse:
    """Who answered, who began, who didn't; and what the answers say."""
    found = get_object_or_404(Questionnaire, pk=questionnaire_id)
    shown = [
        (one, bars.draw([(label, count, f"{count}") for label, count in one.counts]) if one.answers else None)
        if one.question.kind in PICTURED
        else (one, None)
        for one in services.results(found)
    ]
    context = {
        "questionnaire": found,
        "follow": services.follow_up(questionnaire=found, at=timezone.now()),
        "results": shown,
        "reminder_days": settings.SHEET_REMINDER_DAYS,
        "may_act": request.user.has_perm("evaluations.change_questionnaire"),
    }
    return render(request, "evaluations/questionnaire.html", context)


@require_POST
@open_to(STAFF)
@ACTS
def questionnaire_remind(request: HttpRequest, questionnaire_id) -> HttpResponse:
    """One mail to each structure that sent nothing yet."""
    found = get_object_or_404(Questionnaire, pk=questionnaire_id)
    try:
        count = services.remind(questionnaire=found, by=request.user, at=timezone.now())
        messages.success(request, f"Mails envoyés : {count}.")
    except DomainError as refused:
        messages.warning(request, refused.sentence)
    return redirect("evaluations:questionnaire", found.pk)


@require_safe
@open_to(STAFF)
@READS
def questionnaire_table(request: HttpRequest, questionnaire_id) -> HttpResponse:
    """The sheets that were sent as a CSV, safe for spreadsheets."""
    found = get_object_or_404(Questionnaire, pk=questionnaire_id)
    headings, rows = services.table(found)
    return HttpResponse(
        write_csv(headings, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="fiches-{slugify(str(found))}.csv"'},
    )
