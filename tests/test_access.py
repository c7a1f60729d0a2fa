"""Every page × role × method. A page without a row here fails the suite (safety: structure B reaching A's data)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern
from django.utils import timezone

from conventions.models import Agreement, Breach
from conventions.services.membership import record_donation
from conventions.tests.factories import DonationFactory, a_breach
from conventions.tests.signatures import SIGNER, a_sent, mails, token_of
from evaluations.models import SeasonReport
from evaluations.tests.factories import FindingFactory, OpinionFactory, a_questionnaire, a_sheet
from invitations.models import Booking, Draw, DrawRequest
from invitations.services import printing
from invitations.services.sharing import hold_draw
from invitations.tests.factories import (
    ParticipantFactory,
    SeatsCallFactory,
    a_booking,
    a_document,
    a_draw,
    a_group,
    a_material_request,
    a_move,
    a_piece_of_news,
    a_request,
    a_waiting_party,
    an_outing,
)
from offers.models import Event, ProgrammeImport
from offers.services import keep_upload
from offers.tests.factories import (
    EventDraftFactory,
    EventFactory,
    PerformanceFactory,
    PictureFactory,
    QuotaFactory,
)
from partners.models import Feed
from partners.seasons import Season
from partners.services import open_feed
from partners.tests.factories import AccessLinkFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]

EVERYBODY = "nobody visitor worker lead stranger suspended unsigned desk other_desk staff new_staff"
ACCOUNTS = "worker lead stranger suspended unsigned desk other_desk staff new_staff"
BOOKERS = "worker lead stranger suspended unsigned"
OTHERS = "stranger suspended unsigned"  # workers of other structures
DESKS = "desk other_desk"
OWN = "worker lead"  # the structure whose booking or person it is
WHOEVER = f"{EVERYBODY} expired"  # last season's password opens these alone: why, what to do, and the way out


@dataclass(frozen=True)
class Row:
    """Who gets through by GET and by POST; `lost` get 404, as for a page that isn't there; others are refused."""

    get: str = ""
    post: str = ""
    lost: str = ""
    of: Callable | None = None  # the address's arguments, made for the cast


def sent_agreement(cast):
    """Of the structure whose worker and référent·e are in the cast; another one runs."""
    structure = cast.worker.structure
    waiting = Agreement.objects.awaiting_signature().first()
    if waiting is None:
        for name, value in SIGNER.items():
            setattr(structure, name, value)
        structure.save()
        season = Season.of(timezone.localdate()).next.next
        waiting = a_sent(at=timezone.now(), partner=structure, season=season)
    return [waiting.pk]


def fresh_agreement(cast):
    """One that nobody has asked a link for: the next would be one too many."""
    Agreement.objects.awaiting_signature().update(withdrawn_at=timezone.now())
    return sent_agreement(cast)


def fresh_link(cast):
    fresh_agreement(cast)
    return [token_of(mails("agreement-link")[-1])]


def frozen_document(cast):
    return [*sent_agreement(cast), "convention"]


def signature_link(cast):
    sent_agreement(cast)
    return [token_of(mails("agreement-link")[-1])]


def draft(cast):
    return [EventDraftFactory(venue=cast.desk.venue).pk]


def picture(cast):
    shown = PictureFactory()
    EventFactory(venue=cast.desk.venue, picture=shown)
    return [shown.pk, "card"]


def performance(cast):
    return [PerformanceFactory(event__venue=cast.desk.venue).pk]


def event(cast):
    return [EventFactory(venue=cast.desk.venue).pk]


def upload(cast):
    return [keep_upload(by=cast.desk, filename="saison.csv", content=b"titre;date\n", at=timezone.now()).pk]


def programme_import(cast):
    return [ProgrammeImport.objects.create(venue=cast.desk.venue, source="csv", done_at=timezone.now()).pk]


def shown_number(cast):
    [pk] = event(cast)
    return [Event.objects.get(pk=pk).number]


def booking(cast):
    return [a_booking(by=cast.worker).pk]


