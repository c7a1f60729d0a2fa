"""`manage.py screenshots`: makes every picture of the guides and of the README again, from docs/screenshots.toml.

It wants a database of its own, empty: it loads the demonstration season of a fixed day there, stops the clock at
that day, serves the portal on this machine and goes through it in Chromium, as the stories of the file say.
`./portail screenshots` gives it such a database. Everything it needs besides the portal stands in
requirements-dev.txt.
"""

import base64
import io
import re
import shutil
import threading
import tomllib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from string import Template
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pypdfium2
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import override_settings
from django.utils import timezone
from django.utils.html import escape
from PIL import Image
from playwright.sync_api import Browser, Error, Locator, Page, ViewportSize, expect, sync_playwright

from billetterie.demo import accounts, season, signatures
from common.errors import DomainError
from common.models import Attempts, OutboxMessage

STORIES = settings.BASE_DIR / "docs" / "screenshots.toml"
PICTURES = settings.BASE_DIR / "docs" / "images"
HOST = "billetterie.example"  # what the pages say of their own address
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
NO_CHROMIUM = (
    "Chromium est introuvable sur cette machine. Installez-le (Debian, Ubuntu : « apt-get install chromium »), "
    "puis relancez."
)
SCREENS: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True},
}
PATIENCE = 15_000  # milliseconds
MOVING = ".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added"  # a part that is being replaced
MARGIN = 16  # CSS pixels around a part of a page
PDF_DPI = 110
SAMPLE_HEIGHT = 1050  # CSS pixels
MAIL_SIZE: ViewportSize = {"width": 380, "height": 300}  # CSS pixels; a picture is as high as its mail
FETCH = """async address => {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address} : ${answer.status}`);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(""));
}"""
# Chromium writes dates in the language of its own packages; the guides show them as a French browser does.
SHOW_FRENCH_DATES = """() => document.querySelectorAll("input[type=date], input[type=time]").forEach(field => {
    const [kind, value] = [field.type, field.value];
    field.type = "text";
    field.dataset.was = JSON.stringify([kind, value]);
    field.value = kind === "time" ? value || "--:--" : value.split("-").reverse().join("/") || "jj/mm/aaaa";
})"""
PUT_DATES_BACK = """() => document.querySelectorAll("input[data-was]").forEach(field => {
    [field.type, field.value] = JSON.parse(field.dataset.was);
    delete field.dataset.was;
})"""
PEOPLE = {
    "lead": accounts.LEAD,
    "worker": accounts.WORKER,
    "venue": accounts.VENUE,
    "staff": accounts.STAFF,
    "new_staff": accounts.NEW_STAFF,
}


class QuietHandler(WSGIRequestHandler):
    """Answers without writing a line for each request."""

    def log_message(self, format, *args):
        pass


