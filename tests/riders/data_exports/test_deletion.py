"""The end of a data export: it expires, is deleted in slices, or goes with its account."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.auth.steps import age_rows
from tests.changed_rows import counting_rows
from tests.job_steps import read_mails, run_jobs
from tests.riders.data_exports.steps import PAGE, download
from tests.riders.steps import count_rows
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.slices import delete_in_slices
from webapp.db.transactions import execute_write
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.jobs.models import Job
from webapp.ops.jobs.running import claim_jobs
from webapp.ops.retention import delete_old_rows
from webapp.riders.data_exports import archive
from webapp.riders.data_exports.jobs import write_data_export
from webapp.riders.data_exports.models import PARTS_SLICE, DataExport, DataExportPart
from webapp.riders.data_exports.services import (
    delete_data_export,
    download_data_export,
    request_data_export,
)
from webapp.riders.data_exports.statements import (
    DATA_EXPORT,
    request_export_statement,
)
from webapp.riders.data_exports.worker_statements import (
    append_part_statement,
    begin_export_statement,
    fail_export_statement,
    finish_export_statement,
)
from webapp.riders.services.account_deletion import delete_account


def write_parts(app: Flask, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a worker write more parts than one statement deletes."""
    monkeypatch.setattr(archive, "PIECE_BYTES", 50)
    request_data_export(ada.key)
    run_jobs(app)
    assert count_rows(DataExportPart) > 2 * PARTS_SLICE


@pytest.mark.postgresql_plans  # its triggers
def test_many_parts_are_deleted_in_slices_also_those_of_a_worker_that_was_killed(
    app: Flask, ada: User, app_context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_parts(app, ada, monkeypatch)
    age_rows(app, DataExport, "expires_at", timedelta(days=8))
    request_data_export(ada.key)
    (job,) = [job for job in claim_jobs(ada.region, "killed", 10) if job.kind == DATA_EXPORT.name]
    (export,) = db.session.scalars(select(DataExport)).all()
    assert execute_write(begin_export_statement(export.key, job))
    with counting_rows() as read_largest:
        delete_data_export(ada.key)
        assert read_largest()["data_export_parts"] == PARTS_SLICE
    assert (count_rows(DataExport), count_rows(DataExportPart)) == (0, 0)


@pytest.mark.postgresql_plans  # its triggers
def test_an_account_with_few_rows_and_a_large_archive_is_deleted_in_slices(
    app: Flask, ada: User, app_context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_parts(app, ada, monkeypatch)
    with counting_rows() as read_largest:
        delete_account(ada)
        run_jobs(app)
        assert read_largest()["data_export_parts"] == PARTS_SLICE
    assert (count_rows(User), count_rows(DataExportPart)) == (0, 0)


def test_an_archive_that_is_requested_again_while_it_is_deleted_stays(
    app: Flask, ada: User, app_context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_parts(app, ada, monkeypatch)

    def request_and_delete(*arguments: Any, **options: Any) -> None:
        request_data_export(ada.key)
        run_jobs(app)
        delete_in_slices(*arguments, **options)

    monkeypatch.setattr("webapp.riders.data_exports.services.delete_in_slices", request_and_delete)
    delete_data_export(ada.key)
    archive_download = download_data_export(ada.key)
    assert sum(map(len, archive_download.parts)) == archive_download.size_bytes


def test_an_export_expires_and_is_deleted_with_its_parts(
    visitor: Visitor, app: Flask, ada: User
) -> None:
    visitor.sign_in(ada).send("/users/me/data.json")
    run_jobs(app)
    with app.app_context():
        assert dict(delete_old_rows(["us-east1"]))["data_exports"] == 0
        age_rows(app, DataExport, "expires_at", timedelta(days=8))
        assert "has expired" in visitor.get(PAGE).text
        assert visitor.send(f"{PAGE}/download").status_code == 404
        deleted = dict(delete_old_rows(["us-east1"]))
        assert (deleted["data_exports"], deleted["data_export_parts"]) == (1, 1)


def test_an_expired_export_can_be_requested_anew(visitor: Visitor, app: Flask, ada: User) -> None:
    visitor.sign_in(ada).send("/users/me/data.json")
    run_jobs(app)
    age_rows(app, DataExport, "expires_at", timedelta(days=8))
    visitor.send("/users/me/data.json")
    run_jobs(app)
    assert download(visitor).testzip() is None


def test_a_deleted_account_takes_its_export_along_and_stops_the_worker(
    app: Flask, ada: User, app_context: None
) -> None:
    request_data_export(ada.key)
    (job,) = db.session.scalars(select(Job)).all()
    payload = DATA_EXPORT.load(job.payload)
    delete_account(ada)
    run_jobs(app)
    write_data_export(payload, job)  # type: ignore[arg-type] # one that a worker had taken
    assert (count_rows(DataExport), count_rows(DataExportPart)) == (0, 0)
    assert [mail.subject for mail in read_mails(app)] == ["Your account has been deleted"]


def test_a_worker_stops_when_the_account_ends(
    app: Flask, ada: User, app_context: None, small_pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows are deleted in slices: its worker has time to go on."""
    make = archive.make_archive
    pieces: list[bytes] = []

    def make_and_end(*arguments: Any) -> Any:
        for piece in make(*arguments):
            pieces.append(piece)
            if len(pieces) == 2:
                delete_account(ada)
            yield piece

    monkeypatch.setattr("webapp.riders.data_exports.jobs.make_archive", make_and_end)
    monkeypatch.setitem(app.config, "ACCOUNT_DELETION_MAX_ROWS_AT_ONCE", 0)
    request_data_export(ada.key)
    run_jobs(app)
    assert len(pieces) == 2
    assert (count_rows(User), count_rows(DataExport), count_rows(DataExportPart)) == (0, 0, 0)


def test_nothing_is_written_to_the_export_of_an_account_that_has_ended(
    app: Flask, ada: User, app_context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even by what was under way before the job of the deletion runs."""
    request_data_export(ada.key)
    (job,) = claim_jobs(ada.region, "slow", 10)
    (export,) = db.session.scalars(select(DataExport)).all()
    execute_write(begin_export_statement(export.key, job))
    monkeypatch.setitem(app.config, "ACCOUNT_DELETION_MAX_ROWS_AT_ONCE", 0)
    delete_account(ada)
    part = append_part_statement(export.key, job.lease, 1, b"PK", 2, archive.ArchiveProgress())
    for statement in (
        request_export_statement(ada.key),
        begin_export_statement(export.key, job),
        part,
        finish_export_statement(export.key, job.lease),
        fail_export_statement(export.key, job),
    ):
        assert execute_write(statement) == []
    delete_data_export(ada.key)
    with pytest.raises(NotFound):
        request_data_export(ada.key)
    assert (count_rows(DataExport), count_rows(DataExportPart)) == (0, 0)