def questionnaire(cast):
    return [a_questionnaire(by=cast.staff).pk]


def sheet(cast):
    return [a_sheet(by=cast.worker, staff=cast.staff).pk]


def past_booking(cast):
    return [an_outing(cast.worker.structure, at=timezone.now() - timedelta(days=2), attended=1).pk]


def print_run(cast):
    booked = a_booking(by=cast.worker)
    return [printing.start(structure=cast.worker.structure, bookings=[booked], at=timezone.now()).pk]


def invitation(cast):
    return [a_booking(by=cast.worker).invitations.get().pk]


def person(cast):
    return [ParticipantFactory(structure=cast.worker.structure).pk]


def person_in_a_file(cast):
    return [*person(cast), "json"]


def place(cast):
    """Somebody who comes along with a person of the structure's list."""
    return ["invitation", a_booking(by=cast.worker, guests=1).invitations.get(kind="guest").pk]


def date_to_draw(cast):
    """A date of the venue's, in a fair draw that the worker's structure asked for."""
    date = PerformanceFactory(event__venue=cast.desk.venue, starts_at=timezone.now() + timedelta(days=9))
    a_request(a_draw(performance=date), by=cast.worker)
    return [date.pk]


def drawn_date(cast):
    [pk] = date_to_draw(cast)
    draw = Draw.objects.get(performance=pk)
    hold_draw(draw=draw, at=draw.closes_at)
    return [pk]


def draw_request(cast):
    return [DrawRequest.objects.get(draw__performance=date_to_draw(cast)[0]).pk]


def near_invitation(cast):
    near = PerformanceFactory(event__venue=cast.desk.venue)
    invitation = a_booking(by=cast.worker, performance=near).invitations.get()
    type(near).objects.filter(pk=near.pk).update(starts_at=invitation.booking.created_at)
    return [invitation.pk]


def near_performance(cast):
    near = PerformanceFactory(event__venue=cast.desk.venue)
    type(near).objects.filter(pk=near.pk).update(starts_at=a_booking(by=cast.worker).created_at)
    return [near.pk]


def token(cast):
    return [a_booking(by=cast.worker).invitations.get().token]


def colleague(cast):
    return [UserFactory(structure=cast.lead.structure).pk]


def feed_at(kind):
    """The secret address of a feed of the worker's structure."""

    def address(cast):
        return [
            open_feed(structure=cast.worker.structure, kind=kind, by=cast.worker, at=timezone.now()).token
        ]

    return address


def access_link(cast):
    return [AccessLinkFactory().token]


def receipt(cast):
    donation = DonationFactory.build(structure=cast.lead.structure)
    return [record_donation(donation=donation, by=cast.staff, at=timezone.now()).pk]


def breach(cast):
    agreement = Agreement.objects.signed(on=timezone.localdate()).get(structure=cast.lead.structure)
    return [
        (
            Breach.objects.filter(agreement=agreement).first() or a_breach(agreement=agreement, by=cast.staff)
        ).pk
    ]


def breach_letter(cast):
    return [Breach.objects.get(pk=breach(cast)[0]).letters.get().pk]


def quota(cast):
    return [QuotaFactory(event__venue=cast.desk.venue).pk]


def waiting(cast):
    return [a_waiting_party(by=cast.worker).pk]


def notice(cast):
    """What the worker's structure has to say of a date that was moved just now."""
    moved = a_booking(by=cast.worker).performance
    a_move(moved)
    return [moved.changes.get().notices.get().pk]


def document(cast):
    booked = a_booking(by=cast.worker, performance=PerformanceFactory(event__venue=cast.desk.venue))
    return [a_document(event=booked.performance.event).pk]


def booked_event(cast):
    return [a_booking(by=cast.worker).performance.event_id]


def document_asked(cast):
    booked = a_booking(by=cast.worker, performance=PerformanceFactory(event__venue=cast.desk.venue))
    return [a_material_request(event=booked.performance.event, by=cast.worker).pk]


def news(cast):
    """Meant for structures that booked an event as the worker's did."""
    return [a_piece_of_news(event=a_booking(by=cast.worker).performance.event).pk]


