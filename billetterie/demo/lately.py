"""What happened on the season's last days: a date moved that is still to be told, news, a document and one that is
asked for, words of thanks, a paper that two phones let in (C6, C8, C11, D9, E4)."""

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from io import BytesIO

from django.db.models import Exists, Model, OuterRef
from PIL import Image, ImageDraw

from billetterie.demo.chance import Chance
from billetterie.demo.partners import House, at_hour
from common import audit
from common.models import OutboxMessage
from evaluations.models import Thanks
from invitations import emails
from invitations.models import (
    Admission,
    Booking,
    ChangeNotice,
    DateChange,
    Draw,
    GroupOuting,
    Invitation,
    MaterialRequest,
    News,
    NewsRelay,
    VenueDocument,
    WaitlistEntry,
)
from offers import facts
from offers.models import Performance
from offers.pictures import redraw
from partners.models import User

NEWS = (
    (
        "Une permanence pour choisir ses sorties",
        "Chaque mercredi de 14 h à 16 h, quelqu'un de l'équipe est à la médiathèque pour regarder le programme avec "
        "les personnes. On vient sans rendez-vous, seul·e ou à plusieurs, et les enfants sont les bienvenus.",
    ),
    (
        "Le funiculaire est arrêté dimanche",
        "Pour les sorties de dimanche sur la colline, prévoyez le bus de remplacement, devant la gare, toutes les dix "
        "minutes.",
    ),
)
THANKS = (
    "Un monsieur que nous accompagnons n'était jamais entré chez vous. L'accueil lui a parlé comme à tout le monde : "
    "il en parle encore.",
    "Merci pour les places du samedi : trois familles sont reparties en chantant.",
)
WISH = "Des photos de l'entrée et de la salle, pour des personnes que les lieux inconnus inquiètent."
PHONES = ("K7F", "M2P")


