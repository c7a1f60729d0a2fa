"""The house rules that code can check. Imports between rooms are checked by import-linter (pyproject.toml)."""

from pathlib import Path

from django.apps import apps
from django.conf import settings

ROOMS = ["common", "partners", "conventions", "offers", "invitations", "evaluations", "billetterie"]
ROOT = Path(settings.BASE_DIR)


def ours():
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in ROOMS]


def test_foreign_keys_point_downwards():
    upwards = [
        f"{model._meta.label}.{field.name}"
        for model in ours()
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model._meta.app_label in ROOMS
        if ROOMS.index(field.related_model._meta.app_label) > ROOMS.index(model._meta.app_label)
    ]
    assert upwards == []


def test_models_speak_french_and_name_nobody_by_surprise():
    for model in ours():
        if not model._meta.auto_created:
            assert "verbose_name" in model._meta.original_attrs, model
            assert "__str__" in {name for kind in model.__mro__[:-2] for name in vars(kind)}, model


def test_templates_and_pages_hold_no_inline_script_or_style():
    guilty = []
    for template in (ROOT / "templates").rglob("*.html"):
        if "emails" in template.parts or "email" in template.parts or "pdf" in template.parts:
            continue  # neither is a page of the site
        text = template.read_text()
        if "style=" in text or "<style" in text or " onclick=" in text or "javascript:" in text:
            guilty.append(template.name)
        if "<script" in text and "<script src=" not in text and "<script defer" not in text:
            guilty.append(template.name)
    assert guilty == []


def test_pages_ask_nothing_of_third_parties():
    for template in (ROOT / "templates").rglob("*.html"):
        text = template.read_text()
        assert 'src="http' not in text and 'href="https://cdn' not in text, template
