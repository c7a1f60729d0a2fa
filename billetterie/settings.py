"""Settings of the portal, in one file, driven by the environment (see docs/operations.md).

PORTAIL_ENV says which installation this is: `production` (default, refuses to start without its secrets),
`demo` (everything embedded under var/) or `test`.
"""

import contextlib
import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from cryptography.fernet import Fernet, MultiFernet
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from billetterie.rules import *  # noqa: F403  (each rule is a setting)

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = os.environ.get("PORTAIL_ENV", "production")
if ENV not in {"production", "demo", "test"}:
    raise ImproperlyConfigured(f"PORTAIL_ENV vaut « {ENV} » ; mettez production, demo ou test.")
PRODUCTION, DEMONSTRATION, TESTING = ENV == "production", ENV == "demo", ENV == "test"
VAR_DIR = Path(os.environ.get("PORTAIL_VAR", BASE_DIR / "var"))
VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
SECRET_MIN = 32  # characters of a secret in production


def secret(name: str, make) -> str:
    """The secret `name` from the environment; outside production one is made once and kept under var/."""
    if value := os.environ.get(name):
        if PRODUCTION and len(value) < SECRET_MIN:
            raise ImproperlyConfigured(
                f"{name} est trop court : mettez au moins {SECRET_MIN} caractères au hasard. "
                "Voir docs/operations.md."
            )
        return value
    if PRODUCTION:
        raise ImproperlyConfigured(
            f"Il manque {name} dans l'environnement : le portail ne démarre pas sans. Voir docs/operations.md."
        )
    kept = VAR_DIR / "secrets" / name
    if not kept.exists():
        kept.parent.mkdir(mode=0o700, exist_ok=True)
        mine = kept.with_suffix(f".{os.getpid()}")
        mine.write_text(make())
        mine.chmod(0o600)
        with contextlib.suppress(FileExistsError):
            os.link(mine, kept)  # atomic: of two processes starting at once, the first one's secret stays
        mine.unlink()
    return kept.read_text()


SECRET_KEY = secret("PORTAIL_SECRET_KEY", lambda: secrets.token_urlsafe(50))
# Names of people are encrypted with the first key and read with any of them, so that keys can be rotated (F2).
NAMES_KEYS = secret("PORTAIL_NAMES_KEYS", lambda: Fernet.generate_key().decode()).split(",")
try:
    MultiFernet([Fernet(key.strip()) for key in NAMES_KEYS])
except ValueError:
    raise ImproperlyConfigured(
        "PORTAIL_NAMES_KEYS doit contenir des clés Fernet (32 octets en base64), séparées par des virgules. "
        "Voir docs/operations.md."
    ) from None
# Visitor codes are looked up by a keyed hash (A6).
HMAC_KEY = secret("PORTAIL_HMAC_KEY", lambda: secrets.token_urlsafe(32))
# Closes the evidence of agreements, so that nobody who only has the database can rewrite it (B3). Never changes.
EVIDENCE_KEY = secret("PORTAIL_EVIDENCE_KEY", lambda: secrets.token_urlsafe(32))

DEBUG = False
PORTAL_VERSION = "0.1"  # as CHANGELOG.md counts
BASE_URL = (os.environ.get("PORTAIL_BASE_URL") or "http://127.0.0.1:8000").rstrip("/")
if PRODUCTION and not BASE_URL.startswith("https://"):
    raise ImproperlyConfigured(
        "PORTAIL_BASE_URL doit être l'adresse du portail en https:// : elle est écrite dans les mails et sur les "
        "invitations. Voir docs/operations.md."
    )
# Names that the portal answers to; behind its proxy, that of its address is enough.
ALLOWED_HOSTS = (
    os.environ.get("PORTAIL_ALLOWED_HOSTS")
    or ((urlsplit(BASE_URL).hostname or "") if PRODUCTION else "127.0.0.1,localhost")
).split(",")
CSRF_TRUSTED_ORIGINS = [BASE_URL] if PRODUCTION else []
# Proxies in front of the portal: attempts are counted by the address that the outermost of them saw.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("PORTAIL_PROXIES") or "1") if PRODUCTION else 0

# --- Who runs this portal ------------------------------------------------------------------------
PORTAL_NAME = os.environ.get("PORTAIL_NAME", "Entrée libre")


def signs(name: str, invented: str) -> str:
    """What agreements and receipts say of the association; invented outside production, where it must be given."""
    if PRODUCTION and not os.environ.get(name):
        raise ImproperlyConfigured(
            f"Il manque {name} dans l'environnement : les conventions et les reçus le portent. "
            "Voir docs/operations.md."
        )
    return os.environ.get(name) or invented


