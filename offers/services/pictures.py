"""The picture of an event or of a draft: put up, cropped elsewhere, taken off (C1)."""

from datetime import datetime

from django.db import transaction

from common import audit
from common.errors import DomainError
from offers.models import Event, EventDraft, Picture
from offers.pictures import Drawn, crop_again, draw
from partners.models import User

ALT_NEEDED = "Dites en quelques mots ce que montre l'image : des personnes ne la verront pas."


@transaction.atomic
def put_picture(
    *,
    shown_by: Event | EventDraft,
    content: bytes,
    alt: str,
    by: User,
    at: datetime,
    focus: tuple[int, int] = (50, 50),
) -> None:
    """Show an upload, drawn anew and cropped around `focus`, in the place of the picture before.

    Raises DomainError for what isn't a picture (`offers.pictures`), and for one without a description.
    """
    _refuse_no_words(alt)
    _show(shown_by, draw(content, focus=focus), alt=alt, by=by, at=at)


@transaction.atomic
def adjust_picture(
    *, shown_by: Event | EventDraft, focus: tuple[int, int], alt: str, by: User, at: datetime
) -> None:
    """Crop the picture around another point, in per cent from the left and the top, or describe it otherwise.

    Raises DomainError where there is none, and without a description.
    """
    _refuse_no_words(alt)
    if shown_by.picture is None:
        raise DomainError("Il n'y a plus d'image ici : choisissez-en une.", field="picture")
    now = shown_by.picture
    if (now.focus_x, now.focus_y) == focus:
        shown_by.picture_alt = alt
        shown_by.save(update_fields=["picture_alt"])
        return
    _show(shown_by, crop_again(bytes(now.whole), focus=focus), alt=alt, by=by, at=at)


@transaction.atomic
def take_picture_off(*, shown_by: Event | EventDraft, by: User, at: datetime) -> None:
    """Show the portal's own picture for its kind again."""
    was, shown_by.picture, shown_by.picture_alt = shown_by.picture_id, None, ""
    shown_by.save(update_fields=["picture", "picture_alt"])
    forget_picture(was)
    audit.record(at=at, actor=by, verb="image retirée", subject=shown_by)


def forget_picture(name: str | None) -> None:
    """Throw a picture away that nothing shows any more; one that is still shown, or none, is left alone."""
    if name:
        Picture.objects.unused().filter(pk=name).delete()


def _refuse_no_words(alt: str) -> None:
    if not alt.strip():
        raise DomainError(ALT_NEEDED, field="alt")


def _show(shown_by: Event | EventDraft, drawn: Drawn, *, alt: str, by: User, at: datetime) -> None:
    was = shown_by.picture_id
    kept, _ = Picture.objects.get_or_create(
        name=drawn.name,
        defaults={
            "whole": drawn.whole,
            "page": drawn.page,
            "card": drawn.card,
            "width": drawn.width,
            "height": drawn.height,
            "focus_x": drawn.focus[0],
            "focus_y": drawn.focus[1],
            "created_at": at,
        },
    )
    shown_by.picture, shown_by.picture_alt = kept, alt.strip()
    shown_by.save(update_fields=["picture", "picture_alt"])
    if was != kept.pk:
        forget_picture(was)
    audit.record(at=at, actor=by, verb="image mise", subject=shown_by)
