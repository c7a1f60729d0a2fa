"""What is measured, and the figure that each job must reach."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Limit:
    """One figure that a row must reach: `figure` names a value of the row."""

    figure: str
    at_most: float | None = None
    at_least: float | None = None

    def met(self, value: float | None) -> bool:
        """Whether `value` reaches it; what wasn't measured doesn't."""
        if value is None:
            return False
        return (self.at_most is None or value <= self.at_most) and (
            self.at_least is None or value >= self.at_least
        )


@dataclass
class Row:
    """One job with what was measured. `value` is in `unit`; `ratio` is the floor's work over the portal's."""

    name: str
    job: str
    unit: str
    target: str
    limits: Sequence[Limit]
    value: float | None = None
    floor: float | None = None
    ratio: float | None = None
    statements: float | None = None
    figures: dict[str, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    @property
    def met(self) -> bool:
        """Whether every limit is reached and nothing failed."""
        known = {"value": self.value, "ratio": self.ratio, "statements": self.statements, **self.figures}
        return not self.failures and all(limit.met(known.get(limit.figure)) for limit in self.limits)

    def as_json(self) -> dict:
        """The row for other programs."""
        row = asdict(self)
        del row["limits"]
        return _rounded(row) | {"failures": self.failures[:3], "failed": len(self.failures), "met": self.met}


def _rounded(value):
    if isinstance(value, float):
        return round(value, 3)
    return {name: _rounded(part) for name, part in value.items()} if isinstance(value, dict) else value


def page(name: str, job: str, *, ratio: float, statements: int) -> Row:
    """A page, compared with the floor's."""
    return Row(
        name,
        job,
        "pages/s",
        f"≥ {ratio:.0%} du plancher, ≤ {statements} requête{'s' if statements > 1 else ''} SQL",
        [Limit("ratio", at_least=ratio), Limit("statements", at_most=statements)],
    )


def rows() -> dict[str, Row]:
    """Every job, not yet measured, by name."""
    all_rows = [
        page("catalogue_visitor", "catalogue, visiteur", ratio=0.38, statements=1),
        page("catalogue_worker", "catalogue, structure", ratio=0.55, statements=4),
        page("event", "page d'un événement", ratio=0.50, statements=4),
        page("booking_form", "formulaire de réservation", ratio=0.44, statements=5),
        Row(
            "booking",
            "réserver pour trois, mille séances",
            "réservations/s",
            "≤ 5 ms de processeur, ≤ 10 requêtes SQL",
            [Limit("cpu_ms", at_most=5), Limit("statements", at_most=10)],
        ),
        Row(
            "booking_hot",
            "réserver pour trois, une seule séance",
            "réservations/s",
            "≥ 90 % du rythme de mille séances",
            [Limit("of_a_thousand", at_least=0.9)],
        ),
        Row(
            "booking_wait",
            "attendre ses places, une seule séance, 4 clients",
            "ms (p95)",
            "≤ 50 ms",  # the portal gives up after 3 s
            [Limit("value", at_most=50)],
        ),
        Row(
            "journey",
            "événement → formulaire → confirmation, 8 clients",
            "réservations/s",
            "≥ 100/s, p95 ≤ 110 ms, ≤ 18 requêtes SQL",
            [
                Limit("value", at_least=100),
                Limit("p95_ms", at_most=110),
                Limit("statements", at_most=18),
            ],
        ),
        Row(
            "journey_alone",
            "le même, un client",
            "ms (médiane)",
            "≤ 25 ms",
            [Limit("value", at_most=25)],
        ),
        Row(
            "booking_sqlite",
            "réserver pour trois sur SQLite, 8 clients",
            "réservations/s",
            "≥ 400/s, p99 ≤ 100 ms, aucun refus",
            [Limit("value", at_least=400), Limit("p99_ms", at_most=100)],
        ),
        Row("pdf_page", "invitation en PDF, une page", "ms/page", "≤ 28 ms", [Limit("value", at_most=28)]),
        Row(
            "pdf_batch",
            "invitations en PDF, par trente",
            "ms/page",
            "≤ 16 ms, ≤ 120 ko",
            [Limit("value", at_most=16), Limit("kilobytes", at_most=120)],
        ),
        Row(
            "pdf_button",
            "du bouton au PDF d'une personne",
            "ms (médiane)",
            "≤ 45 ms",
            [Limit("value", at_most=45)],
        ),
        Row(
            "pdf_button_three",
            "du bouton au PDF d'un groupe de trois, dans la requête",
            "ms (médiane)",
            "≤ 45 ms",
            [Limit("value", at_most=45)],
        ),
        Row(
            "booking_pdf_mail",
            "réserver pour trois, dessiner le PDF et écrire le mail, tout compté",
            "ms de processeur",
            "≤ 40 ms",
            [Limit("value", at_most=40)],
        ),
        Row(
            "home_worker",
            "accueil d'une structure",
            "ms (médiane)",
            "≤ 300 ms",
            [Limit("value", at_most=300)],
        ),
        Row("home_staff", "accueil de l'équipe", "ms (médiane)", "≤ 300 ms", [Limit("value", at_most=300)]),
        Row("memory_web", "mémoire d'un processus web", "Mio", "≤ 140 Mio", [Limit("value", at_most=140)]),
        Row("memory_all", "mémoire de tout le portail", "Mio", "≤ 350 Mio", [Limit("value", at_most=350)]),
        Row(
            "import",
            "importer 5 000 séances",
            "s",
            "≤ 5 s, ≤ 60 requêtes SQL par millier",
            [Limit("value", at_most=5), Limit("statements", at_most=60)],
        ),
        Row(
            "waitlist",
            "mille groupes en attente servis d'un coup",
            "s",
            "≤ 5 s, ≤ 6 requêtes SQL par groupe",
            [Limit("value", at_most=5), Limit("statements", at_most=6)],
        ),
        Row("audit", "audit de toutes les invitations", "s", "≤ 60 s", [Limit("value", at_most=60)]),
        Row("usage", "relevé d'usage de la nuit", "s", "≤ 60 s", [Limit("value", at_most=60)]),
    ]
    return {row.name: row for row in all_rows}