def group(cast):
    return [a_group(by=cast.worker).pk]


def named_in_a_group(cast):
    group = a_group(by=cast.worker, named=1)
    return [group.bookings.get().invitations.get().pk]


def group_with_papers(cast):
    return [a_group(by=cast.worker, named=1).pk]


def call(cast):
    return [SeatsCallFactory().signed]


def venue(cast):
    return [cast.desk.venue.slug]


def passkey(cast):
    return [Authenticator.objects.create(user=cast.staff, type="webauthn", data={"name": "Clé"}).pk]


def opinion(cast):
    return [OpinionFactory().pk]


def finding(cast):
    return [FindingFactory().pk]


def season_report(cast):
    report = SeasonReport.objects.create(
        season_year=2025, asked_at=timezone.now(), made_at=timezone.now(), content=b"%PDF-1.7"
    )
    return [report.pk]


def opinion_link(cast):
    return [OpinionFactory().token]


TABLE = {
    "home": Row(get=EVERYBODY),
    "health": Row(get=WHOEVER),
    "account_login": Row(get=WHOEVER, post=WHOEVER),
    "account_signup": Row(get=EVERYBODY, post=EVERYBODY),
    "account_logout": Row(get=WHOEVER, post=WHOEVER),
    "account_change_password": Row(get=EVERYBODY, post=EVERYBODY),  # sends to sign in
    "account_set_password": Row(get=EVERYBODY, post=EVERYBODY),
    "account_reset_password": Row(get=WHOEVER, post=WHOEVER),
    "account_reset_password_done": Row(get=WHOEVER),
    "account_reset_password_from_key": Row(get=WHOEVER, post=WHOEVER, of=lambda cast: ["1", "abc-def"]),
    "account_reset_password_from_key_done": Row(get=WHOEVER),
    "account_inactive": Row(get=WHOEVER),
    "partners:choose_password": Row(get=WHOEVER, post=WHOEVER, of=access_link),
    "partners:fresh_link": Row(post=WHOEVER, of=access_link),
    "account_reauthenticate": Row(get=EVERYBODY, post=EVERYBODY),  # sends to sign in
    "mfa_index": Row(get=ACCOUNTS),
    "mfa_authenticate": Row(get=EVERYBODY, post=EVERYBODY),  # sends to sign in
    "mfa_activate_totp": Row(get=ACCOUNTS, post=ACCOUNTS),
    "mfa_deactivate_totp": Row(get="staff", post="staff", lost=f"{BOOKERS} {DESKS}"),
    "mfa_add_webauthn": Row(get=ACCOUNTS, post=ACCOUNTS),
    "mfa_remove_webauthn": Row(get=ACCOUNTS, post=ACCOUNTS, of=passkey),  # first of all asks to confirm
    "mfa_view_recovery_codes": Row(get="staff", lost=f"{BOOKERS} {DESKS}"),
    "mfa_generate_recovery_codes": Row(get=ACCOUNTS, post=ACCOUNTS),
    "mfa_reauthenticate": Row(get=ACCOUNTS, post=ACCOUNTS),
    "mfa_reauthenticate_webauthn": Row(get=ACCOUNTS, post=ACCOUNTS),
    "partners:terms": Row(get=ACCOUNTS, post=ACCOUNTS),
    "partners:help": Row(get=WHOEVER),
    "partners:help_page": Row(get=WHOEVER, of=lambda cast: ["donnees"]),
    "partners:ask": Row(get=WHOEVER, post=WHOEVER),
    "partners:choose_language": Row(post=EVERYBODY),
    "partners:visitor_enter": Row(get=EVERYBODY, post=EVERYBODY),
    "partners:visitor_leave": Row(post=EVERYBODY),
    "partners:visitor_code": Row(get=BOOKERS),
    "partners:visitor_card": Row(get=BOOKERS),
    "partners:visitor_code_replace": Row(post="lead"),
    "partners:venues": Row(get=f"visitor {ACCOUNTS}"),
    "partners:venue": Row(get=f"visitor {ACCOUNTS}", of=venue),
    "conventions:membership_ask": Row(post=f"lead {DESKS}"),
    "conventions:receipt_pdf": Row(get="lead staff", lost=DESKS, of=receipt),
    "conventions:directory": Row(get=ACCOUNTS),
    "conventions:public_directory": Row(get=EVERYBODY),
    "conventions:directory_listing": Row(post="lead"),
    "conventions:candidacy": Row(get=EVERYBODY),
    "conventions:structure_candidacy": Row(get=EVERYBODY, post=EVERYBODY),
    "conventions:venue_candidacy": Row(get=EVERYBODY, post=EVERYBODY),
    "conventions:candidacy_thanks": Row(get=EVERYBODY),
    "conventions:communes": Row(get=EVERYBODY),
    "conventions:partnership": Row(get=f"{BOOKERS} {DESKS}"),
    "conventions:agreement_link": Row(post=OWN, lost=f"{OTHERS} {DESKS}", of=fresh_agreement),
    "conventions:agreement_paper": Row(get="lead", post="lead", lost=DESKS, of=sent_agreement),
    "conventions:agreement_document": Row(get=OWN, lost=f"{OTHERS} {DESKS}", of=frozen_document),
    "conventions:signature": Row(get=EVERYBODY, post=EVERYBODY, of=signature_link),
    "conventions:signature_code": Row(get=EVERYBODY, post=EVERYBODY, of=signature_link),
    "conventions:signature_refuse": Row(get=EVERYBODY, post=EVERYBODY, of=signature_link),
    "conventions:signature_other": Row(get=EVERYBODY, post=EVERYBODY, of=signature_link),
    "conventions:signature_renew": Row(post=EVERYBODY, of=fresh_link),
    "conventions:signature_document": Row(
        get=EVERYBODY, of=lambda cast: [*signature_link(cast), "convention"]
    ),
    "conventions:breach_start": Row(get=f"lead {DESKS}", post=f"lead {DESKS}"),
    "conventions:breach": Row(get="lead", post="lead", lost=DESKS, of=breach),
    "conventions:breach_letter": Row(get="lead", lost=DESKS, of=breach_letter),
    "conventions:team": Row(get=BOOKERS),
    "conventions:team_invite": Row(get="lead", post="lead"),
    "conventions:team_confirm": Row(post="lead"),
    "conventions:team_link": Row(post="lead", of=colleague),
    "conventions:team_remove": Row(get="lead", post="lead", of=colleague),
    "conventions:team_hand_over": Row(get="lead", post="lead", of=colleague),
    "conventions:access": Row(get=f"{BOOKERS} expired"),
    "conventions:access_link": Row(post=f"{BOOKERS} expired"),
    "offers:catalogue": Row(get=f"visitor {ACCOUNTS}"),
    "offers:event": Row(get=f"visitor {BOOKERS} desk staff", lost="other_desk", of=event),
    "offers:programme": Row(get=DESKS),
    "offers:event_create": Row(get=DESKS, post=DESKS),
    "offers:event_draft": Row(get="desk", post="desk", lost="other_desk", of=draft),
    "offers:event_preview": Row(get="desk", post="desk", lost="other_desk", of=draft),
    "offers:draft_discard": Row(get="desk", post="desk", lost="other_desk", of=draft),
    "offers:event_picture": Row(get="desk", post="desk", lost="other_desk", of=draft),
    "offers:picture": Row(get=f"visitor {BOOKERS} desk staff", lost="other_desk", of=picture),
    "offers:import_programme": Row(get=DESKS, post=DESKS),
    "offers:import_preview": Row(get="desk", post="desk", lost="other_desk", of=upload),
    "offers:import_columns": Row(get="desk", post="desk", lost="other_desk", of=upload),
    "offers:import_example": Row(get=DESKS),
    "invitations:import_missing": Row(get="desk", post="desk", lost="other_desk", of=programme_import),
    "offers:event_manage": Row(get="desk", lost="other_desk", of=event),
    "offers:event_edit": Row(get="desk", post="desk", lost="other_desk", of=event),
    "offers:performance_add": Row(get="desk", post="desk", lost="other_desk", of=event),
    "offers:event_copy": Row(get="desk", post="desk", lost="other_desk", of=event),
    "offers:event_free_seats": Row(post="desk", lost="other_desk", of=event),
    "offers:performance_free_seats": Row(post="desk", lost="other_desk", of=performance),
    "invitations:event_dates": Row(get="desk", post="desk", lost="other_desk", of=event),
    "offers:event_withdraw": Row(get="desk", post="desk", lost="other_desk", of=event),
    "invitations:performance_seats": Row(get="desk", post="desk", lost="other_desk", of=performance),
    "invitations:event_seats": Row(get="desk", post="desk", lost="other_desk", of=event),
    "invitations:event_publish": Row(post="desk", lost="other_desk", of=event),
    "invitations:event_quota": Row(get="desk", post="desk", lost="other_desk", of=event),
    "invitations:quotas": Row(get=DESKS, post=DESKS),
    "invitations:quota_lift": Row(get="desk", post="desk", lost="other_desk", of=quota),
    "invitations:seats_call": Row(get=EVERYBODY, post=EVERYBODY, of=call),
    "invitations:waiting_list": Row(get=BOOKERS),
    "invitations:waiting_entry": Row(get=OWN, lost=OTHERS, of=waiting),
    "invitations:waiting_confirm": Row(post=OWN, lost=OTHERS, of=waiting),
    "invitations:waiting_leave": Row(get=OWN, post=OWN, lost=OTHERS, of=waiting),
    "invitations:group_book": Row(get=BOOKERS, post=BOOKERS, of=performance),
    "invitations:group": Row(get=OWN, lost=OTHERS, of=group),
    "invitations:group_names": Row(get=OWN, post=OWN, lost=OTHERS, of=group),
    "invitations:group_give_back": Row(get=OWN, post=OWN, lost=OTHERS, of=group),
    "invitations:group_cancel": Row(get=OWN, post=OWN, lost=OTHERS, of=group),
    "invitations:group_pdf": Row(get=OWN, lost=OTHERS, of=group_with_papers),
    "invitations:group_take_off": Row(get=OWN, post=OWN, lost=OTHERS, of=named_in_a_group),
    "invitations:book": Row(get=BOOKERS, post=BOOKERS, of=performance),
    "invitations:bookings": Row(get=BOOKERS),
    "invitations:draw_ask": Row(get=BOOKERS, post=BOOKERS, of=date_to_draw),
    "invitations:draw_requests": Row(get=BOOKERS),
    "invitations:draw_request": Row(get=OWN, post=OWN, lost=OTHERS, of=draw_request),
    "invitations:draw": Row(get=EVERYBODY, of=date_to_draw),
    "invitations:draw_data": Row(get=EVERYBODY, of=drawn_date),
    "invitations:draw_manage": Row(get="desk", post="desk", lost="other_desk", of=date_to_draw),
    "invitations:booking": Row(get=OWN, lost=OTHERS, of=booking),
    "invitations:print_several": Row(get=BOOKERS, post=BOOKERS),
    "invitations:print_run": Row(get=OWN, lost=OTHERS, of=print_run),
    "invitations:print_run_pdf": Row(get=OWN, lost=OTHERS, of=print_run),
    "invitations:booking_pdf": Row(get=OWN, lost=OTHERS, of=booking),
    "invitations:booking_cancel": Row(get=OWN, post=OWN, lost=OTHERS, of=booking),
    "invitations:invitation_pdf": Row(get=OWN, lost=OTHERS, of=invitation),
    "invitations:invitation_cancel": Row(get=OWN, post=OWN, lost=OTHERS, of=invitation),
    "invitations:participants": Row(get=BOOKERS, post=BOOKERS),
    "invitations:participant_add": Row(get=BOOKERS, post=BOOKERS),
    "invitations:participant": Row(get=OWN, post=OWN, lost=OTHERS, of=person),
    "invitations:participant_erase": Row(get=OWN, post=OWN, lost=OTHERS, of=person),
    "invitations:participant_hand_over": Row(post=OWN, lost=OTHERS, of=person_in_a_file),
    "invitations:place": Row(get=OWN, post=OWN, lost=OTHERS, of=place),
    "invitations:place_erase": Row(get=OWN, post=OWN, lost=OTHERS, of=place),
    "invitations:place_hand_over": Row(post=OWN, lost=OTHERS, of=lambda cast: [*place(cast), "json"]),
    "invitations:usage": Row(get=BOOKERS),
    "invitations:usage_limit": Row(get="lead", post="lead"),
    "invitations:door": Row(get=DESKS),
    "invitations:door_number": Row(get=DESKS, post=DESKS),
    "invitations:door_list": Row(get="desk", post="desk", lost="other_desk", of=near_performance),
    "invitations:door_list_pdf": Row(get="desk", lost="other_desk", of=near_performance),
    "invitations:phone": Row(get=EVERYBODY),  # holds nothing of anybody: what a phone keeps
    "invitations:phone_worker": Row(get=EVERYBODY),
    "invitations:phone_lists": Row(get=DESKS),
    "invitations:phone_ask": Row(post=DESKS),
    "invitations:phone_merge": Row(post=DESKS),
    "invitations:phone_look_up": Row(post=DESKS),
    "invitations:door_undo": Row(post=DESKS, lost=DESKS),  # nothing named
    "invitations:door_invitation": Row(get="desk", post="desk", lost="other_desk", of=near_invitation),
    "invitations:performance_cancel": Row(get="desk", post="desk", lost="other_desk", of=performance),
    "invitations:performance_move": Row(get="desk", post="desk", lost="other_desk", of=performance),
    "invitations:event_cancel": Row(get="desk", post="desk", lost="other_desk", of=event),
    "invitations:event_documents": Row(get="desk", post="desk", lost="other_desk", of=event),
    "invitations:document_withdraw": Row(post="desk", lost="other_desk", of=document),
    "invitations:material_decline": Row(get="desk", post="desk", lost="other_desk", of=document_asked),
    "invitations:material_ask": Row(get=OWN, post=OWN, lost=OTHERS, of=booked_event),
    "invitations:documents": Row(get=BOOKERS, post=BOOKERS),
    "invitations:document": Row(get=f"{OWN} desk", lost=f"{OTHERS} other_desk", of=document),
    "invitations:news": Row(get=BOOKERS),
    "invitations:news_pass_on": Row(post=OWN, lost=OTHERS, of=news),
    "invitations:to_tell": Row(get=BOOKERS),
    "invitations:tell": Row(post=OWN, lost=OTHERS, of=notice),
    "evaluations:venue_figures": Row(get=DESKS),
    "evaluations:structure_figures": Row(get=BOOKERS),
    "evaluations:figures": Row(get="staff"),
    "evaluations:count_figures": Row(post="staff"),
    "evaluations:attendance": Row(get=BOOKERS, post=BOOKERS),
    "evaluations:attendance_reminders": Row(post=BOOKERS),
    "evaluations:sheets": Row(get=BOOKERS),
    "evaluations:sheet": Row(get=BOOKERS, post=BOOKERS, of=questionnaire),
    "evaluations:sheet_take_back": Row(post=OWN, lost=OTHERS, of=sheet),
    "evaluations:sheet_pdf": Row(get=f"{OWN} staff", lost=OTHERS, of=sheet),
    "evaluations:questionnaires": Row(get="staff"),
    "evaluations:questionnaire": Row(get="staff", of=questionnaire),
    "evaluations:questionnaire_remind": Row(post="staff", of=questionnaire),
    "evaluations:questionnaire_table": Row(get="staff", of=questionnaire),
    "evaluations:thank": Row(get=OWN, post=OWN, lost=OTHERS, of=past_booking),
    "invitations:feeds": Row(get=BOOKERS, post=BOOKERS),
    "invitations:outings_feed": Row(get=EVERYBODY, of=feed_at(Feed.Kind.OUTINGS)),
    "offers:programme_feed": Row(get=EVERYBODY, of=feed_at(Feed.Kind.PROGRAMME)),
    "invitations:show": Row(get=f"visitor {BOOKERS} desk staff", lost="other_desk", of=event),
    "invitations:choose": Row(get=f"visitor {BOOKERS} desk staff", lost="other_desk", of=shown_number),
    "invitations:check": Row(get=EVERYBODY, post=EVERYBODY, of=token),
    "evaluations:controls": Row(get="staff"),
    "evaluations:finding": Row(get="staff", post="staff", of=finding),
    "evaluations:welcome": Row(get="staff", post="staff"),
    "evaluations:fairness": Row(get="staff"),
    "evaluations:coverage": Row(get="staff"),
    "evaluations:reports": Row(get="staff"),
    "evaluations:report_ask": Row(post="staff", of=lambda cast: [2025]),
    "evaluations:report_document": Row(get="staff", of=season_report),
    "evaluations:review": Row(get="staff", of=lambda cast: ["lieux", cast.desk.venue.pk, 2025]),
    "evaluations:own_review": Row(get=f"{BOOKERS} {DESKS}"),
    "evaluations:criee": Row(get=EVERYBODY),
    "evaluations:criee_rss": Row(get=EVERYBODY),
    "evaluations:criee_atom": Row(get=EVERYBODY),
    "evaluations:criee_charter": Row(get=EVERYBODY),
    "evaluations:criee_write": Row(get=EVERYBODY, post=EVERYBODY),
    "evaluations:criee_opinion": Row(get=EVERYBODY, of=opinion),
    "evaluations:criee_answer": Row(get=EVERYBODY, post=EVERYBODY, of=opinion),
    "evaluations:criee_report": Row(get=EVERYBODY, post=EVERYBODY, of=opinion),
    "evaluations:criee_follow": Row(get=EVERYBODY, post=EVERYBODY, of=opinion_link),
}


