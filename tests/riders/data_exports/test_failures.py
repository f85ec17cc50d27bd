"""Data exports that fail, stand still or never begin: the account can try again."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, update

from tests.auth.steps import age_rows
from tests.job_steps import read_mails, run_jobs
from tests.riders.data_exports.steps import PAGE, count_jobs, download
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.types import table
from webapp.extensions import db
from webapp.jobs.models import Job
from webapp.ops.jobs.running import JobOutcome
from webapp.riders.data_exports.models import DataExport
from webapp.riders.data_exports.statements import (
    DATA_EXPORT,
)
from webapp.web.responses import as_csv


@pytest.fixture
def broken_section(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr("webapp.riders.data_exports.archive.as_csv", fail)


def fail_for_good(app: Flask) -> None:
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(update(table(Job)).values(attempts=DATA_EXPORT.max_attempts - 1))
    assert sorted(run_jobs(app)) == sorted([JobOutcome.FAILED, JobOutcome.DONE]), "a mail"


def test_an_export_that_fails_for_good_says_so_and_can_be_tried_again(
    visitor: Visitor, app: Flask, ada: User, monkeypatch: pytest.MonkeyPatch,
    broken_section: None,
) -> None:  # fmt: skip
    visitor.sign_in(ada).send("/users/me/data.json")
    assert run_jobs(app) == [JobOutcome.POSTPONED]
    assert "takes some minutes" in visitor.get(PAGE).text, "it will be tried again"
    assert app.extensions["mailman"].outbox == []
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(update(table(Job)).values(due_at=func.now()))
    fail_for_good(app)
    (mail,) = read_mails(app, "ada@example.org")
    assert mail.subject == "Your data could not be put together"
    assert PAGE in mail.body
    assert "Something went wrong" in visitor.get(PAGE).text
    assert visitor.send(f"{PAGE}/download").status_code == 404
    monkeypatch.setattr("webapp.riders.data_exports.archive.as_csv", as_csv)
    assert visitor.send(PAGE).location == PAGE
    assert JobOutcome.DONE in run_jobs(app)
    assert "ada" in download(visitor).read("movr.json").decode()


def test_an_export_that_stands_still_can_be_tried_again(
    visitor: Visitor, app: Flask, ada: User
) -> None:
    visitor.sign_in(ada).send("/users/me/data.json")
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(delete(table(Job)))
        connection.execute(update(table(DataExport)).values(worker="killed 1"))
    visitor.send(PAGE)
    assert count_jobs(app) == 0, "not yet"
    age_rows(app, DataExport, "changed_at", timedelta(hours=2))
    assert "Something went wrong" in visitor.get(PAGE).text
    visitor.send(PAGE)
    run_jobs(app)
    assert "Your file is ready" in visitor.get(PAGE).text


@pytest.mark.parametrize("job", ["waits", "is discarded", "is gone"])
def test_an_export_that_no_worker_has_begun_waits_and_has_one_job(
    visitor: Visitor, app: Flask, ada: User, job: str
) -> None:
    visitor.sign_in(ada).send("/users/me/data.json")
    with app.app_context(), db.engines["write"].begin() as connection:
        if job == "is discarded":
            connection.execute(update(table(Job)).values(done_at=func.now(), payload={}))
        if job == "is gone":
            connection.execute(delete(table(Job)))
    age_rows(app, DataExport, "changed_at", timedelta(hours=2))
    page = visitor.get(PAGE).text
    assert "takes some minutes" in page
    assert "Something went wrong" not in page
    visitor.send("/users/me/data.json")
    visitor.send("/users/me/data.json")
    assert count_jobs(app) == 1
    assert len(read_mails(app)) == 1
    assert "Your file is ready" in visitor.get(PAGE).text