@dataclass
class Reader:
    """A browser's tab that follows the steps of a story and keeps the pictures it is asked for."""

    page: Page
    kept: dict[str, Image.Image] = field(default_factory=dict)
    samples: dict[str, dict[str, Image.Image]] = field(default_factory=dict)  # of one kind, by title

    def follow(self, steps: list[dict[str, Any]]) -> None:
        """Do each step; its first key names the verb, the others are its options."""
        for step in steps:
            verb, *_ = step
            try:
                getattr(self, verb)(**step)
            except Error as problem:
                raise CommandError(f"L'étape {step} ne va plus ({self.page.url}) : {problem}") from problem

    def sign_in(self, who: str) -> None:
        """Sign in as an account of the demonstration, or with its visitor code."""
        if who == "visitor":
            self.open("/visite/")
            code = next(entry.sign_in for entry in ENTRIES if entry.label == accounts.VISITOR_LABEL)
            self.fill("Votre code", to=code)
            self.press("Voir les sorties")
        elif who in PEOPLE:
            self.open("/compte/connexion/")
            self.page.locator("[name=login]").fill(PEOPLE[who].email)
            self.page.locator("[name=password]").fill(accounts.PASSWORD)
            self.page.locator("main form button").first.click()
            self._settle()
        if who == "staff":
            with ThreadPoolExecutor(1) as apart:  # Playwright's loop keeps this thread from the database
                self.page.locator("[name=code]").fill(apart.submit(fresh_code).result())
            self.page.locator("main form button").first.click()
            self._settle()

    def open(self, open: str) -> None:
        """Go to a path of the portal."""
        answer = self.page.goto(f"http://{HOST}{open}")
        if answer is None or answer.status >= 400:
            raise CommandError(f"{open} répond {answer and answer.status}")
        self._settle()

    def mailed(self, mailed: str, to: str) -> None:
        """Open the page that the last mail to this address leads to, of those whose effect begins with `mailed`."""
        with ThreadPoolExecutor(1) as apart:
            self.open(apart.submit(path_in_mail, mailed, to).result())

    def click(self, click: str, nth: int = 0) -> None:
        """Follow the link that says `click`, or the `nth` of them."""
        self.page.get_by_role("link", name=click).nth(nth).click()
        self._settle()

    def press(self, press: str, nth: int = 0) -> None:
        """Press the button that says `press`, or the `nth` of them."""
        self.page.get_by_role("button", name=press).nth(nth).click()
        self._settle()

    def unfold(self, unfold: str) -> None:
        """Open the folded part whose title holds `unfold`."""
        self.page.locator("summary", has_text=unfold).first.click()

    def fill(self, fill: str, to: str, nth: int = 0) -> None:
        """Type `to` in the field labelled `fill`."""
        self._field(fill).nth(nth).fill(to)
        self._settle()

    def choose(self, choose: str, to: str | int, nth: int = 0) -> None:
        """Choose, in the list labelled `choose`, the option that says `to`, or the one of that rank."""
        listed = self._field(choose).nth(nth)
        if isinstance(to, int):
            listed.select_option(index=to)
        else:
            listed.select_option(label=to)
        self._settle()

    def check(self, check: str) -> None:
        """Tick the box labelled `check`."""
        self._field(check).first.check()

    def picture(self, picture: str, of: str = "", to: str = "", height: int = 0) -> None:
        """Keep a picture of the screen, or of the part `of` (down to the part `to`), at most `height` pixels high."""
        self.page.evaluate("document.activeElement && document.activeElement.blur()")
        self.page.mouse.move(0, 0)
        # The caret stays: hiding it would add a style, which the pages' policy refuses.
        options: dict[str, Any] = {"caret": "initial"}
        if of:
            options |= {"full_page": True, "clip": self._frame(of, to, height)}
        self.page.evaluate(SHOW_FRENCH_DATES)
        self.kept[picture] = read_image(self.page.screenshot(**options))
        self.page.evaluate(PUT_DATES_BACK)

    def sample(self, sample: str, titled: str) -> None:
        """Keep the top of the page as a sample of one kind."""
        self.picture("_", of="body", height=SAMPLE_HEIGHT)
        self.samples.setdefault(sample, {})[titled] = self.kept.pop("_")

    def paper(self, paper: str, of: str) -> None:
        """Keep a picture of the first page of the PDF behind the link that says `of`."""
        self.kept[paper] = self._page(self.page.get_by_role("link", name=of).first.get_attribute("href"), 0)

    def papers(self, papers: str, of: str) -> None:
        """Keep a sample, the last page, of each PDF that this page links to, at addresses that begin with `of`."""
        self.samples[papers] = {title: self._page(address) for title, address in self._links(of)}

    def mails(self, mails: str, of: str) -> None:
        """Keep a sample of each mail that this page links to, at addresses that begin with `of`."""
        self.page.set_viewport_size(MAIL_SIZE)
        kept = self.samples[mails] = {}
        for title, address in self._links(of):
            self.open(f"{address}html/")
            kept[title] = read_image(self.page.screenshot(full_page=True, caret="initial"))

    def _links(self, begin: str) -> list[tuple[str, str]]:
        """What the links to addresses that begin so say, and where they lead."""
        found = self.page.locator(f"a[href^='{begin}']").all()
        return [(link.inner_text(), link.get_attribute("href") or "") for link in found]

    def _page(self, address: str | None, number: int | None = None) -> Image.Image:
        """That page of a PDF, or its last one."""
        document = pypdfium2.PdfDocument(base64.b64decode(self.page.evaluate(FETCH, address)))
        page = document[len(document) - 1 if number is None else number]
        return page.render(scale=PDF_DPI / 72).to_pil().convert("RGB")

    def _field(self, label: str) -> Locator:
        """The visible fields with this label, its asterisk aside."""
        named = self.page.get_by_label(re.compile(rf"^\s*{re.escape(label)}\s*\*?\s*$"))
        return named.locator("visible=true")

    def _settle(self) -> None:
        self.page.wait_for_load_state("networkidle")
        expect(self.page.locator(MOVING)).to_have_count(0)

    def _frame(self, of: str, to: str, height: int) -> dict[str, float]:
        """Where, on the whole page, `of` begins and `to` (or `of` itself) ends."""
        first, last = self._box(self.page.locator(of).first), self._box(self.page.locator(to or of).last)
        top, left = max(0, first["y"] - MARGIN), max(0, min(first["x"], last["x"]) - MARGIN)
        right = max(first["x"] + first["width"], last["x"] + last["width"]) + MARGIN
        bottom = last["y"] + last["height"] + MARGIN
        width = self.page.evaluate("document.documentElement.clientWidth")
        return {
            "x": left,
            "y": top,
            "width": min(right, width) - left,
            "height": min(bottom - top, height or bottom),
        }

    def _box(self, part: Locator) -> dict[str, float]:
        return part.evaluate(
            "part => { const box = part.getBoundingClientRect();"
            " return {x: box.x + scrollX, y: box.y + scrollY, width: box.width, height: box.height}; }"
        )


