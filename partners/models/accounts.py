"""Named accounts, and the links by which their people choose a password (A4, A5)."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from common.codes import new_token
from common.crypto import keyed_hash
from common.errors import DomainError
from common.models import Identified
from common.text import masked_email
from partners.models.organisations import Structure, Venue


class UserManager(BaseUserManager["User"]):
    """Accounts are found by e-mail, whatever the case."""

    def get_by_natural_key(self, username):
        return self.get(email__iexact=username)

    def leads(self):
        """The référent·es in office."""
        return self.filter(role=User.Role.LEAD, is_active=True)

    def answering(self):
        """Open accounts that answer for a partner: see `User.answers`."""
        return self.filter(role__in=User.ANSWERING, is_active=True)

    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        """A saved account; without a password nobody can sign in until one is chosen by mail."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "User":
        return self.create_user(
            email, password, role=User.Role.STAFF, is_staff=True, is_superuser=True, **fields
        )


class User(Identified, AbstractBaseUser, PermissionsMixin):
    """A named account: a worker or the référent·e of a structure, a venue, or the association's staff (A4)."""

    class Role(models.TextChoices):
        LEAD = "lead", "Référent·e"
        WORKER = "worker", "Personne habilitée"
        VENUE = "venue", "Lieu"
        STAFF = "staff", "Équipe"

    ANSWERING = (Role.LEAD, Role.VENUE)

    email = models.EmailField("e-mail", unique=True)
    display_name = models.CharField("prénom et nom", max_length=120)
    role = models.CharField("rôle", max_length=10, choices=Role)
    structure = models.ForeignKey(
        Structure,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        verbose_name="structure",
    )
    venue = models.ForeignKey(
        Venue, on_delete=models.PROTECT, null=True, blank=True, related_name="users", verbose_name="lieu"
    )
    is_active = models.BooleanField(
        "compte ouvert", default=True, help_text="Décochez quand la personne part."
    )
    is_staff = models.BooleanField("entre dans la gestion", default=False)
    password_chosen_at = models.DateTimeField("mot de passe choisi le", null=True, blank=True, editable=False)
    sessions_ended_at = models.DateTimeField("sessions fermées le", null=True, blank=True, editable=False)
    created_at = models.DateTimeField("créé le", default=timezone.now, editable=False)

    objects = UserManager()
    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["display_name"]

    class Meta:
        verbose_name = "compte"
        ordering = ["display_name"]
        constraints = [
            models.CheckConstraint(
                name="user_belongs_where_its_role_says",
                condition=(
                    Q(role__in=["lead", "worker"], structure__isnull=False, venue=None, is_staff=False)
                    | Q(role="venue", venue__isnull=False, structure=None, is_staff=False)
                    | Q(role="staff", structure=None, venue=None)
                ),
                violation_error_message=(
                    "Un compte de structure appartient à une structure, un compte de lieu à un lieu, "
                    "un compte de l'équipe à aucun des deux ; seule l'équipe entre dans la gestion."
                ),
            ),
            models.UniqueConstraint(
                fields=["structure"],
                condition=Q(role="lead", is_active=True),
                name="user_one_lead_per_structure",
                violation_error_message="Cette structure a déjà un·e référent·e.",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.email

    def clean(self):
        super().clean()
        self.email = type(self).objects.normalize_email(self.email).lower()

    def _get_session_auth_hash(self, secret=None) -> str:
        """What a session is signed with: the password, and when all sessions were last ended, if ever."""
        of_password = super()._get_session_auth_hash(secret)  # type: ignore[misc]  # missing in the stubs
        if self.sessions_ended_at is None:
            return of_password
        ended = self.sessions_ended_at.astimezone(UTC).isoformat()
        return salted_hmac("partners.User", f"{of_password} {ended}", secret, algorithm="sha256").hexdigest()

    @property
    def next_purpose(self) -> str:
        """What a link sent to its person now would be for."""
        return AccessLink.Purpose.HELP if self.password_chosen_at else AccessLink.Purpose.FIRST

    @property
    def masked_email(self) -> str:
        """Enough of the address for its owner to know it."""
        return masked_email(self.email)

    @property
    def books(self) -> bool:
        """Whether this account books for a structure."""
        return self.role in {self.Role.LEAD, self.Role.WORKER}

    @property
    def answers(self) -> bool:
        """Whether it speaks for its partner before the association: a référent·e, a venue's account."""
        return self.role in self.ANSWERING

    @property
    def partner(self) -> Structure | Venue | None:
        """The structure or venue it belongs to; none for the association's team."""
        return self.structure or self.venue

    @property
    def own_structure(self) -> Structure:
        """The structure it books for. Raises DomainError for an account of another kind."""
        if self.structure is None:
            raise DomainError("Ce compte n'est rattaché à aucune structure : demandez à l'équipe.")
        return self.structure


class AccessLinkQuerySet(models.QuerySet):
    def usable(self, *, at):
        """Links that still let their person choose a password at `at`."""
        return self.filter(used_at=None, withdrawn_at=None, expires_at__gt=at)

    def withdraw(self, *, at) -> int:
        """Make what nobody used yet useless; returns how many."""
        return self.filter(used_at=None, withdrawn_at=None).update(withdrawn_at=at)


class AccessLink(Identified):
    """A link that lets the person of an account choose a password, once, for ACCESS_LINK_HOURS (A4, A5).

    Only its mail holds the token; here stands a keyed hash of it. A newer link takes the place of the older ones.
    """

    class Purpose(models.TextChoices):
        FIRST = "first", "premier accès"
        RENEWAL = "renewal", "renouvellement de la saison"
        HELP = "help", "nouveau lien demandé"

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="access_links", verbose_name="compte"
    )
    purpose = models.CharField("objet", max_length=10, choices=Purpose)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("envoyé le")
    expires_at = models.DateTimeField("valable jusqu'au")
    used_at = models.DateTimeField("utilisé le", null=True, blank=True)
    withdrawn_at = models.DateTimeField("remplacé le", null=True, blank=True)

    objects = AccessLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "lien d'accès"
        verbose_name_plural = "liens d'accès"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_purpose_display()}"

    def is_usable(self, *, at: datetime) -> bool:
        """Whether it still lets its person choose a password at `at`."""
        return self.used_at is None and self.withdrawn_at is None and at < self.expires_at

    @classmethod
    def draw(cls, *, user: User, purpose: str, at: datetime) -> tuple["AccessLink", str]:
        """A fresh link, not yet saved, and its token, which is kept nowhere."""
        token = new_token()
        expires_at = at.astimezone(UTC) + timedelta(hours=settings.ACCESS_LINK_HOURS)  # hours, not clocks
        hashed = keyed_hash(token)
        return cls(user=user, purpose=purpose, token_hash=hashed, created_at=at, expires_at=expires_at), token