class Lately:
    """The last days before `on`, as our structure and our venue lived them."""

    def __init__(self, *, chance: Chance, ours: House, venue: House, on: date) -> None:
        self.chance, self.ours, self.venue, self.on = chance, ours, venue, on
        self.at = at_hour(on - timedelta(days=1), 16, 10)
        self.staff = User.objects.filter(role=User.Role.STAFF, is_active=True).order_by("email").first()

    def load(self) -> None:
        """Write it all down, mails as sent in their time."""
        self.move_a_date()
        self.write_news()
        self.send_a_document()
        self.thank()
        self.let_in_twice()

    def move_a_date(self) -> None:
        """A date of ours begins an hour later than people knew: the others have told theirs, ours is still to tell."""
        mine = self.to_come().filter(structure=self.ours.partner.pk)
        lined = WaitlistEntry.objects.filter(performance=OuterRef("performance"))
        groups = GroupOuting.objects.filter(performance=OuterRef("performance"))
        drawn = Draw.objects.filter(performance=OuterRef("performance"))
        booking = mine.exclude(Exists(lined) | Exists(groups) | Exists(drawn)).first()
        if booking is None:
            return
        performance = booking.performance
        Performance.objects.filter(pk=performance.pk).update(moved_at=self.at)
        change = DateChange.objects.create(
            id=self.chance.uuid(),
            performance=performance,
            at=self.at,
            word="Nous accueillons une classe juste avant.",
        )
        self.trace("lieu", "séance déplacée", performance)
        going = self.to_come().filter(performance=performance)
        notices = [self.notice(one, change) for one in going.order_by("pk")]
        going.update(printed_at=None)
        self.trace("lieu", "changement annoncé", change, groupes=len(notices))
        for reader in sorted({notice.booker.email for notice in notices}):
            mine_told = [notice for notice in notices if notice.booker.email == reader]
            mail = self.sent(emails.dates_changed(reader=reader, notices=mine_told, at=self.at))
            for notice in mine_told:
                notice.mail = mail.effect
                notice.save(force_insert=True)

    def notice(self, booking: Booking, change: DateChange) -> ChangeNotice:
        now = facts.written(booking.performance)
        earlier = booking.performance.starts_at - timedelta(hours=1)
        notice = ChangeNotice(
            id=self.chance.uuid(),
            change=change,
            structure=booking.structure,
            booker=booking.booked_by,
            booking=booking,
            seats=booking.seats,
            before=json.dumps(json.loads(now) | {"begins": earlier.isoformat()}),
            after=now,
        )
        notice.news = notice.differences
        if booking.structure_id != self.ours.partner.pk:
            notice.told_at, notice.told_by = self.at + timedelta(hours=2), booking.booked_by
            self.trace(booking.booked_by, "changement dit", notice, at=notice.told_at)
        return notice

    def write_news(self) -> None:
        """Two pieces of news to pass on; another structure has done so with the first."""
        for rank, (title, text) in enumerate(NEWS):
            news = News.objects.create(
                id=self.chance.uuid(),
                title=title,
                text=text,
                expires_on=self.on + timedelta(days=9 - rank),
                written_by=self.staff,
                written_at=self.at - timedelta(hours=rank),
            )
            self.trace(self.staff, "nouvelle écrite", news)
            if rank == 0:
                other = User.objects.filter(structure__isnull=False, is_active=True)
                relay = other.exclude(structure=self.ours.partner.pk).order_by("email").first()
                about = {"structure": relay.structure, "passed_by": relay, "passed_at": self.at}
                NewsRelay.objects.create(id=self.chance.uuid(), news=news, **about)

    def send_a_document(self) -> None:
        """Our venue sent one for an event that our structure booked; somebody asks for another one."""
        here = self.to_come().filter(performance__event__venue=self.venue.partner.pk)
        booking = here.filter(structure=self.ours.partner.pk).first()
        if booking:
            document = VenueDocument.objects.create(
                id=self.chance.uuid(),
                event=booking.performance.event,
                title="Plan de la salle et des entrées",
                media_type="image/jpeg",
                content=_plan(),
                sent_by=self.venue.team[0],
                sent_at=self.at,
            )
            self.sent(emails.document_sent(document=document, reader=booking.booked_by.email, at=self.at))
            self.trace(self.venue.team[0], "document envoyé", document, mails=1)
        asking = here.exclude(structure=self.ours.partner.pk).first()
        if asking:
            request = MaterialRequest.objects.create(
                id=self.chance.uuid(),
                event=asking.performance.event,
                structure=asking.structure,
                asked_by=asking.booked_by,
                asked_at=self.at,
                wish=WISH,
            )
            self.sent(emails.material_asked(request=request, reader=self.venue.team[0], at=self.at))
            self.trace(asking.booked_by, "document demandé", request)

    def thank(self) -> None:
        """Two words to our venue, of structures that went there: one is read by it, the team hasn't read the other."""
        went = Booking.objects.live().filter(performance__event__venue=self.venue.partner.pk)
        went = went.filter(performance__starts_at__lt=self.at).select_related("booked_by", "structure")
        for rank, (text, booking) in enumerate(zip(THANKS, went.order_by("created_at", "pk"), strict=False)):
            Thanks.objects.create(
                id=self.chance.uuid(),
                venue=self.venue.partner,
                text=text,
                structure=booking.structure,
                written_by=booking.booked_by,
                written_at=self.at - timedelta(days=3),
                shown_at=None if rank else self.at - timedelta(days=2),
            )

    def let_in_twice(self) -> None:
        """Of the last people who came, two phones without network let the same paper in, three minutes apart."""
        came = Invitation.objects.filter(
            status=Invitation.Status.ATTENDED,
            performance__event__venue=self.venue.partner.pk,
            performance__starts_at__lt=at_hour(self.on, 0),
        ).exclude(admitted_at=None)
        paper = came.order_by("-performance__starts_at", "admitted_at", "pk").first()
        for rank, phone in enumerate(PHONES if paper else ()):
            Admission.objects.create(
                id=self.chance.uuid(),
                invitation=paper,
                at=paper.admitted_at + timedelta(minutes=3 * rank),
                phone=phone,
                by=self.venue.team[0],
                received_at=paper.admitted_at + timedelta(minutes=40),
            )

    # --- Tools ---------------------------------------------------------------------------------------

    def to_come(self):
        """Bookings of people alone that take place in two days or later, the soonest first."""
        rows = Booking.objects.live().alone().filter(created_at__lt=self.at, performance__cancelled_at=None)
        rows = rows.filter(performance__starts_at__gte=at_hour(self.on + timedelta(days=2), 0))
        rows = rows.with_seats().select_related(
            "performance__event__venue__commune", "booked_by", "structure"
        )
        return rows.order_by("performance__starts_at", "pk")

    def sent(self, mail: OutboxMessage) -> OutboxMessage:
        mail.id, mail.tries, mail.sent_at = self.chance.uuid(), 1, self.at + timedelta(seconds=9)
        mail.save(force_insert=True)
        return mail

    def trace(
        self, actor: User | str | None, verb: str, subject: Model, *, at: datetime | None = None, **details
    ) -> None:
        line = audit.entry(at=at or self.at, actor=actor, verb=verb, subject=subject, **details)
        line.id = self.chance.uuid()
        line.save(force_insert=True)


def _plan() -> bytes:
    """A plan of a hall, drawn here: the stage, rows of seats, two doors."""
    paper = Image.new("RGB", (1000, 700), "#fff6e0")
    drawing = ImageDraw.Draw(paper)
    drawing.rectangle((250, 40, 750, 150), fill="#6b1d4a")
    for top, left in _seats():
        drawing.rounded_rectangle((left, top, left + 48, top + 40), 10, fill="#ffc53d")
    for left in (40, 880):
        drawing.rectangle((left, 560, left + 80, 680), fill="#1d1440")
    file = BytesIO()
    paper.save(file, "PNG")
    return redraw(file.getvalue())


def _seats() -> Iterable[tuple[int, int]]:
    return ((top, left) for top in range(220, 540, 64) for left in range(170, 800, 64))
