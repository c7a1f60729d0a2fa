"""What every template may say without writing HTML twice: icons, badges, pictures of a kind of event, dates.

Dates and hours are spoken in Europe/Paris whatever the zone they come in, in French unless the page speaks another
language (common/languages.py); an empty value gives an empty text.
"""

from datetime import date, datetime
from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from common import money
from common.languages import LANGUAGES, Language, Phrasebook, in_paris, phrases, speaking, spoken
from common.templatetags.icons import DRAWINGS

register = template.Library()


NO_BREAK_SPACE = "\u00a0"
HELLO = "«\u00a0Bonjour, j’ai une invitation.\u00a0»"

ICON_SIZES = {"sm", "md", "lg", "xl"}
BADGE_ICONS = {"ok": "check", "warn": "warning", "off": "cross", "info": "info", "danger": "warning"}
EVENT_KINDS = {"show", "concert", "cinema", "exhibition", "visit", "talk", "workshop", "match", "other"}
KIND_ART_SIZES = {"md": (96, 72), "lg": (384, 288)}


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, size: str = "md") -> SafeString:
    """Inline SVG of the icon `name`, hidden from screen readers: a text must stand beside it.

    `size` is sm, md, lg or xl (16, 20, 28, 48 px). An unknown name or size is the template's mistake and raises
    TemplateSyntaxError.
    """
    if name not in DRAWINGS or size not in ICON_SIZES:
        raise template.TemplateSyntaxError(
            f"No icon named {name!r} in size {size!r}: see common/templatetags/icons.py"
        )
    return mark_safe(  # noqa: S308 - both parts are ours
        f'<svg class="icon icon-{size}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{DRAWINGS[name]}</svg>'
    )


@register.simple_tag
def badge(kind: str, text: str, icon_name: str | None = None) -> SafeString:
    """A short state in words, tinted by `kind` (ok, warn, off, info, danger), with that kind's icon or `icon_name`."""
    if kind not in BADGE_ICONS:
        raise template.TemplateSyntaxError(
            f"No badge of kind {kind!r}: choose one of {', '.join(BADGE_ICONS)}"
        )
    return mark_safe(  # noqa: S308 - kind is checked, text escaped
        f'<span class="badge badge-{kind}">{icon(icon_name or BADGE_ICONS[kind], "sm")}'
        f"<span>{conditional_escape(text)}</span></span>"
    )


@register.simple_tag
def kind_art(kind: str, size: str = "md") -> SafeString:
    """The portal's own picture for a kind of event, decorative; an unknown kind gets the picture of `other`."""
    width, height = KIND_ART_SIZES[size]
    return format_html(
        '<img class="kind-art kind-art-{}" src="{}" alt="" width="{}" height="{}" loading="lazy">',
        size,
        static(f"common/img/kinds/{kind if kind in EVENT_KINDS else 'other'}.svg"),
        width,
        height,
    )


@register.simple_tag(takes_context=True)
def nav_link(context: template.Context, url_name: str, icon_name: str, label: str) -> SafeString:
    """One entry of the main menu, marked as current on its page and on the pages below it."""
    target = reverse(url_name)
    path = getattr(context.get("request"), "path", "")
    current = path == target or (path.startswith(target) and target != reverse("home"))
    return format_html(
        '<li><a href="{}"{}>{} {}</a></li>',
        target,
        mark_safe(' aria-current="page"' if current else ""),  # noqa: S308 - ours
        icon(icon_name),
        label,
    )


@register.filter
def day_long(moment: date | datetime | None) -> str:
    """“vendredi 24 novembre 2026”, “mardi 1er décembre 2026”."""
    day = _paris_day(moment)
    return spoken().day_long(day) if day else ""


@register.filter
def day_plain(moment: date | datetime | None) -> str:
    """“24 novembre 2026”, “1er décembre 2026”, as letters write it."""
    day = _paris_day(moment)
    return spoken().day_plain(day) if day else ""


@register.filter
def day_short(moment: date | datetime | None) -> str:
    """“ven. 24 nov.”, for lists where the year goes without saying."""
    day = _paris_day(moment)
    return spoken().day_short(day) if day else ""


@register.filter
def weekday(moment: date | datetime | None) -> str:
    """“vendredi”"""
    day = _paris_day(moment)
    return spoken().weekday(day) if day else ""


@register.filter
def weekday_short(moment: date | datetime | None) -> str:
    """“ven.”"""
    day = _paris_day(moment)
    return spoken().weekday_short(day) if day else ""


