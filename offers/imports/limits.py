"""What the portal can hold of a file: so many dates, and texts of the lengths of its columns (C2)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from django.db.models import Field

from common.reading import UnreadableFile
from offers.imports.records import ImportedEvent, Parsed, Problem
from offers.models import Event

LIMITED: tuple[Field, ...] = tuple(
    column
    for column in Event._meta.fields
    if column.name in ImportedEvent.__dataclass_fields__
    and column.max_length
    and column.editable
    and not column.choices
)
TOLD_EVERY = 1_000  # rows


@dataclass(slots=True)
class Quota:
    """At most `most` rows and `most` dates are read of a file; beyond, it is refused before it fills the memory.

    `told` hears from time to time how many rows of how many are read.
    """

    most: int
    dates: int = 0
    told: Callable[[int, int], None] = lambda done, total: None

    def tell(self, done: int, total: int) -> None:
        """Say that `done` of `total` rows are read."""
        if done % TOLD_EVERY == 0:
            self.told(done, total)

    def check_rows(self, number: int) -> None:
        """Raises UnreadableFile where a file has `number` rows and that is too many."""
        if number > self.most:
            most = f"{self.most:,}".replace(",", "\u00a0")
            raise UnreadableFile(
                f"Ce fichier a plus de {most} lignes ou dates, et le portail n'en lit pas autant en une fois. "
                "Exportez une période plus courte, ou coupez-le en plusieurs fichiers."
            )

    def spend(self, dates: int) -> None:
        """Count `dates` more dates that are about to be read. Raises UnreadableFile as `check_rows`."""
        self.dates += dates
        self.check_rows(self.dates)


def check_limits(parsed: Parsed) -> Parsed:
    """`parsed` with an error for each text longer than its column: a cut text would not say what the venue says."""
    problems = [problem for event in parsed.events if not event.cancelled for problem in _too_long(event)]
    return replace(parsed, errors=tuple(sorted((*parsed.errors, *problems), key=lambda problem: problem.row)))


def _too_long(event: ImportedEvent) -> Iterator[Problem]:
    for column in LIMITED:
        length, most = len(getattr(event, column.name)), column.max_length or 0
        if length > most:
            sentence = (
                f"Ce texte a {length} caractères ; le portail en garde au plus {most}. Raccourcissez-le."
            )
            yield Problem(event.row, str(column.verbose_name), sentence)
