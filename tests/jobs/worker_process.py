"""``flask work`` in a process of its own, with a handler for the kinds of tests and ways to die.

Settings come as JSON in MOVR_TEST_SETTINGS. MOVR_TEST_FOLDER is where the handler leaves files, and
MOVR_TEST_KILL_AT says where the process kills itself, once for each job: ``claimed``, ``running``
or ``done``, when the effect is done and nothing is recorded.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from flask import Flask
from flask.cli import FlaskGroup
from sqlalchemy import make_url

from tests.databases import make_app
from tests.jobs.steps import LATE_NOTE, NOTE, SHORT_NOTE, URGENT_NOTE, Note
from webapp.hooks import get_hooks
from webapp.jobs.kinds import RunningJob
from webapp.ops.jobs import running, worker

FOLDER = Path(os.environ.get("MOVR_TEST_FOLDER", "."))
KILL_AT = os.environ.get("MOVR_TEST_KILL_AT", "")


def create_app() -> Flask:
    settings = json.loads(os.environ["MOVR_TEST_SETTINGS"])
    app = make_app(make_url(os.environ["DATABASE_URL"]), **settings)
    for kind in (NOTE, URGENT_NOTE, LATE_NOTE, SHORT_NOTE):
        get_hooks(app).add_job_handler(kind, handle_note)
    get_hooks(app).schedules.clear()  # so that there are the jobs of the test only
    shift_clock(timedelta(seconds=float(os.environ.get("MOVR_TEST_CLOCK_SHIFT_S", "0"))))
    return app


def shift_clock(shift: timedelta) -> None:
    """Let the clock that the modules of jobs read be wrong."""
    real_time = time.time
    time.time = lambda: real_time() + shift.total_seconds()

    class ShiftedDatetime(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) + shift

    for name, module in list(sys.modules.items()):
        if name.startswith(("webapp.jobs", "webapp.ops.jobs")) and hasattr(module, "datetime"):
            vars(module)["datetime"] = ShiftedDatetime


def handle_note(note: Note, job: RunningJob) -> None:
    """Do as the text says: ``poison`` kills the process, ``wait`` waits for the file ``go``."""
    (FOLDER / f"started-{job.key.id}-{job.attempt}").touch()
    if note.text == "poison":
        _die()
    die_once("running", job)
    while note.text == "wait" and not (FOLDER / "go").exists():
        time.sleep(0.01)
    with (FOLDER / "effects").open("a") as effects:
        effects.write(f"{job.key.id} {job.attempt}\n")


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(step: str, job: RunningJob) -> None:
    if step == KILL_AT and job.attempt <= 1 and job.kind == NOTE.name:
        _die()


def dying_at(step: str, call: Callable[..., Any], position: int) -> Callable[..., Any]:
    """Return the function, which kills the process before it begins with the first attempt of a
    job, its argument at ``position``."""

    def run(*arguments: Any) -> Any:
        die_once(step, arguments[position])
        return call(*arguments)

    return run


vars(worker)["run_job"] = dying_at("claimed", running.run_job, 1)
vars(running)["_record"] = dying_at("done", running._record, 0)

cli = FlaskGroup(create_app=create_app, add_default_commands=False)
