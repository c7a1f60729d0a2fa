"""What somebody says in la Criée, reports there, or looks for (E3). Words of ours in the language of the page."""

from datetime import timedelta

from django import forms
from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner

from common.codes import new_token
from common.languages import LANGUAGES, say, say_lazy, spoken
from common.text import plain
from evaluations.models import Opinion, Reason
from offers.models import Event
from partners.models import User, Venue

SIGNER = TimestampSigner(salt="criee")
OF_OPINION = {"stance", "kind", "text", "language", "pseudonym"}
OVERSIZE = 3  # of what is read at all: a text too long is said to be so, and stays as it was typed
CHOOSE = dict.fromkeys(("required", "invalid_choice"), say_lazy("criee.choose"))
WORKERS_HINT = (
    "Les mots de la personne, comme elle les dit, dans sa langue. Ni son nom, ni rien qui la fasse reconnaître : "
    "votre structure non plus n'est pas nommée."
)
WORKERS_ACCEPT = "La personne veut que ses mots soient publiés, et ils respectent la charte."


class LanguageSelect(forms.Select):
    """Languages by their own names, each said to be in itself."""

    def create_option(self, name, value, *args, **kwargs):
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["lang"] = str(value)
        return option


class FrenchSelect(forms.Select):
    """Names that stay French in every language, each said to be so."""

    def create_option(self, name, value, *args, **kwargs):
        option = super().create_option(name, value, *args, **kwargs)
        if value:
            option["attrs"]["lang"] = "fr"
        return option


def fresh_token() -> str:
    """What an open form carries: the secret by which its words can be taken back, and when it was opened, signed."""
    return SIGNER.sign(new_token())


def _choice(label: str, choices: list[tuple[str, str]], **more) -> forms.ChoiceField:
    """A few pictures, of which one is touched."""
    return forms.ChoiceField(label=label, choices=choices, error_messages=CHOOSE, **more)


