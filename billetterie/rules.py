"""The association's rules that are numbers: delays, limits, dates. Each names its row of docs/features.md.

An installation changes them here or, where `settings.py` says so, by the environment; the code only
ever reads `settings.NAME`.
"""

# --- The season (B2) -----------------------------------------------------------------------------
SEASON_STARTS = (10, 1)  # month, day; it ends the day before, a year later

# --- The territory (A12) -------------------------------------------------------------------------
TERRITORY_DEPARTMENTS = ("69", "01")  # Rhône with the Métropole de Lyon, and Ain (docs/territory.md)

# --- Signing an agreement (B2, B4) ---------------------------------------------------------------
SIGNATURE_LINK_DAYS = 21  # the link sent to the representative leads to the agreement for so long
SIGNATURE_FETCH_DAYS = 90  # the link to the signed original does for so long
SIGNATURE_LINKS_HOURLY = 5  # links that one agreement can ask for within an hour
SIGNATURE_CODE_MINUTES = 15  # the six digits serve for so long
SIGNATURE_CODES_HOURLY = 6  # codes mailed for one agreement within an hour
SIGNATURE_ATTEMPTS = 5  # codes typed for one agreement…
SIGNATURE_ATTEMPTS_MINUTES = 15  # …within this many minutes
SIGNATURE_REMINDER_DAYS = 7  # at most one reminder for an agreement within so many days
SCAN_MAX_BYTES = 5_000_000  # of a page signed by hand
SCAN_MAX_PIXELS = 25_000_000  # of its picture
RENEWAL_OPENS_DAYS = 150  # the next season's agreements are prepared from so many days before it

# --- Membership (B6): for a season, never required -------------------------------------------------
MEMBERSHIP_CENTS = {"structure": 5_000, "venue": 5_000, "person": 1_500}  # what is due, in cents of a euro

# --- What staff see on top of their pages ----------------------------------------------------------
AGREEMENT_ENDING_DAYS = (
    30  # an agreement that ends within this many days, with none after it, waits for renewal
)
SEATLESS_DAYS = 14  # a date within this many days to which the venue gave no seat yet

# --- Suspension and breach (A13, B5) ---------------------------------------------------------------
SUSPENSION_KEEPS_INVITATIONS = True  # people keep the invitations given before their structure was suspended
BREACH_EXPLAIN_DAYS = 15  # days to explain, after the day of the notice; the letter goes out on the next
BREACH_TERMINATE_DAYS = 15  # days from the registered letter's first presentation to the agreement's end

# --- Becoming a partner (A1, A3) -------------------------------------------------------------------
CANDIDACY_TYPES_WAITING = (
    "ORG_CHOMAGE",
    "MUTUALITE",
)  # types that the scheme can't serve yet, for want of means
CANDIDACY_STEP_DAYS = 7  # a step is proposed for so many days after the one before
CANDIDACY_SIGNING_DAYS = 15  # the same for a signature, which takes a partner longer
CANDIDACY_TRAINING_MINUTES = 15  # by telephone
CANDIDACY_KEPT_MONTHS = 12  # refused or withdrawn, what was typed is erased after this
CANDIDACY_SECONDS_MIN = 5  # a form sent back faster than this was filled in by a machine
CANDIDACY_FORM_HOURS = 24  # an open form stays good for this long
CANDIDACY_ATTEMPTS = 5  # candidacies from one network…
CANDIDACY_ATTEMPTS_ALL = 60  # …or from anywhere…
CANDIDACY_ATTEMPTS_MINUTES = 60  # …within this many minutes
CANDIDACY_BOARD_CARDS = 25  # shown in one column of the board, the most pressing first

# --- Booking (D1, D3) ----------------------------------------------------------------------------
PARTY_MAX = 30  # people in one booking, participant included
GUEST_ROWS = 2  # empty guest lines shown on the booking form at first
LOCK_WAIT_SECONDS = 3  # a booking that waits longer for another one gives up, nothing written