# What a colleague opens before having a second factor: the way to one, and the way out.
FIRST_DAY = {
    "mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate", "account_logout", "health",
}  # fmt: skip


def site_map(patterns=None, namespace="") -> set[str]:
    """The name of every page, the admin's left out: its own test opens them all."""
    names = set()
    for pattern in patterns or get_resolver().url_patterns:
        if isinstance(pattern, URLPattern):
            names.add(f"{namespace}{pattern.name}")
        elif pattern.namespace != "admin":
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            names |= site_map(pattern.url_patterns, inner)
    return names


def test_every_page_has_a_row():
    assert site_map() == set(TABLE)


# Open to everybody, and lead somebody unknown to signing in.
TO_SIGN_IN = {
    "account_change_password", "account_set_password", "account_signup", "account_logout", "account_reauthenticate",
    "mfa_authenticate",
}  # fmt: skip

# What phones at the door send is JSON: nothing isn't.
JSON = {"invitations:phone_ask", "invitations:phone_merge", "invitations:phone_look_up"}


def expected(name: str, who: str, method: str) -> set[int]:
    """The answers that are right for `who`."""
    row = TABLE[name]
    if who == "new_staff" and name not in FIRST_DAY:
        return {302}  # to where a second factor is set up
    known = {*row.get.split(), *row.post.split(), *row.lost.split()}
    if who in row.lost.split():
        return {404} if getattr(row, method) else {404, 405}
    if who in getattr(row, method).split():
        if who == "nobody" and name in TO_SIGN_IN:
            return {302}
        return (
            {200, 302, 409}
            | ({400} if name in JSON else set())
            | ({404} if row.of is near_performance else set())
        )
    if who == "expired" and who not in known and known & {"nobody", "worker"}:
        return {302} if method == "get" else {403}  # to the page that says why
    if who == "visitor" and method == "post" and "nobody" not in known:
        return {403}  # looks, and nothing else
    if who in known:
        return {405}
    return {302} if who == "nobody" else {403}


