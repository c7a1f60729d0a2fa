"""Who came: the week's page of a structure (E1)."""

from datetime import date

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from common.dates import local_day
from common.forms import attempt, typed
from evaluations.forms.attendance import WeekForm
from evaluations.models import NoAttendanceReminder
from evaluations.services import attendance as services
from invitations.models import Invitation
from partners.audience import BOOKERS, open_to

Status = Invitation.Status
# What is answered, the key that says it, and its words.
CHOICES = (
    (Status.ATTENDED, "v", "Venu·e"),
    (Status.EXCUSED, "e", "Excusé·e"),
    (Status.NO_SHOW, "n", "Non venu·e"),
    (Status.VALID, "s", "Je ne sais pas"),
)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(*BOOKERS)
def attendance(request: HttpRequest) -> HttpResponse:
    """A structure's outings of one week, each person's answer one key or one tap; saved with one POST."""
    now, structure = timezone.now(), request.user.own_structure
    weeks = services.weeks(structure=structure, at=now)
    monday = _asked(request.GET.get("semaine", ""), weeks, default=services.monday_of(local_day(now)))
    outings = services.week_of(structure=structure, monday=monday, at=now)
    form = WeekForm(typed(request), outings=outings)
    if request.method == "POST" and form.is_valid():
        said = {"answers": form.answers(), "comments": form.comments()}
        noted = attempt(form, services.save_week, structure=structure, **said, by=request.user, at=now)
        if noted:
            _tell(request, noted)
            return redirect(f"{reverse('evaluations:attendance')}?semaine={monday.isoformat()}")
    context = {
        "form": form,
        "monday": monday,
        "sunday": monday + services.WEEK - date.resolution,
        "weeks": weeks,
        "choices": CHOICES,
        "days": settings.ATTENDANCE_DAYS,
        "reminders": not NoAttendanceReminder.objects.filter(structure=structure).exists(),
    }
    return render(request, "evaluations/attendance.html", context)


def _asked(typed_day: str, weeks: dict[date, int], *, default: date) -> date:
    """The week of the address; else the latest in which somebody is still unsaid, else the latest with outings."""
    for monday in weeks:
        if monday.isoformat() == typed_day:
            return monday
    unsaid = [monday for monday, count in weeks.items() if count]
    return next(iter([*unsaid, *weeks]), default)


def _tell(request: HttpRequest, noted: dict[str, int]) -> None:
    many = noted["changed"]
    messages.success(
        request, f"C'est noté : {many} réponse{'s' if many > 1 else ''}." if many else "C'est noté."
    )
    if kept := noted["kept"]:
        who = f"{kept} personne{'s' if kept > 1 else ''}"
        messages.info(request, f"{who} : le lieu ou l'équipe a noté autre chose entre-temps. Cela reste.")


@require_POST
@open_to(*BOOKERS)
def attendance_reminders(request: HttpRequest) -> HttpResponse:
    """The structure says whether it wants to be reminded of who came."""
    wanted = "wanted" in request.POST
    services.choose_reminders(wanted=wanted, by=request.user, at=timezone.now())
    messages.success(
        request, "C'est noté : vous aurez ces rappels." if wanted else "C'est noté : plus de rappel."
    )
    return redirect("evaluations:attendance")