# --- Changes of a date that people booked (C6) -----------------------------------------------------
CHANGE_NEAR_DAYS = 2  # staff see what isn't told of dates within so many days
CHANGE_REMINDER_HOURS = 4  # the day before, who hasn't said it is reminded, unless it is fresher than this
CHANGE_REMINDER_FROM = 9  # from this hour of the day on

# --- Waiting list (D5, D6) -------------------------------------------------------------------------
# Hours left to say yes to seats that came free, by the hours left until the start: the nearer, the shorter.
WAITLIST_ANSWER = ((336, 72), (168, 48), (72, 24), (24, 6), (6, 2), (2, 0.5), (0, 0.25))
WAITLIST_DEMAND_HOUR = 9  # from this hour on, venues are told once a day who waits for a date of theirs

# --- Group outings (D10) ---------------------------------------------------------------------------
GROUP_MAX = 50  # seats that one group books
# Hours before a date stops being booked by which a group's names are given, by the hours left when it is booked:
# the sooner it is booked, the more time others have for the seats that go back. Nearer than all: names at once.
GROUP_NAMES = ((504, 168), (168, 72), (72, 24), (24, 6), (6, 2))
GROUP_REMINDER_HOURS = (
    48  # the reminder comes so long before the names are due, or half-way where that is later
)

# --- The fair draw of a scarce date (D7) -----------------------------------------------------------
DRAW_OPEN_HOURS = 48  # requests can be made for at least so long: nobody is left out by a day off
DRAW_AHEAD_HOURS = (
    24  # requests close at least so long before the date stops being booked: people must be told
)

# --- Reasonable use (D8): a hint, never a block ---------------------------------------------------
USAGE_ALERT_OUTINGS = 2  # more outings than this for one person…
USAGE_ALERT_DAYS = 7  # …within this many sliding days shows the hint
USAGE_LIMIT_MAX = 30  # the most outings that a structure can set as a limit of its own
USAGE_PERIOD_DAYS = 60  # every night, what a structure's seats became is looked at over so many days…
USAGE_PAST_PERIODS = 3  # …beside as many days this many times before: what is usual for it
USAGE_NETWORK_MIN = 5  # fewer structures than this have no median: it would tell one what another does
USAGE_SEATS_MIN = 12  # fewer seats with a known end say nothing of how many go unused
USAGE_UNUSED_MIN = 0.25  # staff are told when so much of a structure's seats went unused, and…
USAGE_UNUSED_SEATS = 6  # …at least so many seats, more than one family that couldn't come, and…
USAGE_UNUSED_ABOVE = 0.15  # …so much more than is usual for it, or than the network's median
USAGE_HEAVY_MIN = 40  # staff are told when a structure took so many seats, and…
USAGE_HEAVY_TIMES = 3  # …so many times the network's median, and…
USAGE_HEAVY_TIMES_USUAL = 2  # …so many times what is usual for it

# --- The paper (D2) ------------------------------------------------------------------------------
PDF_INLINE_MAX = 5  # a larger party's PDF is made in the background
PRINT_RUN_MAX = 30  # outings in one PDF
PDF_KEPT_DAYS = 2  # a PDF made in the background is thrown away after this; it can be made again

CANCEL_FROM_PAPER = True  # the QR on the paper also lets its holder cancel, without any reason (D4)
ARRIVE_MINUTES_BEFORE = 20  # when the paper says to come, where the venue says nothing of its own

# --- The door (D9, F1) ---------------------------------------------------------------------------
DOOR_OPENS_DAYS_BEFORE = 1  # the venue reads the names from this many days before the date…
DOOR_CLOSES_DAYS_AFTER = 1  # …to this many days after it
DOOR_LATE_HOURS = 6  # somebody is still let in this long after the start of a date without an end
DOOR_ATTEMPTS = 20  # numbers that admit nobody, per account…
DOOR_ATTEMPTS_MINUTES = 10  # …within this many minutes, before the desk has to wait
DOOR_UNDO_SECONDS = 60  # for so long whoever was let in by a slip of the hand can be taken back
DOOR_NUMBER_ITERATIONS = 20_000  # of the slow look-up by which a phone without network knows a number
DOOR_BATCH_MAX = 200  # admissions that a phone hands over at once