ENTRIES: list[accounts.Entry] = []


def fresh_code() -> str:
    """The staff account's code, as if it had never served: the clock stands, so it is always the same."""
    Attempts.objects.filter(slot__startswith="code-used:").delete()
    cache.clear()
    code = accounts.staff_code()
    connection.close()
    return code.digits


def path_in_mail(effect: str, recipient: str) -> str:
    """The path of the first link in the last mail of this effect to this address."""
    mail = OutboxMessage.objects.filter(effect__startswith=effect, recipient=recipient).latest("created_at")
    connection.close()
    found = re.search(r"https?://[^/\s]+(/\S+)", mail.text)
    if not found:
        raise CommandError(f"Le mail {effect} ne mène nulle part.")
    return found[1]


def read_image(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def as_png(picture: Image.Image, *, kilobytes: int) -> bytes:
    """The picture with a palette, in at most so many `kilobytes`: fewer colours, then fewer pixels until it fits."""
    while True:
        for colours in (256, 128, 64, 32):
            small = io.BytesIO()
            with_palette(picture, colours).save(small, "PNG", optimize=True)
            if small.tell() <= kilobytes * 1000:
                return small.getvalue()
        picture = picture.resize(
            (picture.width * 9 // 10, picture.height * 9 // 10), Image.Resampling.LANCZOS
        )


def with_palette(picture: Image.Image, colours: int) -> Image.Image:
    """The picture in its own most frequent `colours`: flat parts keep theirs, and nothing is dotted."""
    seen: Counter[tuple[int, int, int]] = Counter(picture.get_flattened_data())  # type: ignore[arg-type]
    frequent = sorted(seen, key=lambda colour: (-seen[colour], colour))[:colours]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in frequent for part in colour])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def as_address(picture: Image.Image) -> str:
    """The picture as a data: address, for a page that shows it."""
    content = io.BytesIO()
    picture.save(content, "PNG")
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"


def as_figures(samples: dict[str, Image.Image]) -> str:
    """Pictures with their titles, for a page that shows them."""
    return "".join(
        f'<figure><figcaption>{escape(title)}</figcaption><img src="{as_address(picture)}" alt=""></figure>'
        for title, picture in samples.items()
    )


@contextmanager
def served() -> Iterator[int]:
    """The portal answering on a free port of this machine, which is given."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def steady_codes(seed: int) -> Iterator[None]:
    """New numbers and tokens come out the same each time, so that pictures don't change without a reason."""
    draw = Random(seed)

    def token_urlsafe(size: int) -> str:
        return base64.urlsafe_b64encode(draw.randbytes(size)).rstrip(b"=").decode()

    steady = SimpleNamespace(choice=draw.choice, token_urlsafe=token_urlsafe)
    with mock.patch("common.codes.secrets", steady):
        yield


