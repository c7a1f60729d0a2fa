"""The main job tried from outside, as a browser would: only pages, forms and papers, no database.

`DemoCheck.run()` goes through STEPS in order. Each is a method that returns what it saw, or raises `Failed`
with a sentence; after a failure the next ones are not tried, since they build on it.
"""

import email
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import default as modern
from io import BytesIO
from pathlib import Path
from random import SystemRandom
from typing import TypeVar, cast
from urllib.parse import urljoin, urlparse

import pypdfium2
import zxingcpp
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from bs4 import BeautifulSoup, Tag
from mechanicalsoup import StatefulBrowser
from pypdf import PdfReader
from requests import Response

from billetterie.demo import names
from billetterie.demo.accounts import NEW_STAFF, OTHER, PASSWORD, PERIOD, STAFF, VENUE, WORKER, Account
from common.codes import clean_code

NIGHTLY = (
    "Minuit moins deux"  # the demonstration's venue plays it every evening: there is always a date today
)
LAST_START = timedelta(hours=23, minutes=56)  # from here to midnight there is too little time before 23:58
PDF_SECONDS = 30  # for the background to draw a group's papers
MAIL_SECONDS = 30  # for the background to send a mail
T = TypeVar("T")
OWN_FORM = "main form:not(.languages__form)"  # of a page that lets its reader choose a language, too
NUMBER = re.compile(r"\b[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3}\b")
TODAYS_WORK = "Aujourd’hui"  # what the first of staff's pages is headed


class Failed(Exception):
    """A page isn't what it must be; the sentence says which and how."""


def expect(condition: object, sentence: str) -> None:
    """Raise Failed with `sentence` unless `condition` holds."""
    if not condition:
        raise Failed(sentence)


def seconds_to_midnight(now: datetime) -> float:
    """How long to wait, at local time `now`, before there is a date that is still today's when it is checked."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if now - midnight < LAST_START:
        return 0
    return (midnight + timedelta(days=1, seconds=2) - now).total_seconds()


def until(seconds: float, look: Callable[[], T | None], sentence: str) -> T:
    """What `look` returns as soon as it is something, looked for again and again; Failed after `seconds`."""
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        expect(time.monotonic() < deadline, f"{sentence} (attendu {seconds} s)")
        time.sleep(0.3)
    return found


class Browser:
    """A person's browser: cookies, links, forms, without JavaScript."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.soup = StatefulBrowser(user_agent="Portail demo_check")
        self.soup.session.trust_env = False  # this machine's proxy has no business between us and the portal

    def open(self, path: str, status: int = 200) -> None:
        """Open a page of the portal. Raises Failed where it doesn't answer `status`."""
        self._expect(self.soup.open(urljoin(self.base_url, path)), status)

    def submit(self, fields: dict | None = None, *, form: str = OWN_FORM, button: str | None = None) -> None:
        """Fill in `fields` of the form that the CSS selector `form` finds, and send it with `button`."""
        chosen = self.soup.select_form(form)
        for name, value in (fields or {}).items():
            chosen.set(name, value)
        if button:
            chosen.choose_submit(self.find(button, chosen.form))
        self._expect(self.soup.submit_selected(), 200)

    def post(self, path: str, **fields: str) -> Response:
        """Send a POST that no form of the page offers, with a valid token; the browser stays where it is."""
        token = self.find("input[name=csrfmiddlewaretoken]")["value"]
        data = {"csrfmiddlewaretoken": token, **fields}
        return self.soup.post(urljoin(self.base_url, path), data=data, headers={"Referer": self.url})

    def download(self, path: str) -> bytes | None:
        """The PDF behind a link; None where the portal answers with a page instead."""
        response = self.soup.get(urljoin(self.base_url, path))
        is_pdf = response.status_code == 200 and response.headers["Content-Type"] == "application/pdf"
        return response.content if is_pdf else None

    def sign_in(self, account: Account) -> None:
        """Sign in with the demonstration's password."""
        self.open("/compte/connexion/")
        self.submit({"login": account.email, "password": PASSWORD})
        expect("Se déconnecter" in self.text, f"{account.email} n'a pas pu se connecter.")

    def find(self, selector: str, inside: Tag | None = None) -> Tag:
        """The first element that a CSS selector finds. Raises Failed where there is none."""
        found = (inside or self.page).select_one(selector)
        if found is None:
            raise Failed(f"{self.url} : rien qui corresponde à « {selector} ».")
        return found

    @property
    def page(self) -> BeautifulSoup:
        return self.soup.page

    @property
    def url(self) -> str:
        return self.soup.url or self.base_url

    @property
    def path(self) -> str:
        return urlparse(self.url).path

    @property
    def text(self) -> str:
        """What the page says, spaces put right."""
        return " ".join(self.page.get_text(" ").split())

    def _expect(self, response: Response, status: int) -> None:
        expect(
            response.status_code == status,
            f"{response.request.method} {urlparse(response.url).path} répond {response.status_code}, "
            f"et non {status}.",
        )


