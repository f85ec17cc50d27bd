"""The data export of a large account: an archive that a worker writes, for its owner only."""

import json
from collections.abc import Callable
from csv import DictReader
from datetime import UTC, datetime, timedelta
from io import TextIOWrapper

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories import UserFactory
from tests.job_steps import read_mails, run_jobs
from tests.riders.data_exports.steps import PAGE, download
from tests.riders.steps import count_rows
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.auth.models import User
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.hooks import get_hooks
from webapp.jobs.models import Job
from webapp.riders.data_exports.models import DataExport, DataExportPart
from webapp.riders.data_exports.services import (
    request_data_export,
)
from webapp.riders.services.account_deletion import delete_account


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
    changed = {"events", "jobs", "data-exports", "notifications"}
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