@pytest.mark.parametrize("name", TABLE)
def test_page_opens_to_whom_it_should(name, cast):
    row, wrong = TABLE[name], []
    for method in ("get", "post"):
        for who in WHOEVER.split():
            address = reverse(name, args=row.of(cast) if row.of else None)
            response = getattr(cast.browser(who), method)(address)
            if response.status_code not in expected(name, who, method):
                wrong.append(f"{method} by {who}: {response.status_code}")
            if who == "nobody" and expected(name, who, method) == {302}:
                assert reverse("account_login") in response["Location"]
            if who == "new_staff" and name not in FIRST_DAY:
                assert response["Location"] == reverse("mfa_index")
            if who == "expired" and who not in getattr(row, method).split() and response.status_code == 302:
                assert response["Location"] == reverse("conventions:access")
    assert wrong == []


def test_structure_that_never_signed_looks_and_books_nothing(cast):
    browser, bookable = cast.browser("unsigned"), PerformanceFactory()
    assert browser.get(reverse("offers:catalogue")).status_code == 200
    page = browser.get(reverse("invitations:book", args=[bookable.pk]))
    assert "convention de votre structure" in page.text.replace("&#x27;", "'")
    browser.post(reverse("invitations:book", args=[bookable.pk]), {"confirmed": "on"})
    assert not Booking.objects.exists()