# --- Keeping names (F2, F3) ------------------------------------------------------------------------
NAMES_KEPT_DAYS = 30  # whole days after that of a date, its names are erased from whatever holds them
PERSON_KEPT_MONTHS = 12  # somebody without an outing for so long leaves their structure's list…
PERSON_WARNED_DAYS = 30  # …which says so this many days before
ERASURE_DATES = 50  # dates whose names are erased in one transaction

# --- Signing in (F4) -----------------------------------------------------------------------------
LOGIN_ATTEMPTS = 5  # wrong passwords for one account, from one network or one browser that knows it…
LOGIN_ATTEMPTS_NETWORK = 20  # …or for any accounts from one network…
LOGIN_ATTEMPTS_ACCOUNT = 10  # …or for one account from all browsers that never signed in to it…
LOGIN_ATTEMPTS_OVERALL = 300  # …or for any accounts from all such browsers…
LOGIN_ATTEMPTS_MINUTES = 10  # …within this many minutes
CODE_ATTEMPTS = 5  # wrong codes of the second factor for one account…
CODE_ATTEMPTS_MINUTES = 10  # …within this many minutes
KNOWN_BROWSER_DAYS = (
    400  # a browser that signed in is counted apart for this long (what browsers keep at most)…
)
KNOWN_BROWSER_ACCOUNTS = 20  # …for the last so many accounts that used it
SECOND_FACTOR_REASON_MIN = 10  # characters of the reason for which the team takes a second factor off

# --- Access of accounts, season after season (A4, A5) -------------------------------------------
ACCESS_LINK_HOURS = 72  # a link to choose a password serves this long, and once
ACCESS_LINK_REQUESTS = 3  # links that somebody asks for themselves, per account…
ACCESS_LINK_REQUESTS_MINUTES = 60  # …within this many minutes
ACCESS_REMINDER_DAYS = (30, 14, 7, 1)  # before the season starts: reminders to the référent·e
ACCESS_GRACE_DAYS = 14  # after it started: last season's password still opens, under an agreement in force
TEAM_INVITATIONS = 20  # colleagues that a référent·e invites, per structure and day

# --- Visitor code (A6) ---------------------------------------------------------------------------
VISITOR_OVERLAP_DAYS = 30  # last season's code still opens the catalogue for this long
VISITOR_ATTEMPTS = 30  # wrong codes from one address…
VISITOR_ATTEMPTS_MINUTES = 10  # …within this many minutes

# --- Offers (C1, C4) -----------------------------------------------------------------------------
SEATS_MAX = 10_000  # seats that a venue can give for one date
DRAFTS_MAX = 100  # drafts of events that one venue keeps
DRAFT_MAX = 400_000  # characters of one, as the form sends them
TABLE_ROWS = 50  # dates that are changed in one table
SCHOOL_ZONE = "A"  # of school holidays, where the territory lies: the academy of Lyon
PICTURE_MAX_BYTES = 5_000_000  # of an event's picture, as it is handed in
PICTURE_MAX_PIXELS = 25_000_000
CATALOGUE_PAGE = 24  # performances on one page of the catalogue
UPLOAD_MAX_BYTES = 20_000_000  # of a programme file (C2)
TABLE_MAX_BYTES = 5_000_000  # of a table of structures, venues or areas that staff import (A2, A8, A12)
UPLOAD_KEPT_HOURS = 24  # between its preview and the venue's word
IMPORT_INLINE_BYTES = 150_000  # a larger programme file is read and written in the background
IMPORT_IDLE_SECONDS = 120  # …and taken up again when nobody has worked at it for so long
IMPORT_DATES_MAX = 60_000  # rows, and dates, of a programme file: read and written within 512 MiB
ONLOOKERS_SEE_FOR = 20  # seconds for which a page is kept for those who only look
PUBLIC_CATALOGUE = False  # open the catalogue, without booking, to everybody (C4)

# --- A worker's day (D12) ------------------------------------------------------------------------
HOME_DAYS = 7  # the home page shows the outings of so many days
FEED_PAST_DAYS = 30  # a calendar that follows the structure keeps past outings for so long (C9)

