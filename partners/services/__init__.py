"""What happens to accounts, links, teams, conditions of use, visitor codes, feeds, questions: a module each."""

from partners.services.accounts import TEAM, change_account, join_team, open_account
from partners.services.feeds import close_feed, open_feed
from partners.services.limits import choose_weekly_outings
from partners.services.links import (
    choose_password,
    find_link,
    generate_password,
    keep_password,
    send_access_link,
    send_fresh_link,
    send_password_link,
    write_links,
)
from partners.services.listing import choose_listing
from partners.services.questions import ask_team, close_question, forget_questions
from partners.services.suspension import close_partner, hold, lift_suspension, suspend
from partners.services.team import close_account, hand_over_lead, invite_colleague
from partners.services.terms import ACCEPT_TERMS, accept_terms, require_terms, terms_pending, terms_to_accept
from partners.services.visitors import (
    enter_as_visitor,
    open_visitor_access,
    replace_visitor_access,
    revoke_visitor_access,
)

__all__ = [
    "ACCEPT_TERMS",
    "TEAM",
    "accept_terms",
    "ask_team",
    "change_account",
    "choose_listing",
    "choose_password",
    "choose_weekly_outings",
    "close_account",
    "close_feed",
    "close_partner",
    "close_question",
    "enter_as_visitor",
    "find_link",
    "forget_questions",
    "generate_password",
    "hand_over_lead",
    "hold",
    "invite_colleague",
    "join_team",
    "keep_password",
    "lift_suspension",
    "open_account",
    "open_feed",
    "open_visitor_access",
    "replace_visitor_access",
    "require_terms",
    "revoke_visitor_access",
    "send_access_link",
    "send_fresh_link",
    "send_password_link",
    "suspend",
    "terms_pending",
    "terms_to_accept",
    "write_links",
]
