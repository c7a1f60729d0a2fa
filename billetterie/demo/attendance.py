"""What the demonstration's own structure said of some outings (E1)."""

from datetime import date, timedelta

from billetterie.demo.chance import Chance
from billetterie.demo.partners import at_hour
from evaluations.models import OutingComment
from invitations.models import Booking
from partners.models import Structure

WORDS = (
    "Premier concert pour plusieurs. On a beaucoup parlé au retour : de la musique, et du chemin en tram.",
    "Accueil chaleureux. Les enfants demandent déjà quand on y retourne.",
    "Un peu long pour les plus petits, mais tout le monde est resté jusqu'au bout.",
)


def load_attendance(*, chance: Chance, structure: Structure, on: date) -> None:
    """Some words on the structure's latest outings but the last days', which wait to be filled in."""
    until = at_hour(on - timedelta(days=10), 0)
    gone = Booking.objects.live().filter(structure=structure, performance__starts_at__lt=until)
    latest = gone.order_by("-performance__starts_at").select_related("booked_by")
    dates = {booking.performance_id: booking for booking in latest}
    for words, booking in zip(WORDS, dates.values(), strict=False):
        OutingComment.objects.create(
            id=chance.uuid(),
            structure=structure,
            performance_id=booking.performance_id,
            text=words,
            written_by=booking.booked_by,
            written_at=until,
        )
