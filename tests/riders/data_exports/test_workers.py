"""Two workers with one data export, and an account that moves or deletes its export meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.auth.steps import age_rows
from tests.job_steps import end_leases, read_mails, run_jobs
from tests.riders.data_exports.steps import PAGE, download
from tests.riders.steps import count_rows, make_profile
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.jobs.models import Job
from webapp.ops.jobs.running import JobOutcome, claim_jobs, run_job
from webapp.riders.data_exports import archive
from webapp.riders.data_exports.models import DataExport, DataExportPart
from webapp.riders.data_exports.services import (
    download_data_export,
    request_data_export,
)
from webapp.riders.data_exports.worker_statements import (
    fail_export_statement,
)
from webapp.riders.services.profile import save_profile


def test_a_worker_that_begins_anew_ends_the_work_of_the_other(
    visitor: Visitor, app: Flask, ada: User, small_pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one is slow: the second begins when the first has written a part."""
    make = archive.make_archive
    runs: list[str] = []

    def make_slowly(*arguments: Any) -> Any:
        for number, piece in enumerate(make(*arguments)):
            if number == 2 and len(runs) == 1:
                runs.append("second")
                with db.engines["write"].begin() as connection:
                    connection.execute(update(table(Job)).values(due_at=func.now()))
                run_jobs(app)
            yield piece

    monkeypatch.setattr("webapp.riders.data_exports.jobs.make_archive", make_slowly)
    visitor.sign_in(ada).send("/users/me/data.json")
    runs.append("first")
    run_jobs(app)
    assert download(visitor).testzip() is None
    assert len(read_mails(app)) == 1


def test_a_worker_that_has_lost_the_job_does_not_begin(
    app: Flask, ada: User, app_context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is slow: when it begins, another one writes already."""
    make = archive.make_archive
    runs: list[Any] = []

    def make_and_begin(*arguments: Any) -> Any:
        runs.append(arguments[0])
        for piece in make(*arguments):
            run_job(app, slow)
            yield piece

    monkeypatch.setattr("webapp.riders.data_exports.jobs.make_archive", make_and_begin)
    request_data_export(ada.key)
    (slow,) = claim_jobs(ada.region, "slow", 10)
    end_leases()
    assert len(read_mails(app)) == 1
    assert len(runs) == 1


def test_an_archive_that_is_written_anew_is_never_mixed_with_the_one_before(
    app: Flask, ada: User, app_context: None, small_pieces: None
) -> None:
    request_data_export(ada.key)
    run_jobs(app)
    before = download_data_export(ada.key)
    next(before.parts)
    age_rows(app, DataExport, "expires_at", timedelta(days=8))
    request_data_export(ada.key)
    run_jobs(app)
    with pytest.raises(NotFound):
        next(before.parts)
    now = download_data_export(ada.key)
    assert sum(map(len, now.parts)) == now.size_bytes


def test_an_export_that_is_deleted_while_it_is_written_stops(
    visitor: Visitor, app: Flask, ada: User, small_pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = archive.make_archive
    pieces: list[bytes] = []

    def make_and_delete(*arguments: Any) -> Any:
        for piece in make(*arguments):
            pieces.append(piece)
            if len(pieces) == 2:
                visitor.send(f"{PAGE}/delete")
            yield piece

    monkeypatch.setattr("webapp.riders.data_exports.jobs.make_archive", make_and_delete)
    visitor.sign_in(ada).send("/users/me/data.json")
    assert run_jobs(app) == [JobOutcome.DONE]
    assert len(pieces) == 2
    assert read_mails(app) == []
    with app.app_context():
        assert (count_rows(DataExport), count_rows(DataExportPart)) == (0, 0)


def test_an_account_that_moves_while_it_is_written_gets_its_archive(
    app: Flask, ada: User, small_pieces: None, monkeypatch: pytest.MonkeyPatch,
    app_context: None,
) -> None:  # fmt: skip
    make = archive.make_archive
    runs: list[Any] = []

    def make_and_move(*arguments: Any) -> Any:
        runs.append(arguments[0])
        for number, piece in enumerate(make(*arguments)):
            if number == 2 and len(runs) == 1:
                save_profile(ada.key, make_profile("paris"))
            yield piece

    monkeypatch.setattr("webapp.riders.data_exports.jobs.make_archive", make_and_move)
    request_data_export(ada.key)
    assert JobOutcome.DONE in run_jobs(app)
    assert [key.region for key in runs] == ["us-east1", "europe-west1"]
    assert len(read_mails(app)) == 1


def test_a_worker_that_has_lost_its_job_does_not_fail_the_export(
    app: Flask, ada: User, app_context: None
) -> None:
    request_data_export(ada.key)
    (lost_job,) = claim_jobs(ada.region, "slow", 10)
    (export,) = db.session.scalars(select(DataExport)).all()
    end_leases()
    (job,) = claim_jobs(ada.region, "other", 10)
    assert execute_write(fail_export_statement(export.key, lost_job)) == []
    assert execute_write(fail_export_statement(export.key, job))
