"""A worker that is killed at a planned step.

The program reads the numbers of steps from stdin, each in a line. For each it forks a worker, which
runs what is due and kills itself (SIGKILL) at that step: before or after a statement, or before or
after it sends a mail. It answers whether it was killed, ``1`` or ``0``. With -1 the program runs
what is due itself, so that its forks have all statements and templates ready. A mail is a line of a
file, which all workers share.
"""

import gc
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url

import config
from tests.databases import make_app
from webapp.extensions import db
from webapp.ops.jobs.running import run_due_jobs

REGION = "us-east1"


class SentMail(NamedTuple):
    job_id: str
    to: str
    subject: str


class DyingWorker:
    """The program, as the test speaks to it."""

    def __init__(self, database: URL, outbox: Path) -> None:
        url = database.render_as_string(hide_password=False)
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, url, str(outbox)],
            cwd=config.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, killed_at: int = -1) -> bool:
        """Run what is due; return whether the worker was killed. -1: it is not."""
        assert self._process.stdin
        assert self._process.stdout
        print(killed_at, file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        assert answer, "the program has ended"
        return bool(int(answer))

    def close(self) -> None:
        """End the program."""
        self._process.kill()
        self._process.communicate()


def read_mails(outbox: Path) -> list[SentMail]:
    return [SentMail(*json.loads(line)) for line in outbox.read_text().splitlines()]


# --- the program ----------------------------------------------------------------------------


class Steps:
    """Counts the steps of this process, and kills it at the planned one."""

    def __init__(self, app: Flask, outbox: Path) -> None:
        self.left = -1
        self.outbox = outbox
        with app.app_context():
            for engine in (db.engine, db.engines["write"]):
                event.listen(engine, "before_cursor_execute", self.step)
                event.listen(engine, "after_cursor_execute", self.step)
            type(app.extensions["mailman"].get_connection()).send_messages = self.send

    def step(self, *_: Any) -> None:
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1

    def send(self, messages: Any) -> int:
        self.step()
        with self.outbox.open("a") as outbox:
            for each in messages:
                job_id = each.extra_headers["Message-ID"].strip("<").partition("@")[0]
                print(json.dumps([job_id, each.to[0], each.subject]), file=outbox)
        self.step()
        return len(messages)


def _run(app: Flask, steps: Steps, killed_at: int) -> bool:
    return _run_here(app) if killed_at < 0 else _run_in_fork(app, steps, killed_at)


def _run_in_fork(app: Flask, steps: Steps, killed_at: int) -> bool:
    process = os.fork()
    if process == 0:
        steps.left = killed_at
        try:
            run_due_jobs(app, [REGION])
        finally:
            os._exit(0)
    _, status = os.waitpid(process, 0)
    return os.WIFSIGNALED(status)


def _run_here(app: Flask) -> bool:
    run_due_jobs(app, [REGION])
    with app.app_context():
        for engine in db.engines.values():  # forks must not share its connections
            engine.dispose()
    return False


if __name__ == "__main__":
    worker_app = make_app(make_url(sys.argv[1]))
    worker_steps = Steps(worker_app, Path(sys.argv[2]))
    gc.freeze()
    gc.disable()  # A fork copies each page of memory that it writes to.
    for line in sys.stdin:
        print(int(_run(worker_app, worker_steps, int(line))), flush=True)