@pytest.mark.parametrize("who", ["nobody", "visitor", "worker", "lead", "desk", "expired", "unsigned"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_admin_is_closed_to_everybody_but_staff(who, method, cast):
    for address in ("/gestion/", "/gestion/invitations/participant/", "/gestion/partners/user/"):
        assert getattr(cast.browser(who), method)(address).status_code in {302, 403}


@pytest.mark.parametrize("method", ["get", "post"])
def test_admin_leads_staff_without_second_factor_to_set_one_up(method, cast):
    browser = cast.browser("new_staff")
    pages = [
        f"/gestion/{page}"
        for page in ("", "login/", "logout/", "password_change/", "jsi18n/", "partners/user/", "nulle-part/")
    ]
    pages += [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")
        for model in admin.site._registry
        for page in ("changelist", "add")
    ]
    for page in pages:
        answer = getattr(browser, method)(page)
        assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index")), page


def test_revoked_visitor_code_is_out_on_the_next_request(cast):
    browser = cast.browser("visitor")
    assert browser.get(reverse("offers:catalogue")).status_code == 200
    type(cast.visitor).objects.update(revoked_at=cast.visitor.created_at)
    assert browser.get(reverse("offers:catalogue")).status_code == 302


def test_leaver_is_out_on_the_next_request(cast):
    browser = cast.browser("worker")
    assert browser.get(reverse("invitations:bookings")).status_code == 200
    type(cast.worker).objects.filter(pk=cast.worker.pk).update(is_active=False)
    assert browser.get(reverse("invitations:bookings")).status_code == 302


def test_unknown_address_is_404_for_everybody(cast):
    for who in EVERYBODY.split():
        assert cast.browser(who).get("/nulle-part/").status_code == 404


def test_forged_host_is_refused(cast):
    assert cast.browser("nobody").get("/", headers={"host": "mechant.example"}).status_code == 400


@pytest.mark.parametrize("address", ["/", "/nulle-part/", "/gestion/", "/catalogue/", "/compte/connexion/"])
def test_every_answer_carries_the_headers(address, cast):
    for who in ("nobody", "worker", "staff"):
        response = cast.browser(who).get(address)
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin"
        assert response["Cross-Origin-Opener-Policy"] == "same-origin"
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("address", ["/i/a%00b/", "/lieux/a%00b/", "/catalogue/%00/"])
def test_address_with_a_nul_is_refused_on_both_databases(address, cast):
    assert cast.browser("nobody").get(address).status_code in {400, 404}


def test_cookie_with_a_nul_is_refused_on_both_databases(cast):
    browser = cast.browser("nobody")
    browser.cookies["sessionid"] = "abcdefgh\x00ijk"
    assert browser.get("/catalogue/").status_code == 400
