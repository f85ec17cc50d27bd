"""The data export of a large account: an archive that a worker writes, for its owner only."""

import json
from collections.abc import Callable
from csv import DictReader
from datetime import UTC, datetime, timedelta
from io import BytesIO, TextIOWrapper
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import delete, func, insert, select, update

from tests.auth.steps import age_rows
from tests.changed_rows import counting_rows
from tests.factories import UserFactory, VehicleFactory
from tests.job_steps import end_leases, read_mails, run_jobs
from tests.riders.steps import count_rows, make_profile
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.auth.models import User
from webapp.db.slices import delete_in_slices
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.hooks import get_hooks
from webapp.jobs.models import Job
from webapp.ops.jobs.running import JobOutcome, claim_jobs, run_job
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
from webapp.riders.services.profile import save_profile
from webapp.web.responses import as_csv

PAGE = "/users/me/data/export"


@pytest.fixture(autouse=True)
def _small_limit(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten rows are many."""
    monkeypatch.setitem(app.config, "DATA_EXPORT_MAX_ROWS_AT_ONCE", 10)


@pytest.fixture
def ada(app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory) -> User:
    """An account with more rows than are sent at once."""
    ada = make_user("ada", city="boston", roles=["owner"])
    for _ in range(8):
        make_vehicle(owner=ada, brand="brand of ada")
    events = [
        {"region": ada.region, "id": func.gen_random_uuid(), "kind": "account.signed_in",
         "actor_region": ada.region, "actor_id": ada.id, "details": {}}
        for _ in range(8)
    ]  # fmt: skip
    with app.app_context(), db.engines["write"].begin() as connection:
        for event in events:
            connection.execute(insert(table(AuditEvent)).values(event))
    return ada


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "PIECE_BYTES", 500)
    monkeypatch.setattr("webapp.web.responses.CHUNK", 200)


def download(visitor: Visitor) -> ZipFile:
    response = visitor.send(f"{PAGE}/download")
    assert response.status_code == 200
    assert response.mimetype == "application/zip"
    assert response.headers["Content-Disposition"] == "attachment; filename=movr.zip"
    assert response.content_length == len(response.data)
    return ZipFile(BytesIO(response.data))


# --- small and large ------------------------------------------------------------------------------


def test_a_small_account_gets_its_file_at_once(visitor: Visitor, make_user: UserFactory) -> None:
    response = visitor.sign_in(make_user("bob")).send("/users/me/data.json")
    assert response.status_code == 200
    assert next(iter(json.loads(response.text))) == "account"


def test_whether_an_account_is_small_is_one_statement_that_reads_no_more_than_it_must(
    visitor: Visitor, ada: User, round_trips: Callable[[], int]
) -> None:
    token = visitor.sign_in(ada).token()
    round_trips()
    response = visitor.post("/users/me/data.json", data={"csrf_token": token})
    assert (response.status_code, response.location) == (303, PAGE)
    assert round_trips() == 3, "who is asking, how many rows, the request"


def test_a_large_account_gets_an_archive_with_all_that_a_small_one_gets(
    visitor: Visitor, app: Flask, ada: User, small_pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.sign_in(ada).send("/users/me/data.json")
    run_jobs(app)
    with app.app_context():
        assert count_rows(DataExportPart) > 3
        sizes = db.session.scalars(select(func.length(table(DataExportPart).c.content))).all()
    assert max(sizes) == 500
    archive_file = download(visitor)
    assert archive_file.testzip() is None
    export = json.loads(archive_file.read("movr.json"))
    monkeypatch.setitem(app.config, "DATA_EXPORT_MAX_ROWS_AT_ONCE", 1000)
    at_once = json.loads(visitor.send("/users/me/data.json").text)
    changed = {"events", "jobs", "data-exports"}
    assert {name: rows for name, rows in export.items() if name not in changed} == {
        name: rows for name, rows in at_once.items() if name not in changed
    }
    names = [f"{section.name}.csv" for section in get_hooks(app).export_sections]
    assert archive_file.namelist() == ["movr.json", *names]
    with archive_file.open("vehicles.csv") as vehicles:
        rows = list(DictReader(TextIOWrapper(vehicles)))
    assert [row["brand"] for row in rows] == ["brand of ada"] * 8


def test_nothing_is_written_for_an_account_that_was_just_deleted(
    app: Flask, ada: User, app_context: None
) -> None:
    delete_account(ada)
    run_jobs(app)
    with pytest.raises(NotFound):
        request_data_export(ada.key)


# --- the page -------------------------------------------------------------------------------------


def test_the_page_says_how_far_it_is_and_the_mail_leads_back_to_it(
    visitor: Visitor, app: Flask, ada: User
) -> None:
    visitor.sign_in(ada).send("/users/me/data.json")
    page = visitor.get(PAGE).text
    assert "0 of" in page
    assert 'http-equiv="refresh"' in page
    assert "Your data file is being made" in visitor.get("/users/me/data").text
    assert visitor.send(f"{PAGE}/download").status_code == 404, "it is not finished"
    (letter,) = read_mails(app, "ada@example.org")
    assert letter.subject == "Your data is ready to download"
    assert f"http://127.0.0.1:8000{PAGE}" in letter.body
    assert "brand of ada" not in letter.body
    page = visitor.get(PAGE).text
    assert "Your file is ready" in page
    assert 'http-equiv="refresh"' not in page
    assert "Your data file is ready" in visitor.get("/users/me/data").text


def test_a_second_request_shows_the_first(visitor: Visitor, app: Flask, ada: User) -> None:
    visitor.sign_in(ada)
    for _ in range(3):
        assert visitor.send("/users/me/data.json").location == PAGE
    with app.app_context():
        assert (count_rows(DataExport), count_rows(Job)) == (1, 1)
    run_jobs(app)
    visitor.send("/users/me/data.json")
    assert "Your file is ready" in visitor.get(PAGE).text
    assert len(read_mails(app)) == 1


def test_a_visitor_without_an_export_is_led_to_the_page_that_offers_one(
    visitor: Visitor, ada: User
) -> None:
    visitor.sign_in(ada)
    assert visitor.get(PAGE).location == "/users/me/data"
    assert visitor.send(f"{PAGE}/delete").location == "/users/me/data"


def test_requesting_and_downloading_need_a_fresh_login_and_the_page_does_not(
    visitor: Visitor, app: Flask, ada: User, app_context: None
) -> None:
    request_data_export(ada.key)
    run_jobs(app)
    visitor.sign_in(ada, authenticated_at=datetime.now(UTC) - timedelta(hours=1))
    for path in ("/users/me/data.json", PAGE, f"{PAGE}/download"):
        assert visitor.send(path).location.startswith("/login/again"), path
    assert visitor.get(PAGE).status_code == 200
    assert visitor.send(f"{PAGE}/delete").status_code == 303
    assert count_rows(DataExport) == 0


def test_nobody_else_gets_the_archive(
    visitor: Visitor, app: Flask, ada: User, make_user: UserFactory, app_context: None
) -> None:
    request_data_export(ada.key)
    run_jobs(app)
    visitor.sign_in(make_user("bob", roles=["admin"]))
    assert visitor.send(f"{PAGE}/download").status_code == 404
    visitor.send(f"{PAGE}/delete")
    assert count_rows(DataExport) == 1


def test_the_request_and_each_download_are_in_the_audit_trail(
    visitor: Visitor, app: Flask, ada: User
) -> None:
    visitor.sign_in(ada).send("/users/me/data.json")
    run_jobs(app)
    download(visitor)
    download(visitor)
    kinds = [AuditKind.DATA_EXPORT_REQUESTED, AuditKind.DATA_EXPORTED]
    with app.app_context():
        events = select(AuditEvent.kind).where(AuditEvent.kind.in_(kinds)).order_by(AuditEvent.at)
        assert db.session.scalars(events).all() == [kinds[0], kinds[1], kinds[1]]


# --- failures -------------------------------------------------------------------------------------


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


def count_jobs(app: Flask) -> int:
    with app.app_context():
        return count_rows(Job)


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


# --- the end --------------------------------------------------------------------------------------


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