@dataclass(frozen=True)
class Paper:
    """One page of a PDF, read as a person and a phone read it."""

    number: str
    qr: str


def read_papers(content: bytes) -> list[Paper]:
    """Number and QR of every page of a party's PDF. Raises Failed where one can't be read."""
    texts = [page.extract_text() for page in PdfReader(BytesIO(content)).pages]
    papers = []
    with pypdfium2.PdfDocument(content) as document:
        for number, (text, page) in enumerate(zip(texts, document, strict=True), start=1):
            written = NUMBER.search(text)
            picture = page.render(scale=200 / 72).to_pil()
            codes = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
            expect(written, f"La page {number} du PDF ne porte pas de numéro lisible.")
            expect(len(codes) == 1, f"La page {number} du PDF porte {len(codes)} QR lisibles, et non un.")
            papers.append(Paper(written.group() if written else "", codes[0].text))
    return papers


@dataclass(frozen=True)
class Step:
    """What became of one step."""

    name: str
    ok: bool
    seconds: float
    detail: str


class DemoCheck:
    """One run through the main job. `mail_folder` is where the portal's mails lie, if this machine has them.

    `staff_code` reads the staff account's application: what `./portail code` prints.
    """

    def __init__(
        self, *, base_url: str, today: str, mail_folder: Path | None, staff_code: Callable[[], str]
    ) -> None:
        self.base_url = base_url.rstrip("/") + "/"
        self.today = today
        self.mail_folder = mail_folder
        self.staff_code = staff_code
        self.worker, self.venue, self.stranger, self.visitor, self.staff, self.colleague = (
            Browser(self.base_url) for _ in range(6)
        )
        self.chance = SystemRandom()
        self.cancelled_number = ""
        self.links: dict[str, str] = {}  # where to book: "today", and "group" for another date
        self.bookings: dict[str, str] = {}  # the pages of what was booked: "party", "group", "cancelled"
        self.papers: list[Paper] = []

    def run(self, said: Callable[[Step], None] = lambda step: None) -> list[Step]:
        """Go through STEPS, telling each to `said`; returns them all."""
        steps: list[Step] = []
        for name, step in STEPS:
            if steps and not steps[-1].ok:
                done = Step(name, False, 0, "Pas essayé : une étape précédente n'a pas tenu.")
            else:
                done = self._try(name, step)
            said(done)
            steps.append(done)
        return steps

    def _try(self, name: str, step: Callable[["DemoCheck"], str]) -> Step:
        started = time.monotonic()
        try:
            ok, detail = True, step(self)
        except Failed as failure:
            ok, detail = False, str(failure)
        except Exception as error:  # a page that broke the reader is a failed step, not a traceback
            ok, detail = False, f"{type(error).__name__} : {error}"
        return Step(name, ok, round(time.monotonic() - started, 2), detail)

    # --- The worker ---------------------------------------------------------------------------------

    def worker_signs_in(self) -> str:
        self.worker.sign_in(WORKER)
        return f"{WORKER.email} est sur {self.worker.path}"

    def worker_searches(self) -> str:
        """Search the programme, and keep a date of today and another one."""
        self.worker.open("/catalogue/")
        self.worker.submit({"q": NIGHTLY}, form="form[role=search]")
        tickets = self.worker.page.select("article.ticket")
        expect(tickets, f"La recherche « {NIGHTLY} » ne trouve rien.")
        for ticket in tickets:
            expect(NIGHTLY in ticket.get_text(), f"La recherche « {NIGHTLY} » trouve aussi autre chose.")
            link, day = ticket.select_one("a[href^='/reserver/']"), ticket.select_one("time")
            if link and day:
                self.links.setdefault(
                    "today" if day["datetime"] == self.today else "group", str(link["href"])
                )
        expect("today" in self.links, f"« {NIGHTLY} » n'a plus de date à réserver aujourd'hui.")
        expect("group" in self.links, f"« {NIGHTLY} » n'a pas d'autre date à réserver.")
        return f"{len(tickets)} dates trouvées"

    def worker_books_a_party_of_three(self) -> str:
        return self._book("party", self.links["today"], people=3)

    def party_pdf_is_made_at_once(self) -> str:
        content = self.worker.download(self._pdf_path("party"))
        self.papers = self._read("party", content, people=3)
        return f"3 pages, numéros {', '.join(paper.number for paper in self.papers)}"

    def worker_books_a_group_of_six(self) -> str:
        return self._book("group", self.links["group"], people=6)

    def group_pdf_is_made_by_the_background(self) -> str:
        started = time.monotonic()
        path = self._pdf_path("group")
        content = until(
            PDF_SECONDS,
            lambda: self.worker.download(path),
            "Le PDF du groupe n'arrive pas : Celery tourne-t-il ?",
        )
        self._read("group", content, people=6)
        return f"6 pages, prêtes après {time.monotonic() - started:.1f} s"

    def worker_books_and_cancels(self) -> str:
        self._book("cancelled", self.links["today"], people=1)
        browser = self.worker
        browser.open(self.bookings["cancelled"])
        self.cancelled_number = self._numbers(browser)[0]
        browser.open(f"{self.bookings['cancelled']}annuler/")
        browser.submit()
        expect("annulée" in browser.text, "La page ne dit pas que la sortie est annulée.")
        return f"{self.cancelled_number} annulé"

    def _book(self, name: str, link: str, *, people: int) -> str:
        """Book for a new person and `people` - 1 guests, names drawn; keep the page of the booking."""
        browser = self.worker
        browser.open(link)
        while len(browser.page.select("input[name^=guest-][name$=-family_name]")) < people - 1:
            browser.submit(form="main form:has([name=confirmed])", button="button[value=more]")
        person, *guests = self._people(people)
        fields: dict[str, object] = {
            "new_given_name": person[0],
            "new_family_name": person[1],
            "confirmed": True,
        }
        for line, (given, family) in enumerate(guests):
            fields |= {f"guest-{line}-given_name": given, f"guest-{line}-family_name": family}
        browser.submit(
            fields, form="main form:has([name=confirmed])", button="button.btn-primary[value=book]"
        )
        said = " ".join(
            told.get_text(" ", strip=True) for told in browser.page.select(".alert, .invalid-feedback")
        )
        expect(browser.path.startswith("/sorties/"), f"La réservation n'a pas été prise : {said}")
        self.bookings[name] = browser.path
        shown = self._numbers(browser)
        expect(len(shown) == people, f"La page de la sortie montre {len(shown)} numéros, et non {people}.")
        return f"{people} invitations, {browser.path}"

    def _people(self, count: int) -> list[tuple[str, str]]:
        """Invented people, no two of the same given name."""
        return [(given, self.chance.choice(names.FAMILY)) for given in self.chance.sample(names.GIVEN, count)]

    def _numbers(self, browser: Browser) -> list[str]:
        return NUMBER.findall(browser.find("main table").get_text(" "))

    def _pdf_path(self, name: str) -> str:
        return f"{self.bookings[name]}invitations.pdf"

    def _read(self, name: str, content: bytes | None, *, people: int) -> list[Paper]:
        """The papers of a booking, checked against what its page says."""
        if content is None:
            raise Failed("Le portail ne donne pas de PDF.")
        papers = read_papers(content)
        expect(len(papers) == people, f"Le PDF a {len(papers)} pages, et non {people}.")
        self.worker.open(self.bookings[name])
        shown = self._numbers(self.worker)
        expect(
            sorted(paper.number for paper in papers) == sorted(shown),
            "Les numéros du PDF ne sont pas ceux de la page.",
        )
        for paper in papers:
            expect(
                paper.qr.startswith(f"{self.base_url}i/"), f"Le QR mène à {paper.qr}, et non à ce portail."
            )
        return papers

    # --- The venue's door -----------------------------------------------------------------------------

    def venue_signs_in(self) -> str:
        self.venue.sign_in(VENUE)
        return f"{VENUE.email} est sur {self.venue.path}"

    def qr_opens_the_check_page(self) -> str:
        self.venue.open(urlparse(self.papers[0].qr).path)
        expect(self.venue.path.startswith("/accueil/invitation/"), f"Le QR mène à {self.venue.path}.")
        expect(self.papers[0].number in self.venue.text, "La page ouverte par le QR montre un autre numéro.")
        return self.venue.path

    def phone_takes_a_list_without_secrets(self) -> str:
        """What a phone keeps for a door without network opens with the papers, and holds nothing of them."""
        text = self.venue.soup.get(urljoin(self.venue.base_url, "/accueil/telephone/listes.json")).text
        expect(NIGHTLY in text, "Le téléphone du lieu ne reçoit pas la liste d'aujourd'hui.")
        for paper in self.papers:
            for secret in (clean_code(paper.number), urlparse(paper.qr).path.split("/")[2]):
                expect(secret not in text, "La liste du téléphone tient un numéro ou un carré.")
        return f"{len(text) // 1000} ko, illisibles sans les papiers"

    def venue_admits_the_party(self) -> str:
        self._type_number(self.papers[0].number)
        self.venue.submit(form="main form:has(button[value=party])", button="button[value=party]")
        welcomed = self.venue.text.count("Bienvenue")
        expect(welcomed == 3, f"{welcomed} personnes sont accueillies, et non 3.")
        return "3 personnes entrées en un geste"

    def venue_admits_again_and_is_refused(self) -> str:
        """By number, for each paper; and by the form of the first time, sent once more."""
        for paper in self.papers:
            self._type_number(paper.number)
            expect("Déjà entré·e" in self.venue.text, f"{paper.number} présenté deux fois n'est pas refusé.")
            expect(
                not self.venue.page.select("button[value=party]"), "Le bouton « faire entrer » est encore là."
            )
        again = self.venue.post(self.venue.path, who="party")
        expect(
            again.text.count("Déjà entré·e") >= 3 and "Bienvenue" not in again.text,
            "Le même formulaire envoyé deux fois fait entrer deux fois.",
        )
        return "« Déjà entré·e » pour les trois numéros et pour le formulaire renvoyé"

    def venue_refuses_the_cancelled_number(self) -> str:
        self._type_number(self.cancelled_number)
        expect("Annulée" in self.venue.text, f"{self.cancelled_number} n'est pas dit annulé.")
        expect(not self.venue.page.select("button[value=one]"), "Une invitation annulée peut encore entrer.")
        return f"« Annulée » pour {self.cancelled_number}"

    def venue_refuses_an_unknown_number(self) -> str:
        number = self.papers[0].number
        wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
        self._type_number(wrong)
        expect(self.venue.path == "/accueil/numero/", "Un numéro inconnu ouvre une page.")
        expect(
            "d'aucune invitation pour ce lieu" in self.venue.text.replace("’", "'"),
            "Rien ne dit que le numéro est inconnu.",
        )
        return "refusé, avec une phrase"

    def _type_number(self, number: str) -> None:
        self.venue.open("/accueil/numero/")
        self.venue.submit({"number": clean_code(number).lower()}, form="main form:has([name=number])")

    # --- Who must not ------------------------------------------------------------------------------------

    def visitor_looks_and_only_looks(self) -> str:
        """The code is read on the worker's page, as it would be handed on."""
        self.worker.open("/code-visiteur/")
        code = NUMBER.search(self.worker.find("main").get_text(" "))
        if code is None:
            raise Failed("La page du code visiteur ne montre pas de code.")
        browser = self.visitor
        browser.open("/visite/")
        browser.submit({"code": code.group()})
        browser.open("/catalogue/")
        expect(browser.page.select("article.ticket"), "Le code visiteur n'ouvre pas le programme.")
        expect(not browser.page.select("a[href^='/reserver/']"), "Un visiteur voit un bouton « Réserver ».")
        refused = browser.post(self.links["today"]).status_code
        expect(refused == 403, f"Le POST d'un visiteur répond {refused}, et non 403.")
        browser.open(self.bookings["party"], status=403)
        return f"{code.group()} ouvre le programme ; son POST est refusé (403)"

    def stranger_finds_nothing(self) -> str:
        self.stranger.sign_in(OTHER)
        for path in (self.bookings["party"], self._pdf_path("party"), f"{self.bookings['party']}annuler/"):
            self.stranger.open(path, status=404)
        return "404 pour la sortie d'une autre structure, son PDF et son annulation"

    # --- Staff ---------------------------------------------------------------------------------------------

    def staff_sign_in_with_a_code(self) -> str:
        """The password opens nothing; the code after it opens today's work."""
        browser = self.staff
        browser.open("/compte/connexion/")
        browser.submit({"login": STAFF.email, "password": PASSWORD})
        expect(browser.page.select_one("input[name=code]"), "Le mot de passe de l'équipe suffit à entrer.")
        asked_at = browser.path
        browser.open("/gestion/")
        expect(TODAYS_WORK not in browser.text, "La gestion s'ouvre sans le second facteur.")
        browser.open(asked_at)
        browser.submit({"code": "000000" if self.staff_code() != "000000" else "000001"})
        expect(browser.path == asked_at, "Un code faux ouvre la gestion.")
        browser.submit({"code": self.staff_code()})
        browser.open("/gestion/")
        expect(TODAYS_WORK in browser.text, "Le mot de passe et le code n'ouvrent pas la gestion.")
        return f"{STAFF.email} est dans la gestion ; ni le mot de passe seul ni un code faux ne l'ouvrent"

    def colleague_sets_a_second_factor_up(self) -> str:
        """On her first day every page leads there; afterwards she leaves things as they were."""
        browser, own = self.colleague, "/compte/double-verification/"
        browser.sign_in(NEW_STAFF)
        for path in ("/gestion/", "/gestion/partners/user/", "/catalogue/"):
            browser.open(path)
            expect(browser.path == own, f"{path} s'ouvre sans second facteur.")
        browser.open(f"{own}application/")
        secret = browser.find(".secret").get_text().replace(" ", "")
        browser.submit({"code": code_of(secret, time.time())})
        codes = browser.page.select(".recovery-codes li")
        expect(len(codes) == 10, f"{len(codes)} codes de secours, et non dix.")
        browser.open("/gestion/")
        expect(TODAYS_WORK in browser.text, "Le nouveau second facteur n'ouvre pas la gestion.")
        browser.open(f"{own}application/retirer/")
        browser.submit()
        return f"tout mène {NEW_STAFF.email} à sa double vérification ; ensuite, dix codes de secours et la gestion"

    # --- Mails ---------------------------------------------------------------------------------------------

    def mails_were_sent(self) -> str:
        """One for each booking, to the worker."""
        if self.mail_folder is None:
            return "Les mails ne sont pas gardés dans un dossier de cette machine : pas regardé."
        for name, path in self.bookings.items():
            until(MAIL_SECONDS, lambda path=path: self._mail_about(path), f"Pas de mail pour « {name} ».")
        return f"{len(self.bookings)} mails reçus par {WORKER.email}"

    def _mail_about(self, path: str) -> EmailMessage | None:
        """The mail to the worker that leads to the page `path`, once it has come."""
        for message in read_mails(self.mail_folder) if self.mail_folder else ():
            body = message.get_body(("plain",))
            if body and WORKER.email in message["To"] and path in body.get_content():
                return message
        return None