PORTAL_ASSOCIATION = signs("PORTAIL_ASSOCIATION", "Association Entrée libre")
# As agreements name it: its seat, and who signs for it (B1).
PORTAL_SEAT = signs("PORTAIL_SEAT", "12 rue des Forces, 69002 Lyon")
PORTAL_PRESIDENT = signs("PORTAIL_PRESIDENT", "Solange Aubépin")
PORTAL_PRESIDENT_CAPACITY = os.environ.get("PORTAIL_PRESIDENT_CAPACITY", "présidente")
PORTAL_CONTACT_EMAIL = os.environ.get("PORTAIL_CONTACT_EMAIL", "equipe@portail.example")
PORTAL_CONTACT_PHONE = os.environ.get("PORTAIL_CONTACT_PHONE", "04 65 71 00 00")
# How one pays a membership or gives (B6).
PORTAL_PAYMENT_HOWTO = os.environ.get("PORTAIL_PAYMENT_HOWTO") or (
    f"Par virement ou par chèque à l'ordre de {PORTAL_ASSOCIATION} : écrivez-nous, nous vous envoyons nos coordonnées "
    "bancaires."
)
# Whether donations open a tax reduction (B6): only an association that the tax office recognised may say so.
DONATION_TAX_REDUCTION = os.environ.get("PORTAIL_TAX_RECEIPTS", "0") == "1"

INSTALLED_APPS = [
    "billetterie",
    "evaluations",
    "invitations",
    "offers",
    "conventions",
    "partners",
    "common",
    "whitenoise.runserver_nostatic",
    "billetterie.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_filters",
    "import_export",
    "phonenumber_field",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    *([] if TESTING else ["whitenoise.middleware.WhiteNoiseMiddleware"]),  # doubles the time of the tests
    "csp.middleware.CSPMiddleware",
    "common.middleware.ReadableMiddleware",
    "common.middleware.HeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "partners.middleware.VisitorMiddleware",
    "partners.middleware.KnownBrowserMiddleware",
    "partners.middleware.SecondFactorMiddleware",
    "partners.middleware.AudienceMiddleware",
    "partners.middleware.LanguageMiddleware",  # after it, so that its refusals are in the visitor's language
    "conventions.middleware.SeasonAccessMiddleware",
    "common.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "billetterie.urls"
WSGI_APPLICATION = "billetterie.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "common.context_processors.portal",
            ],
            "builtins": ["common.templatetags.ui"],
        },
    }
]
FORM_RENDERER = "common.forms.DirectRenderer"
INSTALLED_APPS.append("django.forms")
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Database ------------------------------------------------------------------------------------
DATABASES = {
    "default": dj_database_url.config(
        default=f"sqlite:///{VAR_DIR / 'portail.sqlite3'}", conn_max_age=600, conn_health_checks=True
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # WAL and immediate transactions; writers queue instead of failing with "database is locked".
    DATABASES["default"]["ENGINE"] = "common.sqlite3"
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
    }
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "test.sqlite3"}  # threads can't share one in memory
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache and sessions: Redis where there is one, else the database (shared by all processes) -----
REDIS_URL = os.environ.get("REDIS_URL")
CACHES: dict[str, dict]
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
    SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cache",
            # Django keeps 300 by default, and forgets counters of attempts first.
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    }
    SESSION_ENGINE = "django.contrib.sessions.backends.db"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Accounts (A4): e-mail and password, opened by the team, never by signing up -------------------
AUTH_USER_MODEL = "partners.User"
AUTHENTICATION_BACKENDS = ["partners.backends.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "display_name"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "partners.passwords.NewPasswordValidator"},
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    ONLOOKERS_SEE_FOR = 0  # a page is what it is now; the test of keeping it says otherwise
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "partners.accounts.AccountAdapter"
# Guesses are counted by partners/guessing.py, so that no owner is locked out.
# Nobody's mailbox is filled with « Mot de passe oublié » by somebody else: five mails an hour.
ACCOUNT_RATE_LIMITS = {"login": False, "login_failed": False, "reset_password": "20/m/ip,5/h/key"}
ACCOUNT_FORMS = {
    "login": "partners.forms.SignInForm",
    "reset_password": "partners.forms.ForgottenPasswordForm",
    "change_password": "partners.forms.NewPasswordForm",
    "reauthenticate": "partners.forms.ConfirmPasswordForm",
}
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to addresses that somebody just typed
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # the team opens accounts for addresses it knows
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = BASE_URL.split(":", 1)[0]
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600  # seconds for which somebody need not show again that it is them
# The second factor (F4): an application of the phone, passkeys, recovery codes (partners/second_factor.py).
MFA_ADAPTER = "partners.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "partners.forms.CodeForm",
    "reauthenticate": "partners.forms.ConfirmCodeForm",
    "activate_totp": "partners.forms.AddApplicationForm",
    "add_webauthn": "partners.forms.AddPasskeyForm",
    "authenticate_webauthn": "partners.forms.PasskeyForm",
    "reauthenticate_webauthn": "partners.forms.ConfirmPasskeyForm",
}
MFA_TOTP_TOLERANCE = 1  # a phone may be half a minute early or late
MFA_RECOVERY_CODES_SHOW_ONCE = True
SESSION_COOKIE_AGE = 60 * 60 * 12  # a working day: the old PC at the desk is shared
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# --- Language and time -----------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_I18N = USE_TZ = True
FORMAT_MODULE_PATH = ["billetterie.formats"]
PHONENUMBER_DEFAULT_REGION = "FR"  # people type 04 65 71 00 00

