"""The command line: what `./portail` can be asked for."""

import argparse
import datetime
import os
import sys
from collections.abc import Callable

from launcher.children import free_port
from launcher.console import Problem, Stopped, keep_bytecode, run, stop_on_signals
from launcher.installation import PYTHON, TOOLS, find_uv, prepare
from launcher.legs import FAST, FAST_ARGUMENTS, LEGS, ensure_chromium, run_drills, run_legs, run_mutants
from launcher.servers import check, demonstration
from launcher.services import private_services
from launcher.settings import environment, manage, temporary_var

Action = Callable[[argparse.Namespace], int]
TAKE_MORE = ("test", "drills")  # what they don't know themselves goes to pytest


def demo(asked: argparse.Namespace) -> int:
    """`./portail demo`: run the portal until Ctrl-C."""
    port = free_port(asked.port)
    prepare("runtime")
    env = environment("demo")
    with demonstration(env, port, seed=asked.seed, on=asked.on) as servers:
        accounts = manage(servers.env, "demo_season", "--accounts")  # while the servers start
        servers.wait_until_open()
        print(f"\nLe portail est ouvert : {servers.address}\n", *accounts, sep="\n", flush=True)
        print(f"\nJournaux : {servers.logs}\nCtrl-C arrête tout.\n", flush=True)
        servers.watch()
    return 0


def demo_check(asked: argparse.Namespace) -> int:
    """`./portail demo --check`: the same on a fresh folder and a free port, tried as a browser would.

    Prints one JSON object, and nothing else, on stdout; returns 0 only if every step held.
    """
    prepare("dev")
    with (
        temporary_var() as var,
        demonstration(environment("demo", var), free_port(), seed=asked.seed, on=asked.on) as servers,
    ):
        return int(bool(check(servers)))


def test(asked: argparse.Namespace) -> int:
    """`./portail test`: every leg, or the one asked for."""
    prepare("dev")
    if asked.fast:
        return run_legs([FAST], [*FAST_ARGUMENTS, *asked.others])
    return run_legs([asked.leg] if asked.leg else list(LEGS), asked.others)


def drills(asked: argparse.Namespace) -> int:
    """`./portail drills`: the slow drills in full, on both databases."""
    prepare("dev")
    return run_drills(asked.others)


def mutants(asked: argparse.Namespace) -> int:
    """`./portail mutants [FILE…]`: spoil the code of files, the rules of scarce seats unless others are named."""
    prepare("dev")
    return run_mutants(asked.files, one_in=asked.one_in)


def bench(asked: argparse.Namespace) -> int:
    """`./portail bench`: measure the portal against its floor, on PostgreSQL and Redis."""
    prepare("dev")
    options = ["--json"] if asked.json else []
    options += ["--quick"] if asked.quick else []
    with private_services() as services, temporary_var() as var:
        return run([PYTHON, "-m", "bench", *options], environment("demo", var) | services)


def screenshots(asked: argparse.Namespace) -> int:
    """`./portail screenshots`: every picture of the guides and the README, on an invented season of its own."""
    prepare("dev")
    ensure_chromium()
    only = ["--only", asked.only] if asked.only else []
    with temporary_var() as var:
        return run([PYTHON, "manage.py", "screenshots", *only], environment("demo", var))


def code(asked: argparse.Namespace) -> int:
    """`./portail code`: what the staff account of the demonstration is asked for after its password."""
    prepare("runtime")
    return run([PYTHON, "manage.py", "demo_code"], environment("demo"))


def backup(asked: argparse.Namespace) -> int:
    """`./portail backup FILE`: the whole database in one file, while the portal runs."""
    prepare("runtime")
    return run([PYTHON, "manage.py", "backup", path(asked.file)], environment("demo"))


def restore(asked: argparse.Namespace) -> int:
    """`./portail restore FILE`: a backup put in an empty database, or in the place of another."""
    prepare("runtime")
    replace = ["--replace"] if asked.replace else []
    return run([PYTHON, "manage.py", "restore", path(asked.file), *replace], environment("demo"))


def path(typed: str) -> str:
    """What was typed, from wherever: manage.py runs at the root of the project. « - » stays what it is."""
    return typed if typed == "-" else os.path.abspath(typed)


def manage_py(words: list[str]) -> int:
    """`./portail manage …`: manage.py with the demonstration's settings, unless PORTAIL_ENV is set."""
    prepare("runtime")
    return run([PYTHON, "manage.py", *words], environment("demo"))