@register.filter
def day_number(moment: date | datetime | None) -> str:
    """“24”, “1er”: the big figure on a ticket's stub."""
    day = _paris_day(moment)
    return spoken().day_number(day) if day else ""


@register.filter
def month_short(moment: date | datetime | None) -> str:
    """“nov.”, “mai”."""
    day = _paris_day(moment)
    return spoken().month_short(day) if day else ""


@register.filter
def month_of_year(day: date) -> str:
    """“novembre 2026”."""
    return f"{spoken().month(day)} {day.year}"


@register.filter
def weekday_long(day: date) -> str:
    """“vendredi”."""
    return spoken().weekday(day)


@register.filter
def paris_day(moment: datetime) -> date:
    """The day of a moment, in Europe/Paris."""
    return in_paris(moment).date()


@register.filter
def day_iso(moment: date | datetime | None) -> str:
    """“2026-11-24”, for the datetime attribute of <time>."""
    day = _paris_day(moment)
    return day.isoformat() if day else ""


@register.filter
def hour(moment: datetime | None) -> str:
    """“20 h 30”, “20 h”, held together by no-break spaces. A datetime without zone is read as UTC."""
    return spoken().hour(moment) if moment else ""


def _paris_day(moment: date | datetime | None) -> date | None:
    if not moment:
        return None
    return in_paris(moment).date() if isinstance(moment, datetime) else moment


# --- Languages (common/languages.py) --------------------------------------------------------------


@register.simple_tag(name="say")
def say_tag(key: str, **values: object) -> SafeString:
    """A sentence of the phrasebook: `{% say "paper.arrive" hour=starts_at|hour minutes=20 %}`; values are escaped.

    Each value stands apart from the direction of the words around it, so that a telephone number in an Arabic
    sentence keeps its order.
    """
    book = spoken()
    sentence = conditional_escape(book[key])
    if book.language.direction == "rtl":
        values = {name: format_html("<bdi>{}</bdi>", value) for name, value in values.items()}
    return format_html(sentence, **values) if values else sentence


@register.simple_tag
def spoken_language() -> Phrasebook:
    """The phrasebook of the page: `{% spoken_language as book %}`."""
    return spoken()


@register.simple_tag
def all_languages() -> list[Language]:
    """Every language of the switch, in its order."""
    return list(LANGUAGES.values())


@register.filter
def french(words: object) -> object:
    """What is written in French whatever the page's language: a title, an address; marked as such elsewhere."""
    if spoken().is_french or not words:
        return words
    return format_html('<bdi lang="fr">{}</bdi>', words)


@register.simple_tag
def in_french(*words: object) -> object:
    """The words that say something, joined as French does, and marked as `french` does: a place, its town."""
    return french(", ".join(str(word) for word in words if word))


@register.simple_tag
def hello() -> SafeString:
    """What a person says at the door, in French whatever they read: the door understands it."""
    return format_html('<strong lang="fr">{}</strong>', HELLO)


@register.tag(name="speaking")
def speaking_tag(parser, token):
    """`{% speaking book %}…{% endspeaking %}` says what is inside in the language of a phrasebook or a code."""
    _, book = token.split_contents()
    inside = parser.parse(["endspeaking"])
    parser.delete_first_token()
    return _Speaking(parser.compile_filter(book), inside)


class _Speaking(template.Node):
    def __init__(self, book: template.base.FilterExpression, inside: template.NodeList) -> None:
        self.book = book
        self.nodelist = inside

    def render(self, context: template.Context) -> SafeString:
        book = self.book.resolve(context)
        with speaking(phrases(book) if isinstance(book, str) else book):
            return self.nodelist.render(context)


@register.filter
def several(number: int) -> str:
    """The “s” of a French plural: none for 0 and 1."""
    return "s" if number > 1 else ""


@register.filter
def duration(minutes: int | None) -> str:
    """“1 h 30”, “45 min”; nothing for nothing."""
    return spoken().duration(minutes) if minutes else ""


@register.filter
def percent(part: float | None) -> str:
    """“38 %” for 0.38, with its no-break space; a dash where nothing is known."""
    return "–" if part is None else f"{round(part * 100)}{NO_BREAK_SPACE}%"


@register.filter
def whole(number: float | None) -> str:
    """“33” for 32.6: a number of things, without decimals; a dash where nothing is known."""
    return "–" if number is None else str(round(number))


@register.filter
def euros(cents: int | None) -> str:
    """“25,00 €” for 2500 cents."""
    return money.euros(cents)
