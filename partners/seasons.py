"""The season: 1 October – 30 September by default (B2). A value, not a table: dates say it all."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings


@dataclass(frozen=True, order=True)
class Season:
    """The season that starts in `year`. Days are days in Europe/Paris."""

    year: int

    @classmethod
    def of(cls, day: date) -> "Season":
        """The season that `day` belongs to."""
        starts_this_year = (day.month, day.day) >= settings.SEASON_STARTS
        return cls(day.year if starts_this_year else day.year - 1)

    @property
    def starts_on(self) -> date:
        return date(self.year, *settings.SEASON_STARTS)

    @property
    def ends_on(self) -> date:
        """The last day of the season."""
        return self.next.starts_on - timedelta(days=1)

    @property
    def next(self) -> "Season":
        return Season(self.year + 1)

    @property
    def previous(self) -> "Season":
        return Season(self.year - 1)

    def __contains__(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on

    def __str__(self) -> str:
        return f"{self.year}-{self.year + 1}"