def pins(asked: argparse.Namespace) -> int:
    """`./portail pins`: write the pinned requirements; they hold for every Python from 3.11 on."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    uv = find_uv()
    if uv is None:
        raise Problem("Cette commande a besoin de uv, introuvable et impossible à installer.")
    options = ["--quiet", "--universal", "--python-version", "3.11", "--fork-strategy", "fewest"]
    options += ["--no-annotate", "--custom-compile-command", "./portail pins"]
    options += ["--upgrade"] if asked.upgrade else []
    runtime = ["requirements.in", "-o", "requirements.txt"]
    dev = ["requirements-dev.in", "-c", "requirements.txt", "-o", "requirements-dev.txt"]
    return run([uv, "pip", "compile", *options, *runtime]) or run([uv, "pip", "compile", *options, *dev])


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="./portail", description="La commande du portail.", allow_abbrev=False)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMANDE")

    def command(name: str, action: Action | None, words: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=words, description=words, allow_abbrev=False)
        added.set_defaults(action=action)
        return added

    one = command("demo", demo, "Ouvre le portail avec une saison inventée, sur cette machine.")
    one.add_argument("--port", type=int, default=8000, help="port de l’adresse locale (8000)")
    one.add_argument("--seed", type=int, default=1, help="graine de la saison inventée (1)")
    one.add_argument(
        "--on", type=datetime.date.fromisoformat, metavar="AAAA-MM-JJ", help="jour supposé (aujourd’hui)"
    )
    one.add_argument(
        "--check",
        action="store_const",
        const=demo_check,
        dest="action",
        help="essaie le portail comme un navigateur, sur un port libre et une base neuve ; écrit un JSON",
    )

    command("code", code, "Écrit le code que demande le compte de l’équipe, dans la démonstration.")

    one = command("test", test, "Lance les tests et les vérifications ; pytest reçoit le reste.")
    one.add_argument(
        "--fast", action="store_true", help="la suite sur SQLite, sans navigateur ni essais lents"
    )
    one.add_argument("--leg", choices=LEGS, help="une seule étape")

    command("drills", drills, "Lance en entier les exercices longs (pannes, courses), sur les deux bases.")

    one = command("mutants", mutants, "Abîme le code par petites touches : un test doit s’en apercevoir.")
    one.add_argument(
        "files",
        nargs="*",
        metavar="FICHIER[:FONCTION]",
        help="fichiers Python à abîmer (les règles des places)",
    )
    one.add_argument(
        "--one-in", type=int, default=1, metavar="N", help="un mutant sur N seulement (1 : tous)"
    )

    one = command("bench", bench, "Mesure le portail, sur PostgreSQL et Redis.")
    one.add_argument("--json", action="store_true", help="écrit un objet JSON")
    one.add_argument("--quick", action="store_true", help="petites mesures, pour essayer")

    one = command("screenshots", screenshots, "Refait toutes les images des guides, avec Chromium.")
    one.add_argument("--only", metavar="MOT", help="seulement celles dont le nom contient ce mot")

    one = command("backup", backup, "Sauvegarde toute la base dans un fichier.")
    one.add_argument("file", metavar="FICHIER", help="fichier à écrire ; « - » : la sortie standard")
    one = command("restore", restore, "Remet une sauvegarde dans la base, et vérifie que tout y est.")
    one.add_argument("file", metavar="FICHIER", help="fichier écrit par backup ; « - » : l’entrée standard")
    one.add_argument("--replace", action="store_true", help="efface d’abord tout ce que la base contient")

    command("manage", None, "Lance manage.py dans l’environnement : ./portail manage shell")

    one = command("pins", pins, "Fige les versions des bibliothèques dans requirements*.txt.")
    one.add_argument("--upgrade", action="store_true", help="prend les plus récentes")
    return top


def perform(words: list[str]) -> int:
    """Run one command; returns its exit code."""
    if words[:1] == ["manage"]:  # manage.py reads its own options, --help included
        return manage_py(words[1:])
    asked, asked_others = parser().parse_known_args(words)
    if asked_others and asked.command not in TAKE_MORE:
        parser().error(f"argument inconnu : {' '.join(asked_others)}")
    asked.others = asked_others
    return asked.action(asked)


def main() -> None:
    """Do what the command line asks for, and end with its exit code, or with a sentence."""
    stop_on_signals()
    keep_bytecode()
    try:
        sys.exit(perform(sys.argv[1:]))
    except Stopped:
        sys.exit(130)
    except Problem as problem:
        sys.exit(f"\n{problem}")
    except PermissionError as error:
        sys.exit(f"\nImpossible d’écrire dans {error.filename} : vérifiez à qui appartient ce dossier.")
