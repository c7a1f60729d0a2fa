"""The larger installation says what it means: docker-compose.yml and Dockerfile, read as those who run them would."""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.management import get_commands
from jsonschema import Draft201909Validator

ROOT = Path(settings.BASE_DIR)
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
DOCS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "billetterie" / "settings.py").read_text(encoding="utf-8")
VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<text>[^}]*))?\}")
SECRETS = {
    "PORTAIL_SECRET_KEY",
    "PORTAIL_HMAC_KEY",
    "PORTAIL_EVIDENCE_KEY",
    "PORTAIL_NAMES_KEYS",
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
}
GIVEN = {
    "PORTAIL_SECRET_KEY": secrets.token_urlsafe(50),
    "PORTAIL_HMAC_KEY": secrets.token_urlsafe(32),
    "PORTAIL_EVIDENCE_KEY": secrets.token_urlsafe(32),
    "PORTAIL_NAMES_KEYS": Fernet.generate_key().decode(),
    "PORTAIL_BASE_URL": "https://portail.example",
    "PORTAIL_ASSOCIATION": "Association d'essai",
    "PORTAIL_SEAT": "1 rue de l'Essai, 69001 Lyon",
    "PORTAIL_PRESIDENT": "Personne d'Essai",
}


def filled(text: str) -> str:
    """The file as Compose reads it where every variable without a default is given."""
    text = VARIABLE.sub(
        lambda found: found["text"] if found["kind"] == "-" else GIVEN.get(found["name"], "donné"), text
    )
    return text.replace("$$", "$")


SERVICES = yaml.safe_load(filled(COMPOSE))["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "portail:local"]


# --- The file --------------------------------------------------------------------------------------------


def test_compose_file_follows_the_specification():
    schema = json.loads((ROOT / "tests" / "data" / "compose-spec.json").read_text(encoding="utf-8"))
    wrong = Draft201909Validator(schema).iter_errors(yaml.safe_load(filled(COMPOSE)))
    assert [f"{'.'.join(map(str, error.path))}: {error.message}" for error in wrong] == []


def test_every_variable_is_documented():
    rows = set(re.findall(r"`([A-Z_]+)`", "\n".join(re.findall(r"^\|[^|]*\|", DOCS, re.MULTILINE))))
    read = set(re.findall(r'(?:environ\.get|secret)\(\s*"(\w+)"', SETTINGS)) | {"DATABASE_URL"}
    assert {found["name"] for found in VARIABLE.finditer(COMPOSE)} - rows == set()
    assert read - rows == set()


@pytest.mark.parametrize("name", OURS)
def test_every_variable_that_a_process_is_given_is_read_by_its_settings(name):
    read = set(re.findall(r'"([A-Z_]+)"', SETTINGS)) | {"DATABASE_URL"}  # dj_database_url's own
    assert set(SERVICES[name]["environment"]) - read == set()


def test_no_secret_has_a_default_and_each_is_asked_for_with_a_sentence():
    found = {found["name"]: found for found in VARIABLE.finditer(COMPOSE)}
    assert found.keys() >= SECRETS
    for name in SECRETS:
        assert found[name]["kind"] == "?"
        assert found[name]["text"].startswith("Il manque ")


@pytest.mark.parametrize("name", SERVICES)
def test_processes_have_no_more_rights_than_they_need(name):
    service = SERVICES[name]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")
    if name != "db":  # which starts as root to own its folder, and goes on as postgres
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] or name == "manage"
    for published in service.get("ports", []):
        assert published.startswith("127.0.0.1:")
    assert service.get("healthcheck") or name in ("migrate", "manage")


def test_processes_wait_for_the_schema():
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert SERVICES["web"]["deploy"]["replicas"] >= 2
    first, last = re.search(r":(\d+)-(\d+):", SERVICES["web"]["ports"][0]).groups()
    assert int(last) - int(first) + 1 >= SERVICES["web"]["deploy"]["replicas"]


@pytest.mark.parametrize("name", OURS)
def test_commands_are_there(name):
    program, *words = SERVICES[name].get("entrypoint", []) + SERVICES[name]["command"]
    if program == "gunicorn":
        assert callable(import_module(words[0]).application)
    elif program == "celery":
        assert import_module(words[0].removeprefix("--app=")).celery_app
        assert words[1] in ("worker", "beat")
    else:
        assert [program, words[0]] == ["python", "manage.py"]
        assert words[1] in get_commands() or words[1] == "help"