# --- Attendance (E1): never asked for, never blocking ----------------------------------------------
ATTENDANCE_DAYS = NAMES_KEPT_DAYS  # a structure says who came for so many days after the date: then names go
ATTENDANCE_COMMENT_MAX = 600  # characters of what a structure writes of one outing
ATTENDANCE_MAIL = (
    0,
    9,
)  # on Mondays from nine on, about the week before: one mail, which a structure may refuse

# --- Evaluation sheets (E2) --------------------------------------------------------------------------
SHEET_SCALE = 5  # steps of a scale
SHEET_TEXT_MAX = 3_000  # characters of one answer
SHEET_NUMBER_MAX = 1_000_000  # the largest number that can be answered
SHEET_REMINDER_DAYS = 14  # a structure isn't asked again for its sheet within so many days

# --- Figures and thanks (E4) -----------------------------------------------------------------------
FIGURES_SMALL = 5  # no number of people under this is shown, nor two whose difference would tell one
FIGURES_STAY_OPEN_DAYS = 92  # after a season's end its figures are counted until then, and never again
THANKS_MAX = 500  # characters of a word to a venue
THANKS_A_DAY = 10  # words that one structure writes
THANKS_DAYS = (15, 60)  # days after the season's end between which venues are thanked by mail, once

# --- Controls (E5) ---------------------------------------------------------------------------------
CONTROL_DAYS = 90  # every night, what became of the seats of so many days is looked at
CONTROL_DORMANT_WEEKS = 10  # a structure that may book and didn't for so many weeks
CONTROL_UNBOOKED_MIN = 0.6  # a venue of which so much of the seats stayed free…
CONTROL_UNBOOKED_SEATS = 20  # …and at least so many
CONTROL_DOOR_MIN = 0.5  # a venue that noted nobody at so many of the evenings somebody had booked for…
CONTROL_DOOR_DATES = 3  # …and at least at so many
CONTROL_ANSWER_DAYS = 14  # an opinion of somebody who went, left by the venue without an answer for so long
CONTROL_QUIET_DAYS = 90  # what the team dealt with isn't told again within so many days

# --- The season's report (E4) ----------------------------------------------------------------------
REPORT_IDLE_SECONDS = 120  # a report is taken up again when nobody has worked at it for so long…
REPORT_TRIES = 3  # …and given up after so many

# --- Documents that venues send (C8) ---------------------------------------------------------------
DOCUMENTS_MAX = 10  # files that one event keeps

# --- Help (C12) ----------------------------------------------------------------------------------
QUESTIONS_AN_HOUR = 5  # from one network
QUESTION_KEPT_DAYS = 365  # after it was answered

# --- La Criée (E3) ---------------------------------------------------------------------------------
CRIEE_TEXT_MAX = 2_000  # characters of an opinion
CRIEE_NAME_MAX = 40  # of the name that somebody gives themselves
CRIEE_PAGE = 12  # opinions on one page
CRIEE_FEED = 50  # in a feed
CRIEE_SECONDS_MIN = 4  # a form sent back faster than this was filled in by a machine
CRIEE_FORM_HOURS = 24  # an open form stays good for this long
CRIEE_SENT = 10  # opinions and answers from one network or account…
CRIEE_SENT_ALL = 120  # …or from anywhere…
CRIEE_REPORTS = 10  # …reports from one network…
CRIEE_REPORTS_ALL = 120  # …or from anywhere…
CRIEE_MINUTES = 60  # …within this many minutes
CRIEE_REPORTS_HIDE = 3  # so many reports, from as many networks, hide what the team hasn't read again
CRIEE_DIGEST_HOUR = 8  # from this hour on, the team is told once a day what waits to be read
CRIEE_REFUSED_KEPT_DAYS = (
    90  # what was refused can be read by its author for so long; then its words are erased
)

# --- Lists ---------------------------------------------------------------------------------------
LIST_PAGE = 30

# --- Mail ----------------------------------------------------------------------------------------
OUTBOX_BATCH = 200  # messages that one sweep takes up
OUTBOX_RETRY_MINUTES = (1, 5, 15, 60, 180)  # wait after each failure; the last one repeats
