"""The season's report, the review of one partner (E4), and a filled evaluation sheet (E2), on paper."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string

from common.pdf import render_pdf
from evaluations.models import Sheet, SheetQuestion, Tally
from evaluations.reports import Report, Review
from evaluations.spread import SIDE

WIDTH, HEIGHT = 300, 16  # of one line's bars, in their own units
LIGHT, DARK = "#ffc53d", "#6b1d4a"


@dataclass(frozen=True)
class Bars:
    """A line of a table with its numbers, and the same numbers as a picture: what is out of how much."""

    row: Tally
    picture: str


def report_pdf(report: Report) -> bytes:
    """The report of a season, for whoever pays for it: a cover, figures, maps, words. Some A4 pages."""
    context = {
        "report": report,
        "months": _bars(report.months, "given", "used"),
        "kinds": _bars(report.kinds, "given", "used"),
        "communes": _bars(report.communes, "booked", "used"),
        "sectors": _bars(report.sectors, "booked", "used"),
        "map": _picture("evaluations/pdf/map.svg", map=report.map) if report.map else "",
        "curves": [
            (title, unit, spread, _picture("evaluations/pdf/spread.svg", spread=spread, side=SIDE))
            for title, unit, spread in (
                ("Entre les personnes", "personnes", report.people),
                ("Entre les structures", "structures", report.shares),
            )
            if spread
        ],
        **_about(),
    }
    return render_pdf(
        template="evaluations/pdf/report.html",
        context=context,
        title=f"Rapport d’activité, saison {report.season}",
    )


def review_pdf(review: Review) -> bytes:
    """The season of one structure or of one venue, on one A4 page."""
    largest = "given" if review.gives else "booked"
    context = {"review": review, "months": _bars(review.months, largest, "used"), **_about()}
    return render_pdf(
        template="evaluations/pdf/review.html",
        context=context,
        title=f"Bilan {review.season} : {review.partner.name}",
        pages=1,
    )


def _about() -> dict[str, object]:
    return {
        "portal_name": settings.PORTAL_NAME,
        "association": settings.PORTAL_ASSOCIATION,
        "seat": settings.PORTAL_SEAT,
        "email": settings.PORTAL_CONTACT_EMAIL,
        "phone": settings.PORTAL_CONTACT_PHONE,
        "small": settings.FIGURES_SMALL,
    }


def _bars(rows: Sequence[Tally], outer: str, inner: str) -> list[Bars]:
    """Each line with its bars, as long as its numbers are beside the largest; a hidden number has none."""
    most = max((getattr(row, outer) or 0 for row in rows), default=0) or 1
    return [
        Bars(
            row,
            _svg(
                (width, colour)
                for name, colour in ((outer, LIGHT), (inner, DARK))
                if (width := round(WIDTH * (getattr(row, name) or 0) / most, 1))
            ),
        )
        for row in rows
    ]


def _svg(bars: Iterable[tuple[float, str]]) -> str:
    drawn = "".join(
        f'<rect width="{width}" height="{HEIGHT}" rx="3" fill="{colour}"/>' for width, colour in bars
    )
    return _address(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">{drawn}</svg>')


def _picture(template: str, **context: object) -> str:
    return _address(render_to_string(template, context))


def _address(svg: str) -> str:
    """A picture as an address that holds it, for `<img src>`."""
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()


def sheet_pdf(*, sheet: Sheet, questions: Sequence[SheetQuestion]) -> bytes:
    """A filled evaluation sheet with its questions, to file or to send (E2)."""
    answers = sheet.answers
    context = {
        "sheet": sheet,
        "questionnaire": sheet.questionnaire,
        "rows": [(question, answers.get(str(question.pk), "")) for question in questions],
        "scale": settings.SHEET_SCALE,
        "association": settings.PORTAL_ASSOCIATION,
    }
    return render_pdf(template="evaluations/pdf/sheet.html", context=context, title=str(sheet.questionnaire))
