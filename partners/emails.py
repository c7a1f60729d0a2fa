"""What accounts are told by mail (A4, A5)."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from common import outbox
from common.dates import local_day
from common.models import OutboxMessage
from partners.models import AccessLink, Question, User


def access_letter(*, purpose: str, at: datetime) -> outbox.Letter:
    """The mail of a link to choose a password, to be filled in by `access_link` for each account."""
    return outbox.Letter(
        template="partners/emails/access_link",
        context={"purpose": purpose, "hours": settings.ACCESS_LINK_HOURS},
        blanks=["name", "url"],
        at=at,
    )


def access_link(letter: outbox.Letter, *, link: AccessLink, token: str) -> OutboxMessage:
    """A link to choose a password: it serves once, for ACCESS_LINK_HOURS."""
    return letter.to(
        link.user.email,
        effect=f"access-link {link.pk}",
        name=link.user.display_name,
        url=settings.BASE_URL + reverse("partners:choose_password", args=[token]),
    )


def became_lead(*, account: User, at: datetime) -> OutboxMessage:
    """Somebody is the référent·e of their structure from now on."""
    return outbox.compose(
        effect=f"became-lead {account.pk} {at.isoformat()}",
        recipient=account.email,
        template="partners/emails/became_lead",
        context={"account": account, "url": settings.BASE_URL + reverse("home")},
        at=at,
    )


def second_factor_changed(*, account: User, change: str, at: datetime) -> OutboxMessage:
    """Tells the owner what was changed in their second factor, lest it wasn't them (F4)."""
    return outbox.compose(
        effect=f"second-factor {account.pk} {at.isoformat()}",
        recipient=account.email,
        template="partners/emails/second_factor_changed",
        context={"account": account, "change": change, "at": at},
        at=at,
    )


def codes_guessed(*, account: User, at: datetime) -> OutboxMessage:
    """Tells the owner, once a day, that codes were tried after the right password (F4)."""
    return outbox.compose(
        effect=f"codes-guessed {account.pk} {local_day(at).isoformat()}",
        recipient=account.email,
        template="partners/emails/codes_guessed",
        context={"account": account, "at": at, "minutes": settings.CODE_ATTEMPTS_MINUTES},
        at=at,
    )


def second_factor_taken_off(*, account: User, at: datetime) -> OutboxMessage:
    """Tells the owner that the team took their second factor off (F4)."""
    return outbox.compose(
        effect=f"second-factor-off {account.pk} {at.isoformat()}",
        recipient=account.email,
        template="partners/emails/second_factor_taken_off",
        context={"account": account, "at": at, "needed": account.role == User.Role.STAFF},
        at=at,
    )


def question_asked(*, question: Question, at: datetime) -> OutboxMessage:
    """Tells the team that somebody asked something, from which page and for which partner; not what (F1)."""
    partner = question.account.partner if question.account else None
    return outbox.compose(
        effect=f"question {question.pk}",
        recipient=settings.PORTAL_CONTACT_EMAIL,
        template="partners/emails/question_asked",
        context={
            "partner": partner,
            "page": question.page,
            "team": True,
            "url": settings.BASE_URL + reverse("admin:partners_question_change", args=[question.pk]),
        },
        at=at,
    )
