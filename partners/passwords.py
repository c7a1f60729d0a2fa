"""What a password must be, besides what Django asks (settings.AUTH_PASSWORD_VALIDATORS)."""

from django.core.exceptions import ValidationError

from partners.models import User


class NewPasswordValidator:
    """A password that is chosen differs from the one before: the yearly renewal would renew nothing (A5)."""

    def validate(self, password: str, user: User | None = None) -> None:
        if user is not None and user.password and user.check_password(password):
            raise ValidationError(
                "C'est le mot de passe que vous aviez déjà : choisissez-en un autre.",
                code="password_unchanged",
            )

    def get_help_text(self) -> str:
        return "Un autre que celui d'avant."
