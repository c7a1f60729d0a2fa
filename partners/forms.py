"""Forms of the people behind accounts, and of visitors; those made of allauth's count guesses and say it our way."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm, ResetPasswordForm
from allauth.core import context
from allauth.mfa.base import forms as codes
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn import forms as passkeys
from cryptography.fernet import InvalidToken
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone

from common.crypto import box
from common.errors import TooManyAttempts
from common.languages import say_lazy
from partners.guessing import Guess, known_browser
from partners.models import Question, User
from partners.second_factor import use_code_once, warn_of_guesses

CODE_MAX = 30  # characters of a visitor code, spaces and dashes included
NAME_MAX = 40  # characters of a passkey's name
CODE_FIELD = {
    "inputmode": "numeric",
    "autocomplete": "one-time-code",
    "autocapitalize": "off",
    "spellcheck": "false",
}
PENDING_SECRET = "mfa.totp.secret"  # where allauth keeps, in the session, what is not yet activated


class VisitorCodeForm(forms.Form):
    """The code that a structure hands to the people it accompanies (A6)."""

    code = forms.CharField(
        label=say_lazy("code.label"),
        max_length=CODE_MAX,
        help_text=say_lazy("code.hint", example="X9A-KNV-MAC"),
        error_messages={"required": say_lazy("code.missing")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "dir": "ltr"}
        ),
    )


class TermsForm(forms.Form):
    """Accepting the conditions of use (A4)."""

    accept = forms.BooleanField(
        label="J'ai lu ces conditions et je les accepte.",
        error_messages={"required": "Cochez la case pour accepter, puis continuez."},
    )


class PasswordForm(forms.Form):
    """A password that the person of an account chooses (A4)."""

    password = forms.CharField(
        label="Votre nouveau mot de passe",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Douze caractères au moins. Trois ou quatre mots sans rapport font très bien l'affaire.",
        error_messages={"required": "Écrivez le mot de passe que vous choisissez."},
    )
    again = forms.CharField(
        label="Le même, encore une fois",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Écrivez-le une seconde fois, pour être sûr·e."},
    )

    def __init__(self, *args, account: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        validate_password(password, self.account)
        return password

    def clean(self):
        typed = self.cleaned_data
        if "password" in typed and "again" in typed and typed["password"] != typed["again"]:
            self.add_error("again", "Les deux ne sont pas les mêmes : écrivez-les à nouveau.")
        return typed


class ColleagueForm(forms.Form):
    """A colleague whom the référent·e invites (A4)."""

    display_name = forms.CharField(
        label="Prénom et nom",
        max_length=120,
        error_messages={"required": "Écrivez le prénom et le nom de votre collègue."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label="E-mail professionnel",
        help_text="L'adresse de cette personne, que personne d'autre ne lit.",
        error_messages={
            "required": "Écrivez son adresse e-mail : le lien y arrive.",
            "invalid": "Cette adresse n'est pas complète. Écrivez-la comme prenom.nom@structure.fr.",
        },
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


# --- Signing in (A4, F4) -------------------------------------------------------------------------


def _as_ours(form: forms.Form, **labels: str) -> None:
    """Our labels; no grey example in a field, which looks like something typed."""
    for name, field in form.fields.items():
        field.label = labels.get(name, field.label)
        field.widget.attrs.pop("placeholder", None)
        if isinstance(field, forms.EmailField):
            field.error_messages |= {
                "required": "Écrivez votre adresse e-mail.",
                "invalid": "Cette adresse n'est pas complète. Écrivez-la comme prenom.nom@structure.fr.",
            }


class SignInForm(LoginForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _as_ours(self, login="E-mail")


class ForgottenPasswordForm(ResetPasswordForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _as_ours(self, email="E-mail")


class NewPasswordForm(ChangePasswordForm):
    """Changing one's password; the present one is a guess like any other."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _as_ours(self)

    def clean_oldpassword(self) -> str:
        typed = self.cleaned_data["oldpassword"]
        if not get_adapter().reauthenticate(self.user, typed):
            self.fields[
                "password1"
            ].user = None  # what is typed there isn't compared with this account's any more
            raise get_adapter().validation_error("enter_current_password")
        return typed