# --- Static files ----------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Mail: rows in the outbox, sent by a task (common/outbox.py) --------------------------------------
DEFAULT_FROM_EMAIL = os.environ.get("PORTAIL_FROM_EMAIL", f"{PORTAL_NAME} <ne-pas-repondre@portail.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
if PRODUCTION:
    EMAIL_HOST = os.environ.get("EMAIL_HOST") or "localhost"
    EMAIL_PORT = int(os.environ.get("EMAIL_PORT") or "587")
    EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
    EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
    EMAIL_USE_SSL = EMAIL_PORT == 465  # encrypted from the first byte; other ports begin with STARTTLS
    EMAIL_USE_TLS = not EMAIL_USE_SSL and (os.environ.get("EMAIL_USE_TLS") or "1") == "1"
    EMAIL_TIMEOUT = 20
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"

# --- Celery: the database says what must happen; tasks only make it happen soon ------------------------
CELERY_BROKER_URL = os.environ.get("PORTAIL_BROKER_URL", REDIS_URL)
if not CELERY_BROKER_URL:
    for folder in ("queue", "processed", "control"):
        (VAR_DIR / "broker" / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://localhost//"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "broker" / "queue"),
        "data_folder_out": str(VAR_DIR / "broker" / "queue"),
        "processed_folder": str(VAR_DIR / "broker" / "processed"),
        "control_folder": str(VAR_DIR / "broker" / "control"),
        "store_processed": False,
    }
CELERY_TASK_ALWAYS_EAGER = TESTING
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A broker that is down must not hold up the request that wakes it: one short try, then the sweeper.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_TIMEOUT = 2
# Beside each app's tasks.py, which Celery finds by itself.
CELERY_IMPORTS = (
    "invitations.tasks_changes",
    "invitations.tasks_draws",
    "invitations.tasks_erasure",
    "invitations.tasks_groups",
)
# Called, in the transaction, when what people were told of dates may have changed (offers/followers.py).
DATE_FOLLOWERS = ["invitations.services.changes.announce"]

CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    # Each asks the database what is due, so that a missed turn is caught up by the next one.
    "outbox": {"task": "common.tasks.sweep_outbox", "schedule": 60},
    "documents": {"task": "invitations.tasks.sweep_documents", "schedule": 60},
    "candidacies": {"task": "conventions.tasks.candidacies.forget_candidacies", "schedule": 60 * 60 * 24},
    "signatures": {"task": "conventions.tasks.signing.sweep_signatures", "schedule": 60},
    "receipts": {"task": "conventions.tasks.receipts.sweep_receipts", "schedule": 60},
    "access": {"task": "conventions.tasks.access.renew_access", "schedule": 60 * 60},
    "draws": {"task": "invitations.tasks_draws.sweep_draws", "schedule": 60},
    "groups": {"task": "invitations.tasks_groups.sweep_groups", "schedule": 60},
    "lines": {"task": "invitations.tasks.sweep_lines", "schedule": 60},
    "imports": {"task": "offers.tasks.sweep_uploads", "schedule": 60},
    "calls": {"task": "invitations.tasks.call_venues", "schedule": 10 * 60},
    "questions": {"task": "partners.tasks.sweep_questions", "schedule": 60 * 60},
    "thanks": {"task": "evaluations.tasks.thanks.thank_venues", "schedule": 60 * 60},
    "changes": {"task": "invitations.tasks_changes.sweep_changes", "schedule": 60},
    "figures": {"task": "evaluations.tasks.tallies.sweep_countings", "schedule": 10 * 60},
    "usage": {"task": "invitations.tasks.review_usage", "schedule": 60 * 60},
    "attendance": {"task": "evaluations.tasks.attendance.remind_attendance", "schedule": 60 * 60},
    "criee": {"task": "evaluations.tasks.criee.tend_criee", "schedule": 60 * 60},
    "controls": {"task": "evaluations.tasks.controls.review_controls", "schedule": 60 * 60},
    "reports": {"task": "evaluations.tasks.reports.sweep_reports", "schedule": 60},
    "erasure": {"task": "invitations.tasks_erasure.erase_names", "schedule": 60 * 60},
    "terminations": {"task": "conventions.tasks.breaches.terminate_due", "schedule": 60 * 60},
}

# --- Security headers (docs/architecture.md) -------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE = "language"  # what a visitor reads (partners/middleware.py)
KNOWN_BROWSER_COOKIE = "browser"  # which accounts signed in here before (partners/guessing.py)
if PRODUCTION:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    KNOWN_BROWSER_COOKIE, LANGUAGE_COOKIE = "__Host-browser", "__Host-language"
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"secrets": {"()": "common.logs.HideSecretPaths"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["secrets"]}},
    "root": {"handlers": ["console"], "level": "ERROR" if TESTING else "WARNING"},
}
