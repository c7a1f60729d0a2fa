"""Pictures of events: drawn anew, cropped where it matters, refused with a sentence (C1, safety: uploads)."""

import zlib
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from common.errors import DomainError
from offers import services
from offers.models import Event, Picture
from offers.pictures import crop_again, draw
from offers.tests.factories import EventFactory, PerformanceFactory, PictureFactory, a_photo
from offers.tests.test_views_programme import text

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def halves() -> bytes:
    """A wide picture, red on the left and blue on the right."""
    picture = Image.new("RGB", (2000, 400), "blue")
    picture.paste((255, 0, 0), (0, 0, 1000, 400))
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def middle(content: bytes) -> str:
    picture = opened(content)
    red, _, blue = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))
    return "red" if red > blue else "blue"


# --- Drawn anew ----------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_picture_becomes_three_webp_files(format):
    drawn = draw(a_photo((1800, 1200), format))
    files = [opened(content) for content in (drawn.whole, drawn.page, drawn.card)]
    assert [file.format for file in files] == ["WEBP"] * 3
    assert [file.size for file in files] == [(1600, 1067), (1200, 675), (320, 240)]
    assert (drawn.width, drawn.height) == (1600, 1067)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "1"])
def test_every_way_of_writing_colours_is_read(mode):
    drawn = draw(a_photo((300, 300), "JPEG" if mode == "CMYK" else "PNG", colour=0, mode=mode))
    assert opened(drawn.card).mode == "RGB"


def test_what_is_transparent_is_white():
    drawn = draw(a_photo((300, 300), "PNG", colour=(0, 0, 0, 0), mode="RGBA"))
    assert min(opened(drawn.card).getpixel((5, 5))) > 250


def test_nothing_of_what_a_camera_says_is_kept():
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "45.76 N 4.83 E", 6  # a description, and turned by a quarter
    drawn = draw(a_photo((600, 300), exif=exif, comment=b"secret", icc_profile=b"profile"))
    assert (drawn.width, drawn.height) == (300, 600)
    for content in (drawn.whole, drawn.page, drawn.card):
        assert b"45.76" not in content and b"secret" not in content
        assert {"exif", "icc_profile", "comment", "xmp"}.isdisjoint(opened(content).info)


def test_a_second_file_inside_is_left_behind():
    polyglot = a_photo() + b"PK\x03\x04<script>alert(1)</script>"
    drawn = draw(polyglot)
    assert all(b"script" not in content for content in (drawn.whole, drawn.page, drawn.card))


