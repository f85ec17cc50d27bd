"""Commands in processes of their own, without the seconds that their imports take.

A fork server imports the application once, and each process is forked from it. So they are real
processes, which run side by side and can be killed.
"""

import multiprocessing
import os
import warnings
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import config
from tests.waiting import WAIT_TIMEOUT_S

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(
    [
        "tests.processes",
        "flask_migrate",
        "alembic.command",
        "manage",
        "celery.bin.celery",
        "celery.apps.worker",
        "celery.worker.consumer",
        "kombu.transport.redis",
        "webapp.ops.celery.broker",
        "webapp.ops.celery.worker",
    ]
)


class CommandProcess:
    """One ``manage.py ...`` that runs in the root folder of MovR.

    output: the file that gets what it writes, to stdout and to stderr.
    command: another click command than that of manage.py, ``package.module:name``.
    environment: its environment variables; it inherits PATH only.
    """

    def __init__(
        self, output: Path, *arguments: str, command: str = "manage:cli", **environment: str
    ) -> None:
        self._output = output
        output.touch()
        self._process = _context.Process(
            target=_run_command, args=(str(output), command, arguments, environment), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def output(self) -> str:
        """What it has written so far."""
        return self._output.read_text()

    def wait(self, timeout_s: float = WAIT_TIMEOUT_S) -> int | None:
        """Wait for its end and return its exit code; None if it still runs after the time-out."""
        self._process.join(timeout_s)
        return self._process.exitcode

    def kill(self) -> None:
        """End it with SIGKILL, if it still runs."""
        self._process.kill()
        self._process.join()


def _run_command(
    output: str, command: str, arguments: tuple[str, ...], environment: Mapping[str, str]
) -> None:
    descriptor = os.open(output, os.O_WRONLY | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.chdir(config.ROOT)
    path = os.environ["PATH"]
    os.environ.clear()
    os.environ.update({"PATH": path, **environment})
    module, _, name = command.partition(":")
    warnings.simplefilter("error")
    # Celery says that of root, which the build server is.
    warnings.filterwarnings("ignore", "You're running the worker with superuser privileges")
    getattr(import_module(module), name).main(args=arguments, prog_name=module)