def _words(label: str, *, most: int, required: bool, rows: int, **more) -> forms.CharField:
    """Plain text; what is too long, or nothing, gets a sentence."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=most * OVERSIZE,
        error_messages={
            "required": say_lazy("criee.missing_words"),
            "max_length": say_lazy("criee.too_long", count=most),
        },
        widget=forms.Textarea(attrs={"rows": rows, "maxlength": None, "dir": "auto"}),
        **more,
    )


def _cut(text: str, most: int, *, lines: bool = True) -> str:
    """`text` as it will be kept. Raises ValidationError where it is too long."""
    kept = plain(text, lines=lines)
    if len(kept) > most:
        raise forms.ValidationError(say("criee.too_long", count=most), code="max_length")
    return kept


class AnswerForm(forms.Form):
    """What somebody answers to an opinion; nothing is asked of who they are."""

    text = _words(
        say_lazy("criee.words"),
        most=settings.CRIEE_TEXT_MAX,
        required=True,
        rows=7,
        help_text=say_lazy("criee.words_hint"),
    )
    language = forms.ChoiceField(
        label=say_lazy("criee.language"),
        choices=[(language.code, language.name) for language in LANGUAGES.values()],
        error_messages=CHOOSE,
        widget=LanguageSelect,
    )
    pseudonym = forms.CharField(
        label=say_lazy("criee.nickname"),
        required=False,
        help_text=say_lazy("criee.nickname_hint"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    accept = forms.BooleanField(
        label=say_lazy("criee.accept"), error_messages={"required": say_lazy("criee.missing_accept")}
    )
    website = forms.CharField(  # nobody sees this field: who fills it in is a machine
        required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"})
    )
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args,
        account: User | None,
        event: Event | None = None,
        answers_to: Opinion | None = None,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.event, self.answers_to = event, answers_to
        self.initial.update(token=fresh_token(), language=spoken().language.code)
        self.fields["website"].label = ""
        if account:
            del self.fields["pseudonym"]
        if account and account.books:
            self.fields["text"].help_text, self.fields["accept"].label = WORKERS_HINT, WORKERS_ACCEPT
            self.fields["language"].label = "La langue de ses mots"

    @property
    def by_machine(self) -> bool:
        return bool(self.data.get("website"))

    @property
    def opinion(self) -> Opinion:
        """What was typed, once it is valid, as the row that it may become."""
        typed = {name: value for name, value in self.cleaned_data.items() if name in OF_OPINION}
        return Opinion(event=self.event, answers_to=self.answers_to, **typed)

    def clean_text(self) -> str:
        text = _cut(self.cleaned_data["text"], settings.CRIEE_TEXT_MAX)
        if not text:
            raise forms.ValidationError(say("criee.missing_words"), code="required")
        return text

    def clean_pseudonym(self) -> str:
        return _cut(self.cleaned_data["pseudonym"], settings.CRIEE_NAME_MAX, lines=False)

    def clean(self) -> dict:
        """With the bare secret in `token`. Refuses one that nobody could have filled in since, and one too old."""
        sent = self.cleaned_data.get("token", "")
        try:
            self.cleaned_data["token"] = SIGNER.unsign(
                sent, max_age=timedelta(hours=settings.CRIEE_FORM_HOURS)
            )
        except BadSignature:
            self._open_anew()
            self.add_error(None, forms.ValidationError(say("criee.waited"), code="token"))
            return self.cleaned_data
        try:
            SIGNER.unsign(sent, max_age=timedelta(seconds=settings.CRIEE_SECONDS_MIN))
        except SignatureExpired:
            return self.cleaned_data
        self.add_error(None, forms.ValidationError(say("criee.fast"), code="fast"))
        return self.cleaned_data

    def _open_anew(self) -> None:
        self.data = self.data.copy()
        self.data[self.add_prefix("token")] = fresh_token()


class OpinionForm(AnswerForm):
    """What somebody says of an outing, of a practice or of nothing in particular."""

    stance = _choice(
        say_lazy("criee.what"), [(value, say_lazy(f"criee.{value}")) for value in Opinion.Stance.values]
    )
    kind = _choice(
        say_lazy("criee.subject"),
        [
            *((kind, say_lazy(f"kind.{kind}")) for kind in Event.Kind.values if kind != Event.Kind.OTHER),
            ("", say_lazy("criee.any_subject")),
        ],
        required=False,
    )

    field_order = ["stance", "kind"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.event:
            del self.fields["kind"]


class ReportForm(forms.Form):
    """Why published words should be read again."""

    reason = _choice(
        say_lazy("criee.report_reason"),
        [(reason, say_lazy(f"criee.reason_{reason}")) for reason in Reason.values],
    )
    words = _words(say_lazy("criee.report_more"), most=1000, required=False, rows=3)
    website = AnswerForm.base_fields["website"]

    by_machine = AnswerForm.by_machine

    def clean_words(self) -> str:
        return _cut(self.cleaned_data["words"], 1000)


class WallForm(forms.Form):
    """What la Criée shows; whatever isn't understood is left aside."""

    sortie = forms.UUIDField(required=False, widget=forms.HiddenInput)
    lieu = forms.ChoiceField(label=say_lazy("criee.venue"), required=False, widget=FrenchSelect)
    type = forms.ChoiceField(
        label=say_lazy("programme.kind"),
        required=False,
        choices=[
            ("", say_lazy("programme.any_kind")),
            *((kind, say_lazy(f"kind.{kind}")) for kind in Event.Kind.values),
        ],
    )
    avis = forms.ChoiceField(
        label=say_lazy("criee.stance"),
        required=False,
        choices=[
            ("", say_lazy("programme.any_kind")),
            *((value, say_lazy(f"criee.{value}")) for value in Opinion.Stance.values),
        ],
    )
    COLUMNS = {"sortie": "event", "lieu": "venue__slug", "type": "kind", "avis": "stance"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        told = Venue.objects.filter(opinions__in=Opinion.objects.published().opening())
        venues = told.order_by("name").distinct().values_list("slug", "name")
        self.fields["lieu"].choices = [("", say_lazy("programme.any_kind")), *venues]

    def narrow(self, opinions):
        """The rows that are asked for."""
        self.is_valid()
        asked = {self.COLUMNS[name]: value for name, value in self.cleaned_data.items() if value}
        return opinions.filter(**asked)

    @property
    def asked(self) -> bool:
        return any(self.cleaned_data.values())