# --- The image -------------------------------------------------------------------------------------------


def test_image_installs_what_the_papers_need():
    """The same packages as `./portail` installs on Debian."""
    launcher = [ROOT / "portail", *(ROOT / "launcher").rglob("*.py")]
    code = "".join(path.read_text(encoding="utf-8") for path in launcher)
    packages = {name for name in re.findall(r'"(lib(?:pango|harfbuzz)[^"]+)"', code) if ".so" not in name}
    assert {"libpango-1.0-0", "libpangoft2-1.0-0"} <= packages
    for package in packages:
        assert re.search(rf"^\s+{re.escape(package)} \\$", DOCKERFILE, re.MULTILINE), package


def test_images_are_of_a_known_version_and_of_one_debian():
    (base,) = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    images = [base, *(service["image"] for service in SERVICES.values() if "build" not in service)]
    assert [image for image in images if not re.fullmatch(r"\w+:\d+(\.\d+)*-(slim-)?bookworm", image)] == []
    (client,) = re.findall(r"postgresql-client-(\d+)", DOCKERFILE)
    assert SERVICES["db"]["image"].startswith(f"postgres:{client}-")


def test_image_runs_as_nobody_in_particular_and_holds_no_secret():
    assert re.search(r"^USER (\d+)", DOCKERFILE, re.MULTILINE)[1] != "0"
    assert not re.search(r"^(ENV|ARG)[^\n]*(SECRET|KEY|PASSWORD)", DOCKERFILE, re.MULTILINE)
    left_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {".env*", ".git", "var", "*.backup"} <= set(left_out)


# --- The processes ---------------------------------------------------------------------------------------


def production(folder: Path, **changes: str) -> dict[str, str]:
    """Production's environment on a database of its own."""
    others = ("PORTAIL_", "DATABASE_URL", "REDIS_URL", "EMAIL_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]])
    env = kept | GIVEN | {"PORTAIL_ENV": "production", "PORTAIL_VAR": str(folder), "PATH": path} | changes
    return {name: value for name, value in env.items() if value is not None}


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAIL_SECRET_KEY", None),
        ("PORTAIL_HMAC_KEY", ""),
        ("PORTAIL_EVIDENCE_KEY", ""),
        ("PORTAIL_NAMES_KEYS", None),
        ("PORTAIL_NAMES_KEYS", "trop court"),
        ("PORTAIL_BASE_URL", None),
        ("PORTAIL_BASE_URL", "http://portail.example"),
        ("PORTAIL_ASSOCIATION", None),
        ("PORTAIL_SEAT", ""),
        ("PORTAIL_PRESIDENT", None),
    ],
)
def test_production_refuses_to_start_without_its_secrets(name, value, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "import billetterie.settings"],
        cwd=ROOT,
        env=production(tmp_path, **{name: value}),
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stderr.splitlines()[-1]
    assert done.returncode == 1
    assert name in last
    assert "Voir docs/operations.md" in last


@pytest.fixture
def web(tmp_path) -> Iterator[int]:
    """The web server, started by the file's own command on a free port, which it gives."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = production(tmp_path)
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=env, check=True)
    command = [word.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for word in SERVICES["web"]["command"]]
    with (tmp_path / "web.log").open("wb") as log:
        process = subprocess.Popen(
            [shutil.which(command[0], path=env["PATH"]), *command[1:]],
            cwd=ROOT,
            env=env,
            stdout=log,
            stderr=log,
        )
    yield port
    process.terminate()
    process.wait(30)


@pytest.mark.slow
@pytest.mark.once
def test_web_server_is_healthy_under_its_own_name_alone(web, tmp_path):
    check = [word.replace(":8000", f":{web}") for word in SERVICES["web"]["healthcheck"]["test"][1:]]

    def healthy(**changes: str) -> bool:
        env = production(tmp_path, **changes)
        return subprocess.run(check, env=env, capture_output=True, check=False).returncode == 0

    deadline = time.monotonic() + 60
    while not (up := healthy()) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert up, (tmp_path / "web.log").read_text()
    assert not healthy(PORTAIL_BASE_URL="https://ailleurs.example")
