"""How it went. One module per subject."""

from evaluations.models.attendance import NoAttendanceReminder, OutingComment
from evaluations.models.controls import ControlNight, Finding, Outcome
from evaluations.models.criee import Charter, Opinion, OpinionReport, Reason
from evaluations.models.reports import SeasonReport
from evaluations.models.sheets import Questionnaire, Sheet, SheetQuestion, SheetReminder
from evaluations.models.tallies import Counting, Tally
from evaluations.models.thanks import Thanks, ThanksQuerySet

__all__ = [
    "Charter",
    "ControlNight",
    "Counting",
    "Finding",
    "NoAttendanceReminder",
    "Opinion",
    "OpinionReport",
    "Outcome",
    "OutingComment",
    "SheetQuestion",
    "Questionnaire",
    "Reason",
    "SeasonReport",
    "Sheet",
    "SheetReminder",
    "Tally",
    "Thanks",
    "ThanksQuerySet",
]
