"""Papers: tagged, closed to the network and to files, the right letters, one page where one is asked."""

import re
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread

import pypdfium2
import pytest
import zxingcpp
from django.conf import settings
from django.test import override_settings
from PIL import Image, ImageChops
from pypdf import PdfReader

from common import pdf
from common.pdf import PaperTooLong, qr_picture, render_pdf

PAGE = '{% extends "common/pdf/base.html" %}{% block content %}BODY{% endblock content %}'


@pytest.fixture
def paper():
    """Draw a paper from a template's body, and give back its bytes."""

    def draw(body: str, **options) -> bytes:
        here = {"invitations/pdf/invitation.html": PAGE.replace("BODY", body)}
        loaders = [
            ("django.template.loaders.locmem.Loader", here),
            ("django.template.loaders.filesystem.Loader", settings.TEMPLATES[0]["DIRS"]),
        ]
        engine = {**settings.TEMPLATES[0], "APP_DIRS": False}
        engine["OPTIONS"] = {**engine["OPTIONS"], "loaders": loaders}
        with override_settings(TEMPLATES=[engine]):
            context = options.pop("context", {})
            return render_pdf(
                template="invitations/pdf/invitation.html", context=context, title="Un titre", **options
            )

    return draw


@pytest.fixture
def listener():
    """A web server on this machine; the paths asked of it are in `asked`."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.asked = asked
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def text_of(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def test_paper_is_tagged_with_its_language_and_title(paper):
    reader = PdfReader(BytesIO(paper("<h1>Bonjour</h1>", lang="uk")))
    catalogue = reader.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/StructTreeRoot"]["/K"]
    assert catalogue["/Lang"] == "uk"
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == "Un titre"
    assert b"pdfuaid" in catalogue["/Metadata"].get_data()


def test_paper_is_the_same_bytes_each_time(paper):
    assert paper("<p>Łukasz et Олена</p>") == paper("<p>Łukasz et Олена</p>")


@pytest.mark.parametrize(
    "words",
    [
        "Łukasz Ştefănescu",
        "Nguyễn Thị Hằng Đặng",
        "Œuvrard-Ñuñez Ægir Žižek Ðorđe",
        "Олександра Їжакевич Ґанна",
        "محمد",
        "پژمان گل",
        "ሰላም ተስፋይ",
    ],
)
def test_paper_draws_the_letters_of_every_name(paper, words):
    content = paper("<h1>{{ words }}</h1><p>{{ words }}</p>", context={"words": words})
    # Glyph 0 (.notdef) has no text behind it: a name read back whole was drawn whole.
    read = text_of(content).replace(" ", "")  # pypdf sees a gap where the font changes
    assert "\ufffd" not in read and "\x00" not in read
    for word in words.split():
        assert word in read or word[::-1] in read
    for font in fonts_of(content):
        assert "Noto" in font or "Bricolage" in font, f"{font} is not ours"


def fonts_of(content: bytes) -> set[str]:
    reader = PdfReader(BytesIO(content))
    return {
        font.get_object()["/BaseFont"]
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    }


def test_fonts_have_a_family_each():
    """Two files of one family and weight are one font to WeasyPrint: it would draw the shapes of the wrong one."""
    met = set()
    for sheet in (Path(settings.STATICFILES_DIRS[0]) / "common/pdf").glob("*.css"):
        for face in re.findall(r"@font-face \{.*?\n\}", sheet.read_text(), re.S):
            family, weight = re.search(r'family: "(.+?)"', face)[1], re.search(r"weight: (\d+)", face)[1]
            assert (family, weight) not in met
            met.add((family, weight))
            assert (sheet.parent / re.search(r'url\("(.+?)"\)', face)[1]).exists()
    assert len(met) > 8


def test_paper_leaves_out_emoji_and_marks_that_turn_text_around(paper):
    content = paper("<p>{{ words }}</p>", context={"words": "Bal 🎭\u202emasqué\u0007"})
    assert text_of(content) == "Bal masqué"


def test_paper_asks_nothing_of_the_network(paper, listener, caplog):
    there = f"http://127.0.0.1:{listener.server_port}"
    body = (
        f'<link rel="stylesheet" href="{there}/a.css"><img alt="" src="{there}/b.png">'
        f'<style>@import "{there}/c.css"; @font-face {{ font-family: X; src: url({there}/d.woff) }}'
        f" p {{ background: url({there}/e.png) }}</style>"
        f'<object data="{there}/f.svg"></object><p>Il reste le texte.</p>'
        f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{there}/g.png"/></svg>'
    )
    assert "Il reste le texte." in text_of(paper(body))
    assert listener.asked == []


def test_paper_reads_no_file_but_the_portal_s_own(paper, tmp_path, monkeypatch):
    canary = tmp_path / "secret.png"
    canary.write_bytes((Path(settings.STATICFILES_DIRS[0]) / "common/pdf/logo.png").read_bytes())
    read = []
    monkeypatch.setattr(
        Path, "read_bytes", lambda path, plain=Path.read_bytes: read.append(path) or plain(path)
    )
    own = Path(settings.STATICFILES_DIRS[0]) / "common/pdf"
    up = "../" * 12
    images = [
        canary.as_uri(),
        f"{own.as_uri()}/{up}{canary}",
        f"{own.as_uri()}/%2e%2e/%2e%2e/%2e%2e/manage.py",
    ]
    content = paper("".join(f'<img alt="x" src="{image}">' for image in images))
    assert not PdfReader(BytesIO(content)).pages[0].images
    assert all(path.is_relative_to(settings.STATICFILES_DIRS[0]) for path in read)
    drawn = paper(f'<img alt="x" src="{(own / "logo.png").as_uri()}">')
    assert PdfReader(BytesIO(drawn)).pages[0].images, "the test must be able to see a picture"


def test_paper_goes_on_after_a_refused_address(paper):
    paper('<img alt="" src="file:///etc/passwd">')
    assert "Toujours là" in text_of(paper("<p>Toujours là</p>"))


def test_paper_gets_smaller_to_hold_on_its_pages(paper):
    body = "<p>{{ words }}</p>"
    words = "Il était une fois une phrase. " * 260
    assert len(PdfReader(BytesIO(paper(body, context={"words": words}))).pages) > 1
    assert len(PdfReader(BytesIO(paper(body, context={"words": words}, pages=1))).pages) == 1


def test_paper_of_absurd_length_is_refused(paper, monkeypatch):
    monkeypatch.setattr(pdf, "HTML_MAX", 5_000)
    with pytest.raises(PaperTooLong):
        paper("<p>{{ words }}</p>", context={"words": "x" * 5_000})


def test_qr_says_the_text_and_keeps_its_quiet_zone(paper):
    address = "https://billetterie.association-culturelle.example/i/aB3dE6gH9jK2mN5pQ8sT1v/"
    dots = Image.open(BytesIO(b64decode(qr_picture(address).partition(",")[2]))).convert("1")
    quiet = ImageChops.invert(dots).getbbox()[0]
    assert quiet == 4 and (dots.width - 2 * quiet) / dots.width >= 0.8
    content = paper(
        '<img alt="code" style="width: 40mm" src="{{ qr }}">', context={"qr": qr_picture(address)}
    )
    picture = pypdfium2.PdfDocument(content)[0].render(scale=200 / 72).to_pil().convert("1", dither=0)
    assert [code.text for code in zxingcpp.read_barcodes(picture.convert("L"))] == [address]
