"""Every mail and every paper, as staff preview them: how they read, and that none is missing."""

import inspect
import pkgutil
import re
from datetime import datetime
from html.parser import HTMLParser
from importlib import import_module
from importlib.util import find_spec
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection
from django.template import engines
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billetterie import previews
from billetterie.previews import MAILS, PAPERS
from common import outbox
from partners.tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]

AT = datetime(2026, 11, 24, 9, 20, tzinfo=ZoneInfo("Europe/Paris"))
ROOMS = ["partners", "conventions", "invitations", "evaluations"]
# What is said there asks for nothing, or for something that no page does: a code to type, a day to keep.
WITHOUT_ACTION = {
    *("Candidature reçue", "Candidature en attente", "Rencontre fixée", "Candidature refusée"),
    *("Code pour signer", "Convention retirée"),
    "Pas de document : la réponse d’un lieu",
}
SAID_ONCE = ("Bien à vous,",)  # at the end of a letter; the formatted one has a foot instead
PARAGRAPH_MAX = 330  # characters: about eight lines on a phone


class Page(HTMLParser):
    """The words of a mail's HTML, and its links: (where, label, whether it is the action)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lang, self.links, self._open, self._words, self._blocks = "", [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "html":
            self.lang = given.get("lang")
        if tag not in {"meta", "br"}:
            self._open.append((tag, given.get("class", "")))
        if tag == "a":
            self.links.append([given["href"], "", ("p", "action") in self._open])
        if tag in {"p", "h1", "li", "br"}:
            self._words.append("\n")

    def handle_endtag(self, tag):
        while self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        inside = {tag for tag, _ in self._open}
        if inside & {"style", "title"}:
            return
        if "a" in inside:
            self.links[-1][1] += data
        elif not {("p", "brand")} & set(self._open) and "h1" not in inside:
            self._words.append(data)

    @property
    def lines(self) -> list[str]:
        return [plain(line) for line in re.split(r"\n(?=\S|\n)", "".join(self._words)) if plain(line)]

    @property
    def words(self) -> str:
        return plain("".join(self._words))


def plain(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture
def strict(monkeypatch):
    """A word of a template that nothing fills is an error."""

    class Unfilled(str):
        def __mod__(self, name):
            raise AssertionError(f"nothing fills {name}")

    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", Unfilled("%s"))


def written(mail):
    return mail.message(at=AT)


each_mail = pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.slug)


def functions_of(part):
    """Every public function of the rooms' modules of that name."""
    for room in ROOMS:
        if find_spec(f"{room}.{part}") is None:
            continue
        package = import_module(f"{room}.{part}")
        names = [found.name for found in pkgutil.iter_modules(getattr(package, "__path__", []))]
        for module in [package, *(import_module(f"{package.__name__}.{name}") for name in names)]:
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if function.__module__ == module.__name__ and not name.startswith("_"):
                    yield function


def returned(function) -> str:
    return inspect.formatannotation(inspect.signature(function).return_annotation)


def test_every_mail_has_a_preview():
    writing = {function for function in functions_of("emails") if "OutboxMessage" in returned(function)}
    assert len(writing) > 30 and writing | {outbox.from_mail} == {mail.function for mail in MAILS}


def test_every_wording_of_a_mail_is_previewed(monkeypatch):
    used = set()
    engine = engines["django"].engine
    real = engine.find_template
    monkeypatch.setattr(engine, "find_template", lambda name, **more: used.add(name) or real(name, **more))
    for loader in engine.template_loaders:
        getattr(loader, "reset", lambda: None)()
    for mail in MAILS:
        written(mail)
    folder = settings.BASE_DIR / "templates"
    known = {str(path.relative_to(folder)) for path in folder.glob("*/emails/*")}
    assert known - used == set()


def test_every_paper_has_a_preview():
    drawing = {function for function in functions_of("documents") if returned(function) == "bytes"}
    assert len(drawing) > 5 and drawing <= {one for one in vars(previews).values() if callable(one)}


def test_names_of_previews_are_addresses():
    for rows in (MAILS, PAPERS):
        assert len({row.slug for row in rows}) == len(rows)