def code_of(secret: str, at: float) -> str:
    """What an application that was given `secret` shows at a moment (seconds since 1970)."""
    return format_hotp_value(hotp_value(secret, int(at) // PERIOD))


def read_mails(folder: Path) -> Iterator[EmailMessage]:
    """The mails of a folder of Django's file backend, which ends each with a line of dashes."""
    for file in sorted(folder.glob("*.log")):
        for text in re.split(rb"\n-{79}\n", file.read_bytes()):
            if text.strip():
                yield cast(EmailMessage, email.message_from_bytes(text, policy=modern))


STEPS: list[tuple[str, Callable[[DemoCheck], str]]] = [
    ("worker signs in", DemoCheck.worker_signs_in),
    ("worker searches the programme", DemoCheck.worker_searches),
    ("worker books a party of three", DemoCheck.worker_books_a_party_of_three),
    ("party's PDF is made at once, number and QR read back", DemoCheck.party_pdf_is_made_at_once),
    ("worker books a group of six", DemoCheck.worker_books_a_group_of_six),
    ("group's PDF is made in the background", DemoCheck.group_pdf_is_made_by_the_background),
    ("worker books and cancels", DemoCheck.worker_books_and_cancels),
    ("venue signs in", DemoCheck.venue_signs_in),
    ("QR opens the check page", DemoCheck.qr_opens_the_check_page),
    ("phone takes a list without secrets", DemoCheck.phone_takes_a_list_without_secrets),
    ("venue admits the party", DemoCheck.venue_admits_the_party),
    ("venue admits again and is refused", DemoCheck.venue_admits_again_and_is_refused),
    ("venue refuses the cancelled number", DemoCheck.venue_refuses_the_cancelled_number),
    ("venue refuses an unknown number", DemoCheck.venue_refuses_an_unknown_number),
    ("visitor looks, and only looks", DemoCheck.visitor_looks_and_only_looks),
    ("worker of another structure finds nothing", DemoCheck.stranger_finds_nothing),
    ("staff sign in with a code", DemoCheck.staff_sign_in_with_a_code),
    ("new colleague sets a second factor up", DemoCheck.colleague_sets_a_second_factor_up),
    ("mails were sent", DemoCheck.mails_were_sent),
]
