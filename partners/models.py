"""Who takes part: structures, venues, the accounts of both, the codes of visitors, and the territory."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from phonenumber_field.modelfields import PhoneNumberField

from common.codes import clean_code, new_code, new_token, spoken
from common.crypto import EncryptedTextField, keyed_hash
from common.dates import local_day
from common.errors import DomainError
from common.models import Identified
from common.text import masked_email, normalise
from partners.reference import structure_types
from partners.seasons import Season

POSTCODE_DIGITS = 5


class CommuneQuerySet(models.QuerySet["Commune"]):
    def search(self, words: str, *, limit: int) -> list["Commune"]:
        """Communes that a beginning of name or postcode may mean, accents and dashes aside, in order of name."""
        wanted = _town(words)
        if not wanted:
            return []
        found = (
            commune
            for commune in self.order_by("name", "code")
            if commune.postcode.startswith(wanted) or _town(commune.name).startswith(wanted)
        )
        return list(islice(found, limit))

    def meant_by(self, *, name: str, postcode: str) -> "Commune | None":
        """The commune that somebody wrote, or None where the list doesn't hold it, or holds it twice.

        A town has many postcodes and the list keeps one: the name decides, within the department of the postcode;
        where it is misspelt, a postcode that only one commune has.
        """
        wanted, department = _town(name), postcode[:2]
        named = [commune for commune in self if wanted and _town(commune.name) == wanted]
        near = [commune for commune in named if commune.postcode == postcode] or [
            commune for commune in named if commune.postcode.startswith(department)
        ]
        if not near and not named:
            near = list(self.filter(postcode=postcode)) if len(postcode) == POSTCODE_DIGITS else []
        return near[0] if len(near) == 1 else None


def _town(typed: str) -> str:
    """« St-Priest » and « Saint Priest » are the same town."""
    words = normalise(typed.replace("-", " ").replace("'", " ").replace("’", " ")).split()
    return " ".join({"st": "saint", "ste": "sainte"}.get(word, word) for word in words)


class Commune(models.Model):
    """A commune of the territory served, from the official list (A12)."""

    code = models.CharField("code INSEE", max_length=5, primary_key=True)
    name = models.CharField("nom", max_length=80)
    postcode = models.CharField("code postal", max_length=5)
    department = models.CharField("département", max_length=3)
    intercommunality = models.CharField("intercommunalité", max_length=120, blank=True)
    latitude = models.FloatField("latitude", null=True, blank=True)
    longitude = models.FloatField("longitude", null=True, blank=True)

    objects = CommuneQuerySet.as_manager()

    class Meta:
        verbose_name = "commune"
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.postcode})"

    @property
    def is_located(self) -> bool:
        """Whether its centre is known."""
        return self.latitude is not None and self.longitude is not None


class PriorityArea(models.Model):
    """A *quartier prioritaire* of the official list, which staff import (A12)."""

    code = models.CharField("code", max_length=12, primary_key=True)
    name = models.CharField("nom", max_length=150)
    communes = models.CharField(
        "communes", max_length=200, blank=True, help_text="Un quartier peut en toucher plusieurs."
    )

    class Meta:
        verbose_name = "quartier prioritaire"
        verbose_name_plural = "quartiers prioritaires"
        ordering = ["name", "code"]

    def __str__(self) -> str:
        return f"{self.name} ({self.communes or self.code})"


class Sector(models.Model):
    """A field of work of social structures (A2)."""

    name = models.CharField("nom", max_length=60, unique=True)

    class Meta:
        verbose_name = "secteur"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Organisation(Identified):
    """What a partner is known by, and whoever asks to become one: a name, an address, who signs (A1, A2)."""

    name = models.CharField("nom", max_length=150)
    address = models.CharField("adresse", max_length=200, blank=True)
    postcode = models.CharField("code postal", max_length=5, blank=True)
    commune = models.ForeignKey(
        Commune, on_delete=models.PROTECT, null=True, blank=True, verbose_name="commune"
    )
    phone = PhoneNumberField("téléphone", blank=True)
    email = models.EmailField("e-mail", blank=True)
    website = models.URLField("site web", blank=True)
    representative_name = models.CharField("représentant·e légal·e", max_length=120, blank=True)
    representative_capacity = models.CharField(
        "qualité", max_length=80, blank=True, help_text="Directrice, président…"
    )
    representative_email = models.EmailField(
        "e-mail de qui signe", blank=True, help_text="La convention à signer y arrive."
    )

    class Meta:
        abstract = True

    @property
    def place(self) -> str:
        """The postal address on one line."""
        town = f"{self.postcode} {self.commune.name}" if self.commune else self.postcode
        return ", ".join(part for part in (self.address, town.strip()) if part)


class Partner(Organisation):
    """What structures and venues have in common.

    One suspended for breach books and publishes nothing (A13): `suspended_at` says since when.
    """

    PAUSED: str  # what of it stops while it is suspended, in the plural

    latitude = models.FloatField("latitude", null=True, blank=True)
    longitude = models.FloatField("longitude", null=True, blank=True)
    suspended_at = models.DateTimeField("suspendu depuis", null=True, blank=True, editable=False)
    suspension_reason = models.CharField("motif de la suspension", max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField("enregistré le", default=timezone.now, editable=False)

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def column(self) -> str:
        """How rows of other tables point at it: "structure" or "venue"."""
        return str(self._meta.model_name)

    @property
    def is_suspended(self) -> bool:
        return self.suspended_at is not None

    @property
    def keeps_invitations(self) -> bool:
        """Whether invitations given before a suspension still let people in (A13)."""
        return settings.SUSPENSION_KEEPS_INVITATIONS

    @property
    def pause(self) -> str:
        """Since when its account is suspended and whom to write to, as a sentence for all who use it; else empty.

        Why, `suspension_reason` says, to who answers for the partner.
        """
        if self.suspended_at is None:
            return ""
        return (
            f"Les {self.PAUSED} de {self.name} sont en pause depuis le {local_day(self.suspended_at):%d/%m/%Y}. "
            f"Pour en parler et les rouvrir, écrivez à l'équipe : {settings.PORTAL_CONTACT_EMAIL}."
        )


class Structure(Partner):
    """A social body that accompanies people and books for them (A2)."""

    PAUSED = "réservations"

    class Priority(models.TextChoices):
        """Whether a structure stands in a *quartier prioritaire*; what nobody looked up is said as unknown (A12)."""

        UNKNOWN = "unknown", "on ne sait pas"
        YES = "yes", "oui"
        NO = "no", "non"

    type = models.CharField("type", max_length=20, choices=structure_types)
    legal_status = models.CharField(
        "statut juridique", max_length=100, blank=True, help_text="Association, établissement public, SCOP…"
    )
    sectors = models.ManyToManyField(Sector, blank=True, verbose_name="secteurs")
    people_accompanied = models.PositiveIntegerField(
        "personnes accompagnées", null=True, blank=True, help_text="Environ, par an."
    )
    priority = models.CharField(
        "en quartier prioritaire", max_length=8, choices=Priority, default=Priority.UNKNOWN
    )
    priority_area = models.ForeignKey(
        PriorityArea,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name="lequel",
        help_text="De la liste officielle, si elle est importée.",
    )
    in_public_directory = models.BooleanField(
        "dans l'annuaire public", default=True, help_text="Nom, adresse postale et site web."
    )
    public_phone = models.BooleanField(
        "téléphone dans l'annuaire public", default=False, help_text="Seulement si la structure le demande."
    )

    weekly_outings = models.PositiveSmallIntegerField(
        "repère de la structure",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(settings.USAGE_LIMIT_MAX)],
        help_text="Sorties par personne en sept jours : au-delà, un rappel, jamais un refus. Vide : aucun.",
    )

    class Meta(Partner.Meta):
        verbose_name = "structure"
        constraints = [
            models.CheckConstraint(
                name="structure_of_an_area_is_in_one",
                condition=Q(priority_area=None) | Q(priority="yes"),
                violation_error_message="Un quartier est choisi : répondez « oui », ou videz le quartier.",
            )
        ]


class VenueQuerySet(models.QuerySet["Venue"]):
    def search(self, words: str) -> list["Venue"]:
        """Venues whose name or commune holds every word typed, accents and case aside, in order of name.

        Compared here and not in the database: there are some hundred venues, and databases disagree on accents.
        """
        wanted = normalise(words).split()
        found = self.select_related("commune").order_by("name")
        return [
            venue
            for venue in found
            if all(word in normalise(f"{venue.name} {venue.place}") for word in wanted)
        ]


class Venue(Partner):
    """A place of culture or sport that gives seats (A8)."""

    PAUSED = "publications"

    class Kind(models.TextChoices):
        CULTURE = "culture", "Culture"
        SPORT = "sport", "Sport"

    slug = models.SlugField("adresse dans le portail", max_length=80, unique=True)
    kind = models.CharField("domaine", max_length=10, choices=Kind, default=Kind.CULTURE)
    description = models.TextField("présentation", max_length=2000, blank=True)
    transit = models.CharField(
        "bus, tram, métro",
        max_length=300,
        blank=True,
        help_text="Lignes et arrêts, avec les mots des panneaux.",
    )
    on_foot = models.CharField("à pied depuis l'arrêt", max_length=300, blank=True)
    wheelchair = models.BooleanField("accessible en fauteuil", default=False)
    hearing_loop = models.BooleanField("boucle magnétique", default=False)
    access_notes = models.CharField("autres précisions d'accès", max_length=300, blank=True)
    companion_price = models.CharField(
        "tarif des accompagnant·es", max_length=120, blank=True, help_text="Gratuit, 5 €…"
    )
    purchase_info = models.CharField(
        "acheter une place", max_length=300, blank=True, help_text="Pour les personnes qui préfèrent acheter."
    )

    objects = VenueQuerySet.as_manager()

    class Meta(Partner.Meta):
        verbose_name = "lieu"
        verbose_name_plural = "lieux"


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


class TermsOfUseQuerySet(models.QuerySet):
    def current(self, *, at):
        """The version that holds at `at`, or None."""
        return self.filter(published_at__lte=at).order_by("-published_at").first()


class TermsOfUse(Identified):
    """One version of the conditions of use (A4). A new one asks everybody again."""

    version = models.CharField("version", max_length=20, unique=True)
    text = models.TextField("texte", help_text="Un paragraphe par ligne vide.")
    published_at = models.DateTimeField("en vigueur depuis")

    objects = TermsOfUseQuerySet.as_manager()

    class Meta:
        verbose_name = "conditions d'utilisation"
        verbose_name_plural = "conditions d'utilisation"
        ordering = ["-published_at"]

    def __str__(self) -> str:
        return f"Version {self.version}"


class TermsAcceptance(Identified):
    """That an account accepted a version, and when (A4)."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="acceptances", verbose_name="compte"
    )
    terms = models.ForeignKey(TermsOfUse, on_delete=models.PROTECT, verbose_name="conditions")
    accepted_at = models.DateTimeField("accepté le")

    class Meta:
        verbose_name = "acceptation des conditions"
        verbose_name_plural = "acceptations des conditions"
        constraints = [models.UniqueConstraint(fields=["user", "terms"], name="acceptance_once_per_version")]

    def __str__(self) -> str:
        return f"{self.user} · {self.terms}"