@each_mail
def test_mail_says_the_same_in_text_and_in_html(mail, strict):
    message = written(mail)
    page = Page(message.html)
    text = message.text.splitlines()
    labels = [f"{plain(label)} :" for _, label, _ in page.links]
    addresses = [line for line in text if line.startswith("http")]
    assert addresses == [address for address, *_ in page.links]
    assert [text[text.index(address) - 1] for address in addresses] == labels
    said = [plain(re.sub(r"^(– |\d\. )", "", line)) for line in text if line and line not in addresses]
    missing = [line for line in said if line not in page.words and line not in (*labels, *SAID_ONCE)]
    assert missing == [], "in the text alone"
    whole = plain(message.text)
    assert [line for line in page.lines if line not in whole] == [], "in the HTML alone"


@each_mail
def test_mail_has_one_action(mail):
    page = Page(written(mail).html)
    actions = [address for address, _, action in page.links if action]
    assert len(page.links) == len(actions) == (0 if mail.title in WITHOUT_ACTION else 1)
    assert all(address.startswith(settings.BASE_URL) for address in actions)


@each_mail
def test_mail_is_read_on_any_phone(mail):
    message = written(mail)
    assert 5 < len(message.subject) <= 80
    assert "\n\n\n" not in message.text
    assert max(map(len, message.text.splitlines())) <= PARAGRAPH_MAX
    assert Page(message.html).lang == "fr"
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in message.html
    assert "prefers-color-scheme: dark" in message.html
    assert not re.search(r"<(img|script|link|iframe|form)\b|url\(|@import| style=", message.html)
    title = re.search(r"<title>(.*?)</title>", message.html, re.DOTALL)
    assert plain(title[1])


@each_mail
def test_mail_is_set_in_french(mail):
    message = written(mail)
    assert "'" not in message.subject + message.text
    body = message.html.partition("<body>")[2].replace("\u00a0", "")
    assert not re.search(r" [:;!?»]|« ", body)


@each_mail
def test_mail_names_no_participant(mail):
    message = written(mail)
    for name in ("Nour", "Zéphirine"):
        assert name not in message.subject + message.text + message.html


def test_long_names_leave_room_in_the_subject(monkeypatch):
    monkeypatch.setattr("billetterie.previews.TITLE", "Une très longue nuit de musiques " * 6)
    assert max(len(written(mail).subject) for mail in MAILS) <= 80


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.slug)
def test_paper_is_drawn(client, paper):
    client.force_login(UserFactory(staff=True))
    answer = client.get(reverse("admin:preview_paper", args=[paper.slug]))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("inline")
    assert answer.content.startswith(b"%PDF")


def test_previews_are_linked_from_staffs_first_page_and_open(client):
    client.force_login(UserFactory(staff=True))
    page = client.get(reverse("admin:index")).text
    assert reverse("admin:previews") in page
    listed = client.get(reverse("admin:previews")).text
    for mail in MAILS:
        address = reverse("admin:preview_mail", args=[mail.slug])
        assert address in listed
    for paper in PAPERS:
        assert reverse("admin:preview_paper", args=[paper.slug]) in listed
    for name in ("preview_mail", "preview_html", "preview_paper"):
        assert client.get(reverse(f"admin:{name}", args=["inconnu"])).status_code == 404


def test_previewing_writes_nothing(client):
    client.force_login(UserFactory(staff=True))
    for mail in MAILS:
        address = reverse("admin:preview_mail", args=[mail.slug])
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(address)
        assert answer.status_code == 200
        assert not [query["sql"] for query in captured if not query["sql"].startswith("SELECT")], address


def test_html_of_a_mail_stays_in_its_frame(client):
    client.force_login(UserFactory(staff=True))
    page = client.get(reverse("admin:preview_mail", args=[MAILS[0].slug]))
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    assert "'unsafe-inline'" not in page["Content-Security-Policy"]
    framed = client.get(reverse("admin:preview_html", args=[MAILS[0].slug]))
    policy = framed["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'self'" in policy and "sandbox" in policy
    assert framed["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("trait", [{"lead": True}, {}, {"venue_desk": True}])
def test_previews_are_for_staff(client, trait):
    client.force_login(UserFactory(**trait))
    for name, args in (
        ("previews", []),
        ("preview_mail", [MAILS[0].slug]),
        ("preview_paper", [PAPERS[0].slug]),
    ):
        assert client.get(reverse(f"admin:{name}", args=args), follow=True).status_code == 403
