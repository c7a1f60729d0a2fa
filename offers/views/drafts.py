"""A new event: typed, kept as a draft, looked at as a visitor will, published (C1)."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from common.forms import attach, attempt, typed
from offers import services
from offers.forms.copies import CopyForm, typed_of
from offers.forms.sheets import HELPERS, EventSheet, OriginForm, kept_of
from offers.models import Event, EventDraft
from offers.preview import preview_of
from partners.audience import VENUE, open_to

STAYS = {*HELPERS, "insist"}  # buttons after which one goes on typing


@open_to(VENUE)
def event_create(request: HttpRequest) -> HttpResponse:
    """A venue posts an event with its dates (C1). Whatever is sent is kept as a draft first: nothing typed is lost."""
    if request.method == "POST":
        return _sent(request, uuid4())
    return _page(request, EventSheet.sent(None), uuid4())


@open_to(VENUE)
def event_draft(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The same, once something of it was kept; the identifier is the event's when it is published."""
    if _is_elsewhere(request, draft_id):
        raise Http404
    if request.method == "POST":
        return _sent(request, draft_id)
    if Event.objects.filter(pk=draft_id).exists():
        return redirect("offers:event_manage", draft_id)
    draft = get_object_or_404(EventDraft.objects.of(request.user), pk=draft_id)
    return _page(request, EventSheet.resumed(draft.data), draft_id, draft)


def _is_elsewhere(request: HttpRequest, draft_id: UUID) -> bool:
    """Whether it is a draft or an event of another venue."""
    theirs = [
        kind.objects.filter(pk=draft_id).exclude(venue=request.user.venue_id) for kind in (Event, EventDraft)
    ]
    return any(rows.exists() for rows in theirs)


def _sent(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Keep what was sent, then do what its button says."""
    data, silently = request.POST, "seul" in request.GET  # nobody pressed a button
    try:
        draft = _keep(request, draft_id)
    except DomainError as refused:
        if silently:
            return render(request, "offers/partials/draft_state.html", {"refused": refused})
        if isinstance(refused, services.DraftPublished):
            messages.info(request, refused.sentence)
            return redirect("offers:event_manage", draft_id)
        return _page(request, EventSheet.helped(data), draft_id, refused=refused)
    if silently:
        return _say_kept(request, draft_id, draft)
    if STAYS.intersection(data):
        return _page(request, EventSheet.helped(data), draft_id, draft)
    if draft and (away := _goes_to(request, draft)):
        return redirect(away)
    return _publish(request, EventSheet.sent(data), draft_id, draft)


def _keep(request: HttpRequest, draft_id: UUID) -> EventDraft | None:
    """The draft as it is kept now; None for an empty page that never was one."""
    typed, origin = kept_of(request.POST), OriginForm(request.POST)
    if not typed and not EventDraft.objects.filter(pk=draft_id).exists():
        return None
    seen = None if "insist" in request.POST else origin.seen
    return services.keep_draft(
        draft_id=draft_id, typed=typed, tab=origin.origin, seen=seen, by=request.user, at=timezone.now()
    )


def _say_kept(request: HttpRequest, draft_id: UUID, draft: EventDraft | None) -> HttpResponse:
    """The words of a save that nobody asked for; from then on the page has the draft's address."""
    answer = render(request, "offers/partials/draft_state.html", {"draft": draft})
    if draft:
        answer.headers["HX-Replace-Url"] = reverse("offers:event_draft", args=[draft_id])
    return answer


def _goes_to(request: HttpRequest, draft: EventDraft) -> str:
    """Where a button leads that only keeps; empty for those that publish."""
    if "keep" in request.POST:
        messages.success(request, "Votre brouillon est gardé : personne d'autre que votre lieu ne le voit.")
        return reverse("offers:programme")
    for name in ("preview", "picture"):
        if name in request.POST:
            return reverse(f"offers:event_{name}", args=[draft.pk])
    return ""


def _publish(
    request: HttpRequest, sheet: EventSheet, draft_id: UUID, draft: EventDraft | None
) -> HttpResponse:
    """The event's page once it is out; the sheet with its sentences where it can't be."""
    if sheet.is_valid():
        try:
            event = services.publish_draft(
                draft_id=draft_id,
                event=sheet.event.instance,
                performances=sheet.dates.lines.performances(),
                by=request.user,
                at=timezone.now(),
            )
        except services.RefusedDates as refused:
            sheet.dates.lines.attach(refused)
        except DomainError as refused:  # the venue is suspended
            attach(sheet.event, refused)
        else:
            messages.success(request, f"« {event.title} » est publié : les structures peuvent réserver.")
            more = "publish_more" in request.POST
            return redirect("offers:event_create") if more else redirect("offers:event_manage", event.pk)
    return _page(request, sheet, draft_id, draft)


def _page(
    request: HttpRequest,
    sheet: EventSheet,
    draft_id: UUID,
    draft: EventDraft | None = None,
    refused: DomainError | None = None,
) -> HttpResponse:
    origin = OriginForm(request.POST)
    context = {
        "form": sheet.event,
        "sheet": sheet.dates,
        "dates": sheet.dates.lines,
        "draft_id": draft_id,
        "draft": draft,
        "origin": OriginForm.of(tab=origin.origin, seen=draft.version if draft else origin.seen),
        "refused": refused,
    }
    return render(request, "offers/event_create.html", context)


@open_to(VENUE)
def event_preview(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """A draft as a visitor will see it; published from there, or back to the form with what is missing."""
    if Event.objects.of(request.user).filter(pk=draft_id).exists():
        return redirect("offers:event_manage", draft_id)
    draft = get_object_or_404(
        EventDraft.objects.of(request.user).select_related("venue__commune"), pk=draft_id
    )
    if request.method == "POST":
        return _publish(request, EventSheet.sent(draft.data), draft.pk, draft)
    now = timezone.now()
    return render(
        request, "offers/event_preview.html", {**preview_of(draft, at=now), "draft": draft, "now": now}
    )


@open_to(VENUE)
def event_copy(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """A venue starts a draft from an event it has, with or without its dates: the same again next season."""
    found = get_object_or_404(Event.objects.of(request.user), pk=event_id)
    form, now = CopyForm(typed(request)), timezone.now()
    if request.method == "POST" and form.is_valid():
        dates = form.dates(found.performances.filter(cancelled_at=None), at=now)
        copy = attempt(
            form, services.copy_event, event=found, typed=typed_of(found, dates), by=request.user, at=now
        )
        if copy:
            messages.success(request, "Voici la copie, en brouillon : relisez-la, puis publiez-la.")
            return redirect("offers:event_draft", copy.pk)
    return render(request, "offers/event_copy.html", {"form": form, "event": found})


@open_to(VENUE)
def draft_discard(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """A venue throws a draft away, after a question."""
    draft = get_object_or_404(EventDraft.objects.of(request.user), pk=draft_id)
    if request.method == "POST":
        services.discard_draft(draft=draft, by=request.user, at=timezone.now())
        messages.success(request, "Le brouillon est supprimé.")
        return redirect("offers:programme")
    return render(request, "offers/draft_discard.html", {"draft": draft})