class ConfirmPasswordForm(ReauthenticateForm):
    """Showing again that it is you, with the password."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _as_ours(self)


# --- The second factor (F4) ----------------------------------------------------------------------


class _CodeForm(codes.BaseAuthenticateForm):
    """A code of the application, or a recovery code: counted before it is looked at, and good for once."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _as_ours(self, code="Code")
        field = self.fields["code"]
        field.max_length = 20
        field.widget.attrs |= CODE_FIELD
        field.error_messages["required"] = "Écrivez le code que l'application affiche."
        field.help_text = "Six chiffres de l'application, ou un code de secours de huit chiffres."

    def clean_code(self) -> str:
        now = timezone.now()
        browser = known_browser(context.request, self.user.email)
        guess = Guess.of_code(account=str(self.user.pk), browser=browser)
        try:
            guess.take(at=now)
        except TooManyAttempts as refusal:
            warn_of_guesses(account=self.user, at=now)
            raise ValidationError(refusal.sentence, code="too_many_codes") from None
        code = super().clean_code()
        use_code_once(account=self.user, code=code, at=now)
        guess.give_back()
        return code


class CodeForm(_CodeForm, codes.AuthenticateForm):
    """The second step of signing in."""


class ConfirmCodeForm(_CodeForm, codes.ReauthenticateForm):
    """Showing again that it is you, before a change of the second factor."""


class AddApplicationForm(ActivateTOTPForm):
    """The first code of an application; its secret waits encrypted in the session."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        session = context.request.session
        try:
            self.secret = box().decrypt(self.secret).decode()
        except InvalidToken:  # just drawn
            session[PENDING_SECRET] = box().encrypt(self.secret.encode()).decode()
        _as_ours(self, code="Code affiché par l’application")
        self.fields["code"].max_length = 20
        self.fields["code"].widget.attrs |= CODE_FIELD

    @property
    def spoken_secret(self) -> str:
        """The secret in groups of four, as it is typed by hand."""
        return " ".join(self.secret[start : start + 4] for start in range(0, len(self.secret), 4))


class _PasskeyForm(forms.Form):
    """What a browser answers for a passkey: anything that isn't one is refused with a sentence."""

    def full_clean(self) -> None:
        try:
            super().full_clean()
        except (TypeError, ValueError, KeyError, AttributeError, IndexError):
            # The library parses what the browser sent without expecting nonsense.
            self.cleaned_data = {}
            self.add_error(None, "Cet appareil n'a pas donné de clé d'accès. Réessayez.")


class AddPasskeyForm(_PasskeyForm, passkeys.AddWebAuthnForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _as_ours(self, name="Nom de cette clé")
        self.fields["name"].max_length = NAME_MAX
        self.fields["name"].widget.attrs["maxlength"] = NAME_MAX
        self.fields["name"].help_text = "Pour la reconnaître : « Mon téléphone », « Ordinateur du bureau »…"


class PasskeyForm(_PasskeyForm, passkeys.AuthenticateWebAuthnForm):
    """The second step of signing in, with a passkey."""


class ConfirmPasskeyForm(_PasskeyForm, passkeys.ReauthenticateWebAuthnForm):
    """Showing again that it is you, with a passkey."""


class QuestionForm(forms.ModelForm):
    """What somebody asks the team; who has an account isn't asked who they are (C12)."""

    website = forms.CharField(  # nobody sees this field: who fills it in is a machine
        required=False,
        label="Laissez vide",
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )

    class Meta:
        model = Question
        fields = ["name", "email", "text"]
        labels = {"name": "Votre nom", "email": "Votre e-mail", "text": "Votre question"}
        help_texts = {
            "email": "Pour vous répondre, et rien d'autre.",
            "text": "N'écrivez pas le nom d'une personne accompagnée : le numéro de son invitation suffit.",
        }
        field_classes = {"email": forms.EmailField}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "text": forms.Textarea(attrs={"rows": 6}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }
        error_messages = {
            "email": {"required": "Écrivez votre e-mail, pour que nous puissions répondre."},
            "text": {"required": "Écrivez votre question."},
        }

    def __init__(self, *args, account: User | None, **kwargs):
        super().__init__(*args, **kwargs)
        if account:
            del self.fields["name"], self.fields["email"]
            self.instance.account, self.instance.email = account, account.email
            self.instance.name = account.display_name

    @property
    def by_machine(self) -> bool:
        return bool(self.data.get("website"))
