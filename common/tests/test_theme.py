"""The palette keeps its promise: WCAG AA in light and in dark, whatever colour somebody changes."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TEXT, LINE = 4.5, 3.0
KINDS = ("show", "concert", "cinema", "exhibition", "visit", "talk", "workshop", "match", "other")
PAIRS = [
    ("ink", "ground", TEXT),
    ("ink", "surface", TEXT),
    ("ink", "sunk", TEXT),
    ("ink-soft", "ground", TEXT),
    ("ink-soft", "surface", TEXT),
    ("ink-soft", "sunk", TEXT),
    ("link", "ground", TEXT),
    ("link", "surface", TEXT),
    ("link", "tint", TEXT),
    ("on-action", "action", TEXT),
    ("on-action", "action-hover", TEXT),
    ("on-masthead", "masthead", TEXT),
    ("on-mimosa", "mimosa", TEXT),
    ("danger", "surface", TEXT),
    ("line-strong", "surface", LINE),
    ("line-strong", "ground", LINE),
    ("focus", "ground", LINE),
    ("focus", "surface", LINE),
    ("mimosa", "masthead", LINE),
    *((state, f"{state}-tint", TEXT) for state in ("ok", "warn", "danger", "info", "off")),
    *((f"{kind}-ink", kind, TEXT) for kind in KINDS),
]


def palettes() -> dict[str, dict[str, str]]:
    css = (Path(settings.BASE_DIR) / "static/common/css/tokens.css").read_text()
    light, dark = re.split(r"@media \(prefers-color-scheme: dark\)", css.split("@media (prefers-contrast")[0])
    tokens = re.compile(r"--([\w-]+):\s*([^;]+);")
    by_default = dict(tokens.findall(light))
    return {"light": by_default, "dark": by_default | dict(tokens.findall(dark))}


def luminance(palette: dict[str, str], name: str) -> float:
    value = palette[name]
    while indirect := re.fullmatch(r"var\(--([\w-]+)\)", value):
        value = palette[indirect[1]]
    channels = (int(value[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_palette_contrast_is_enough(mode, front, back, least):
    palette = palettes()[mode]
    darker, lighter = sorted((luminance(palette, front), luminance(palette, back)))

    assert (lighter + 0.05) / (darker + 0.05) >= least


def test_vendored_files_name_no_source_map():
    """A named map that isn't there would stop collectstatic."""
    vendored = [
        path
        for path in (Path(settings.BASE_DIR) / "static/vendor").rglob("*.*")
        if path.suffix in {".css", ".js"}
    ]

    assert vendored
    assert not [path.name for path in vendored if "sourceMappingURL" in path.read_text()]