class VisitorAccessQuerySet(models.QuerySet):
    def open(self, *, on: date):
        """Codes that open the catalogue on `on`: this season's, and last season's for the overlap (A6)."""
        seasons = {Season.of(on).year, Season.of(on - timedelta(days=settings.VISITOR_OVERLAP_DAYS)).year}
        return self.filter(revoked_at=None, season_year__in=seasons)

    def matching(self, typed: str):
        """The access whose code somebody typed, spaces, dashes and case aside."""
        return self.filter(code_hash=keyed_hash(clean_code(typed)))


class VisitorAccess(Identified):
    """One read-only code per structure and season, which the people accompanied share (A6)."""

    structure = models.ForeignKey(
        Structure, on_delete=models.CASCADE, related_name="visitor_accesses", verbose_name="structure"
    )
    season_year = models.PositiveSmallIntegerField("saison", help_text="Année où la saison commence.")
    code = EncryptedTextField("code", max_length=9, editable=False)
    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("créé le", default=timezone.now, editable=False)
    revoked_at = models.DateTimeField("retiré le", null=True, blank=True)

    objects = VisitorAccessQuerySet.as_manager()

    class Meta:
        verbose_name = "accès visiteur"
        verbose_name_plural = "accès visiteur"
        ordering = ["-season_year"]
        constraints = [
            models.UniqueConstraint(
                fields=["structure", "season_year"],
                condition=Q(revoked_at=None),
                name="visitor_one_open_code_per_season",
                violation_error_message="Cette structure a déjà un code pour cette saison.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.structure} · {Season(self.season_year)}"

    @property
    def spoken_code(self) -> str:
        return spoken(self.code)

    @classmethod
    def draw(cls, *, structure: Structure, season: Season) -> "VisitorAccess":
        """A fresh access with a random code, not yet saved."""
        code = new_code()
        return cls(structure=structure, season_year=season.year, code=code, code_hash=keyed_hash(code))


class FeedQuerySet(models.QuerySet["Feed"]):
    def open(self):
        """Addresses that still answer."""
        return self.filter(revoked_at=None)

    def at(self, token: str):
        """The feed whose address holds this token."""
        return self.filter(token_hash=keyed_hash(token))


class Feed(Identified):
    """A secret address that the calendar or the news reader of a structure follows (C9); it tells no name."""

    class Kind(models.TextChoices):
        OUTINGS = "outings", "nos sorties (agenda)"
        PROGRAMME = "programme", "le programme (nouveautés)"

    structure = models.ForeignKey(
        Structure, on_delete=models.CASCADE, related_name="feeds", verbose_name="structure"
    )
    kind = models.CharField("flux", max_length=10, choices=Kind)
    token = EncryptedTextField("jeton", max_length=22, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("créé le", default=timezone.now, editable=False)
    revoked_at = models.DateTimeField("fermé le", null=True, blank=True)

    objects = FeedQuerySet.as_manager()

    class Meta:
        verbose_name = "flux d'abonnement"
        verbose_name_plural = "flux d'abonnement"
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["structure", "kind"],
                condition=Q(revoked_at=None),
                name="feed_one_open_per_structure_and_kind",
                violation_error_message="Cette structure a déjà une adresse pour ce flux.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.structure} · {self.get_kind_display()}"

    @classmethod
    def draw(cls, *, structure: Structure, kind: str, at) -> "Feed":
        """A feed with a fresh secret address, not yet saved."""
        token = new_token()
        return cls(structure=structure, kind=kind, token=token, token_hash=keyed_hash(token), created_at=at)


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


class SuspensionQuerySet(models.QuerySet):
    def of(self, partner: Structure | Venue):
        """The suspensions of one partner, latest first."""
        return self.filter(**{partner.column: partner})

    def open(self):
        """Those that hold now."""
        return self.filter(until=None)


class Suspension(Identified):
    """From when to when a partner's account was suspended, and why (A13). Kept for good; lifting it only ends it.

    The partner's own columns repeat the one that holds, so that a booking locks and reads them in one statement;
    only `partners.services.suspend` and `lift_suspension` write either.
    """

    structure = models.ForeignKey(
        Structure,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="suspensions",
        verbose_name="structure",
    )
    venue = models.ForeignKey(
        Venue,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="suspensions",
        verbose_name="lieu",
    )
    since = models.DateTimeField("depuis")
    until = models.DateTimeField("levée le", null=True, blank=True)
    reason = models.CharField("motif", max_length=300)

    objects = SuspensionQuerySet.as_manager()

    class Meta:
        verbose_name = "suspension"
        ordering = ["-since"]
        constraints = [
            models.CheckConstraint(
                name="suspension_has_one_partner",
                condition=Q(structure__isnull=False, venue=None) | Q(structure=None, venue__isnull=False),
            ),
            models.CheckConstraint(
                name="suspension_is_lifted_after_it_began",
                condition=Q(until=None) | Q(until__gte=F("since")),
            ),
            models.UniqueConstraint(
                fields=["structure"], condition=Q(until=None), name="suspension_one_open_per_structure"
            ),
            models.UniqueConstraint(
                fields=["venue"], condition=Q(until=None), name="suspension_one_open_per_venue"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.structure or self.venue} · depuis le {local_day(self.since):%d/%m/%Y}"


class HelpPageQuerySet(models.QuerySet["HelpPage"]):
    def first_for(self, readers: "HelpPage.Readers"):
        """All pages, those written for `readers` first, then those for everybody."""
        near = models.Case(
            models.When(readers=readers, then=0),
            models.When(readers=HelpPage.Readers.EVERYBODY, then=1),
            default=2,
            output_field=models.IntegerField(),
        )
        return self.order_by(near, "position", "title")


class HelpPage(Identified):
    """A page of help that staff write: questions and answers, the notice on people's data (C12)."""

    class Readers(models.TextChoices):
        EVERYBODY = "everybody", "tout le monde"
        VISITORS = "visitors", "personnes accompagnées"
        STRUCTURES = "structures", "structures"
        VENUES = "venues", "lieux"

    slug = models.SlugField("adresse", max_length=60, unique=True, help_text="Fin de l'adresse : /aide/…/")
    title = models.CharField("titre", max_length=120)
    readers = models.CharField("pour", max_length=12, choices=Readers, default=Readers.EVERYBODY)
    position = models.PositiveSmallIntegerField("rang", default=100)
    body = models.TextField(
        "texte",
        max_length=20_000,
        help_text="Une ligne vide fait un paragraphe. « ## » devant un titre, « - » devant chaque ligne d'une liste, "
        "**deux étoiles** autour de ce qui compte, [des mots](une adresse) pour un lien.",
    )
    changed_at = models.DateTimeField("modifiée le", default=timezone.now, editable=False)

    objects = HelpPageQuerySet.as_manager()

    class Meta:
        verbose_name = "page d'aide"
        verbose_name_plural = "pages d'aide"
        ordering = ["position", "title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("partners:help_page", args=[self.slug])


class QuestionQuerySet(models.QuerySet["Question"]):
    def open(self):
        """Questions that nobody of the team has answered."""
        return self.filter(answered_at=None)

    def to_forget(self, *, at: datetime):
        """Those answered so long ago that nobody needs them."""
        return self.filter(answered_at__lt=at - timedelta(days=settings.QUESTION_KEPT_DAYS))


class Question(Identified):
    """What somebody asked the team from a page of the portal, with where they stood (C12)."""

    name = EncryptedTextField("nom", max_length=120, blank=True)
    email = EncryptedTextField("e-mail", max_length=254)
    text = EncryptedTextField("question", max_length=4000)
    account = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="compte"
    )
    page = models.CharField("depuis la page", max_length=200, blank=True)
    asked_at = models.DateTimeField("posée le")
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)
    answered_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="par"
    )

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = "question"
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return f"Question {str(self.pk)[:8]}"
