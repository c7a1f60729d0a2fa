"""Where a refusal of the domain is shown, and how days and hours are read."""

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting
from django.test.html import parse_html

from common.errors import DomainError, TooManyAttempts
from common.forms import DayField, DirectRenderer, HourField, LongSelect, attempt


class Booking(forms.Form):
    domain_fields = {"starts_at": "day"}
    day = DayField()
    hour = HourField(required=False)


def refuse(**arguments):
    raise arguments["error"]


@pytest.mark.parametrize(
    ("field", "shown"), [("day", "day"), ("starts_at", "day"), (None, "__all__"), ("unknown", "__all__")]
)
def test_attempt_shows_a_refusal_by_its_field_or_above_the_form(field, shown):
    form = Booking({"day": "2026-11-24"})
    assert form.is_valid()
    assert attempt(form, refuse, error=DomainError("Non.", field=field)) is None
    assert form.errors == {shown: ["Non."]}


def test_attempt_gives_what_the_service_returns():
    assert attempt(Booking(), dict, seats=3) == {"seats": 3}


def test_attempt_lets_too_many_attempts_through():
    form = Booking({"day": "2026-11-24"})
    with pytest.raises(TooManyAttempts):
        attempt(form, refuse, error=TooManyAttempts("Plus tard."))


@pytest.mark.parametrize("text", ["2026-11-24", "24/11/2026", "24/11/26"])
def test_day_field_reads_days_as_people_write_them(text):
    assert DayField().clean(text).isoformat() == "2026-11-24"


@pytest.mark.parametrize("text", ["", "demain", "31/02/2026", "0001-01-01", "9999-12-31", "\x00", "1" * 500])
def test_day_field_refuses_with_a_sentence(text):
    with pytest.raises(forms.ValidationError) as refusal:
        DayField().clean(text)
    assert refusal.value.messages[0].endswith(".")


@pytest.mark.parametrize("text", ["", "25:00", "midi", "20:61", "\x00"])
def test_hour_field_refuses_with_a_sentence(text):
    with pytest.raises(forms.ValidationError) as refusal:
        HourField().clean(text)
    assert refusal.value.messages[0].startswith(("Nous ne comprenons pas", "Écrivez l'heure"))


def test_long_select_draws_what_djangos_own_draws():
    choices = [("", "Toutes"), ("69266", "Villeurbanne <69>"), ("69259", "Vénissieux")]

    class Asked(forms.Form):
        short = forms.ChoiceField(choices=choices, required=False)
        long = forms.ChoiceField(
            choices=choices, required=False, widget=LongSelect(attrs={"class": "form-select"})
        )

    for value in ("69259", "", None, "<b>"):
        form = Asked({"short": value, "long": value})
        drawn = parse_html(str(form["long"]))
        expected = (
            str(form["short"]).replace("short", "long").replace("<select ", '<select class="form-select" ')
        )
        assert drawn == parse_html(expected)


def test_lines_and_boxes_are_drawn_as_djangos_templates_draw_them():
    class Asked(forms.Form):
        line = forms.CharField(max_length=9, widget=forms.TextInput(attrs={"type": "search", "hidden": True}))
        number = forms.FloatField(required=False, min_value=1)
        mail = forms.EmailField(disabled=True)
        secret = forms.CharField(widget=forms.PasswordInput)
        hidden = forms.CharField(widget=forms.HiddenInput(attrs={"data-no": False, "data-nothing": None}))
        day = DayField(localize=True)
        hour = HourField()
        box = forms.BooleanField()
        boxes = forms.MultipleChoiceField(
            choices=[("a", "<A>"), ("b", "B")], widget=forms.CheckboxSelectMultiple
        )
        radios = forms.ChoiceField(choices=[("a", "<A>"), ("b", "B")], widget=forms.RadioSelect)

    odd = {"line": "<b>'\"&", "number": "1.5", "boxes": ["b"], "radios": "a", "box": "on", "hour": "20:30"}
    for data in (None, {}, odd | {"day": "24/11/2026", "secret": "x", "hidden": "é"}):
        drawn = Asked(data, renderer=DirectRenderer())
        expected = Asked(data, renderer=TemplatesSetting())
        for name in drawn.fields:
            assert str(drawn[name]) == str(expected[name])
        for ours, djangos in zip(
            [*drawn["boxes"], *drawn["radios"]], [*expected["boxes"], *expected["radios"]], strict=True
        ):
            assert ours.tag() == djangos.tag()
