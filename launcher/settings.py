"""What each use of the portal finds in its environment variables, and where it keeps its data."""

import base64
import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

from launcher.console import ROOT, Env, Problem, capture, last_lines
from launcher.installation import PYTHON

SERVICES = ("DATABASE_URL", "REDIS_URL")


def environment(kind: str, var: Path | None = None) -> Env:
    """The environment variables for PORTAIL_ENV `kind`, on top of the person's own.

    With `var`, everything is kept in that folder, and no database, broker or secret of this machine is used.
    """
    env = dict(os.environ)
    if var is not None:
        env = {
            name: value
            for name, value in env.items()
            if not name.startswith("PORTAIL_") and name not in SERVICES
        }
        env["PORTAIL_VAR"] = str(var)
    env.setdefault("PORTAIL_ENV", kind)
    return env


def production_environment(var: Path) -> Env:
    """Production's environment with secrets that are thrown away, to check its settings."""
    return environment("production", var) | {
        "PORTAIL_SECRET_KEY": secrets.token_urlsafe(64),
        "PORTAIL_NAMES_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "PORTAIL_HMAC_KEY": secrets.token_urlsafe(32),
        "PORTAIL_EVIDENCE_KEY": secrets.token_urlsafe(32),
        "PORTAIL_BASE_URL": "https://portail.example",
        "PORTAIL_ASSOCIATION": "Association d'essai",
        "PORTAIL_SEAT": "1 rue de l'Essai, 69001 Lyon",
        "PORTAIL_PRESIDENT": "Personne d'Essai",
        "PORTAIL_ALLOWED_HOSTS": "portail.example",
    }


def var_folder(env: Env) -> Path:
    """Where this environment keeps its data."""
    return Path(env.get("PORTAIL_VAR", ROOT / "var"))


@contextlib.contextmanager
def temporary_var() -> Iterator[Path]:
    """A folder that stands for var/ and is thrown away."""
    with tempfile.TemporaryDirectory(prefix="portail-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def manage(env: Env, *words: str) -> list[str]:
    """Run a manage.py command that must succeed; what it printed, line by line."""
    done = capture([PYTHON, "manage.py", *words], env)
    if done.returncode:
        raise Problem(f"« manage.py {' '.join(words)} » a échoué :\n{last_lines(done.stdout)}")
    return done.stdout.splitlines()