def png_bomb() -> bytes:
    """A PNG of 60 kB that says it is 30 000 × 30 000."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    size = (30_000).to_bytes(4, "big") * 2
    rows = zlib.compress(bytes(30_001 * 2000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + b"\x08\x00\x00\x00\x00") + chunk(b"IDAT", rows)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "ne pouvons pas lire"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "JPEG, PNG ou WebP"),
        (b"GIF89a" + bytes(100), "JPEG, PNG ou WebP"),
        (a_photo(format="GIF"), "JPEG, PNG ou WebP"),
        (a_photo(format="TIFF"), "JPEG, PNG ou WebP"),
        (b"RIFF" + bytes(100), "ne pouvons pas lire"),
        (b"%PDF-1.7", "JPEG, PNG ou WebP"),
        (a_photo()[:600], "ne pouvons pas lire"),
        (b"\xff\xd8\xff<?php", "ne pouvons pas lire"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "ne pouvons pas lire"),
        (png_bomb(), "trop grande|ne pouvons pas lire"),
        (
            a_photo((5010, 5000), "PNG"),
            "trop grande (5010 × 5000 points)".replace("(", r"\(").replace(")", r"\)"),
        ),
        (a_photo((199, 900)), "trop petite"),
        (a_photo() + bytes(5_000_001), "dépasse 5 Mo"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(content, sentence):
    with pytest.raises(DomainError, match=sentence) as refused:
        draw(content)
    assert refused.value.field == "picture"


def test_crops_keep_the_point_that_matters():
    left, right = draw(halves(), focus=(0, 50)), draw(halves(), focus=(100, 50))
    assert [middle(drawn.card) for drawn in (left, right)] == ["red", "blue"]
    again = crop_again(left.whole, focus=(100, 50))
    assert middle(again.page) == "blue" and again.whole == left.whole
    assert left.name != again.name == right.name  # flat colours stay what they are


def test_the_same_picture_has_the_same_name():
    assert draw(a_photo()).name == draw(a_photo()).name != draw(a_photo(colour="red")).name


# --- Put up --------------------------------------------------------------------------------------


@pytest.fixture
def event(cast):
    return EventFactory(venue=cast.desk.venue, title="Le Bal")


def put(cast, event, content=None, alt="Un bal"):
    services.put_picture(
        shown_by=event, content=content or a_photo(), alt=alt, by=cast.desk, at=timezone.now()
    )
    event.refresh_from_db()
    return event.picture_id


def test_a_new_picture_takes_the_place_of_the_old_one_which_goes(cast, event):
    first, second = put(cast, event), put(cast, event, a_photo(colour="red"))
    assert first != second
    assert list(Picture.objects.values_list("pk", flat=True)) == [second]
    services.take_picture_off(shown_by=event, by=cast.desk, at=timezone.now())
    assert not Picture.objects.exists() and not event.picture_alt


def test_a_picture_that_another_event_shows_stays(cast, event):
    other = EventFactory(venue=cast.desk.venue)
    assert put(cast, event) == put(cast, other)
    services.take_picture_off(shown_by=event, by=cast.desk, at=timezone.now())
    other.refresh_from_db()
    assert Picture.objects.get() == other.picture


def test_changing_an_event_leaves_its_picture_alone(cast, event):
    name = put(cast, event)
    stale = Event.objects.get(pk=event.pk)
    stale.picture, stale.title = None, "Le Grand Bal"
    services.update_event(event=stale, by=cast.desk, at=timezone.now())
    event.refresh_from_db()
    assert (event.title, event.picture_id) == ("Le Grand Bal", name)


def test_nothing_is_adjusted_where_there_is_no_picture(cast, event):
    with pytest.raises(DomainError, match="plus d'image"):
        services.adjust_picture(shown_by=event, focus=(0, 0), alt="x", by=cast.desk, at=timezone.now())


# --- The pages -----------------------------------------------------------------------------------


def send(browser, event, content=None, **typed):
    files = {"picture": SimpleUploadedFile("a.jpg", content, "image/jpeg")} if content is not None else {}
    data = {"alt": "Un bal", **files, **typed}
    return browser.post(reverse("offers:event_picture", args=[event.pk]), data)


def test_a_venue_puts_a_picture_up_crops_it_and_takes_it_off(cast, event):
    desk = cast.browser("desk")
    assert "Envoyer l’image" in text(desk.get(reverse("offers:event_picture", args=[event.pk])))
    assert send(desk, event, halves(), focus="0-50").status_code == 302
    event.refresh_from_db()
    assert middle(bytes(event.picture.card)) == "red"
    assert send(desk, event, focus="100-50", alt="Un bal, la nuit").status_code == 302
    event.refresh_from_db()
    assert (middle(bytes(event.picture.card)), event.picture_alt) == ("blue", "Un bal, la nuit")
    assert send(desk, event, focus="100-50", alt="Un autre bal").status_code == 302
    event.refresh_from_db()
    assert event.picture_alt == "Un autre bal" and Picture.objects.count() == 1
    assert send(desk, event, remove="1").url == reverse("offers:event_manage", args=[event.pk])
    event.refresh_from_db()
    assert event.picture is None and not Picture.objects.exists()


@pytest.mark.parametrize(
    ("content", "typed", "field", "sentence"),
    [
        (None, {}, "picture", "Choisissez une image"),
        (b"", {}, "picture", "Ce fichier est vide"),
        (b"<svg/>", {}, "picture", "JPEG, PNG ou WebP"),
        (b"\xff\xd8\xff" + bytes(5_000_000), {}, "picture", "dépasse 5 Mo"),
        (a_photo(), {"alt": ""}, "alt", "Dites en quelques mots"),
        (a_photo(), {"alt": "   "}, "alt", "Dites en quelques mots"),
        (a_photo(), {"alt": "x" * 201}, "alt", "200 caractères"),
        (a_photo(), {"focus": "1-1"}, "focus", "choix valide"),
    ],
)
def test_a_picture_is_refused_by_its_field(cast, event, content, typed, field, sentence):
    answer = send(cast.browser("desk"), event, content, **typed)
    assert sentence in answer.context["form"].errors[field][0]
    assert sentence in text(answer)
    assert not Picture.objects.exists()


def test_a_picture_is_served_for_good_to_those_who_see_the_event(cast, event):
    name = put(cast, event)
    for crop, size in (("page", (1200, 675)), ("card", (320, 240))):
        answer = cast.browser("worker").get(reverse("offers:picture", args=[name, crop]))
        assert opened(answer.content).size == size
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    whole = reverse("offers:picture", args=[name, "whole"])
    assert cast.browser("desk").get(whole).status_code == 200
    for who in ("worker", "visitor", "other_desk"):
        assert cast.browser(who).get(whole).status_code == 404
    for wrong in ("name", "created_at", "x"):
        assert cast.browser("worker").get(f"/images/{name}/{wrong}.webp").status_code == 404
    Event.objects.update(state=Event.State.WITHDRAWN)
    assert cast.browser("worker").get(reverse("offers:picture", args=[name, "card"])).status_code == 404


def test_a_picture_shows_on_the_card_and_the_page_and_else_a_drawing_does(cast, event):
    PerformanceFactory(event=event)
    worker = cast.browser("worker")
    catalogue, page = reverse("offers:catalogue"), event.get_absolute_url()
    assert "kinds/show.svg" in text(worker.get(catalogue)) and "kinds/show.svg" in text(worker.get(page))
    name = put(cast, event, alt="Deux <danseuses>")
    assert reverse("offers:picture", args=[name, "card"]) in text(worker.get(catalogue))
    shown = text(worker.get(page))
    assert reverse("offers:picture", args=[name, "page"]) in shown
    assert 'alt="Deux &lt;danseuses&gt;"' in shown and "kinds/show.svg" not in shown


def test_staff_take_a_picture_off(cast, event):
    put(cast, event)
    data = {"action": "take_picture_off", "_selected_action": [str(event.pk)]}
    cast.browser("staff").post(reverse("admin:offers_event_changelist"), data)
    event.refresh_from_db()
    assert event.picture is None and not Picture.objects.exists()


def test_a_picture_row_says_little_of_itself():
    assert str(PictureFactory()).startswith("Image ")