class Command(BaseCommand):
    help = "Refait toutes les images des guides (docs/screenshots.toml), dans une base vide faite pour cela."

    def add_arguments(self, parser):
        parser.add_argument(
            "--into", type=Path, default=PICTURES, metavar="DOSSIER", help="où écrire les images"
        )
        parser.add_argument(
            "--only", default="", metavar="MOT", help="les histoires dont le nom contient ce mot"
        )

    def handle(self, *args, into: Path, only: str, **options):
        chromium = next(filter(None, map(shutil.which, CHROMIUMS)), None)
        if chromium is None:
            raise CommandError(NO_CHROMIUM)
        book = tomllib.loads(STORIES.read_text())
        at = timezone.make_aware(book["at"])
        with self.portal(seed=book["seed"], at=at) as port, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium,
                args=[
                    *("--no-sandbox", "--disable-gpu", f"--host-resolver-rules=MAP {HOST} 127.0.0.1:{port}"),
                    f"--unsafely-treat-insecure-origin-as-secure=http://{HOST}",  # the door's page asks for https
                ],
            )
            kept: dict[str, Image.Image] = {}
            samples: dict[str, dict[str, Image.Image]] = {}
            for story in book["story"]:
                if only in story["name"]:
                    self.stderr.write(story["name"])
                    reader = self.read(browser, story)
                    kept |= reader.kept
                    for kind, more in reader.samples.items():
                        samples.setdefault(kind, {}).update(more)
            for name, picture in kept.items():
                if not name.startswith("_"):
                    self.keep(into / f"{name}.png", picture, kilobytes=book["kilobytes"])
            for sheet in book["sheet"]:
                if "samples" in sheet and sheet["samples"] in samples:
                    words = {"figures": as_figures(samples[sheet["samples"]])}
                elif "of" in sheet and kept.keys() >= set(sheet["of"].values()):
                    words = {name: as_address(kept[source]) for name, source in sheet["of"].items()}
                else:  # what it is made of belongs to a story that wasn't asked for
                    continue
                picture = self.lay_out(browser, sheet, words)
                self.keep(into / f"{sheet['picture']}.png", picture, kilobytes=sheet["kilobytes"])
            browser.close()

    @contextmanager
    def portal(self, *, seed: int, at: datetime) -> Iterator[int]:
        """The demonstration season of the day of `at`, served with the clock stopped at that moment."""
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        ours = override_settings(ALLOWED_HOSTS=[HOST], BASE_URL=f"http://{HOST}")
        with ours, time_machine.travel(at, tick=False), steady_codes(seed):
            try:
                season.load_season(seed=seed, on=timezone.localdate())
                signatures.sign_some(on=timezone.localdate())
            except DomainError as refusal:
                raise CommandError(refusal.sentence) from None
            ENTRIES[:] = accounts.entries()
            with served() as port:
                yield port

    def read(self, browser: Browser, story: dict[str, Any]) -> Reader:
        """Whoever followed one story, with its pictures."""
        screen = SCREENS[story.get("screen", "desk")]
        context = browser.new_context(
            locale="fr-FR",
            timezone_id="Europe/Paris",
            color_scheme="light",
            reduced_motion="reduce",
            device_scale_factor=story.get("scale", 1.5),
            **screen,
        )
        context.set_default_timeout(PATIENCE)
        reader = Reader(context.new_page())
        reader.sign_in(story.get("who", "nobody"))
        reader.follow(story["steps"])
        context.close()
        return reader

    def lay_out(self, browser: Browser, sheet: dict[str, Any], words: dict[str, str]) -> Image.Image:
        """A picture made of others, as the page `sheet["page"]` arranges them: as high as they are, or `height`."""
        text = Template((STORIES.parent / sheet["page"]).read_text())
        page = browser.new_page(viewport={"width": sheet["width"], "height": sheet.get("height", 100)})
        page.set_content(text.substitute(words))
        page.wait_for_load_state("networkidle")
        picture = read_image(page.screenshot(full_page="height" not in sheet))
        page.close()
        return picture

    def keep(self, path: Path, picture: Image.Image, *, kilobytes: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_png(picture, kilobytes=kilobytes))
        self.stdout.write(f"{path} ({path.stat().st_size // 1000} ko)")
