"""What leaves the site when something fails: to Sentry, or by mail to ADMINS."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sentry_sdk.transport import Transport
from sqlalchemy import text
from sqlalchemy.engine import URL

from tests.databases import dispose_engines, make_app
from tests.factories import UserFactory
from tests.job_steps import read_mails
from tests.observability.log_lines import LogLines
from tests.visitor import Visitor
from webapp.extensions import db
from webapp.observability.error_reports import error_reporters, report_error
from webapp.observability.execution import Execution, running
from webapp.ops import error_reporting
from webapp.ops.sentry import SentryReporter
from webapp.web import access

SECRETS = [
    "Lovelace", "ada@example.org", "t0ken-of-a-link", "four words", "203.0.113.9", "cookie-v4lue",
    "12 Main Street", "header-v4lue", "form-v4lue", "note-v4lue", "cause-v4lue", "extra-v4lue",
]  # fmt: skip


class FakeTransport(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[str] = []

    def capture_envelope(self, envelope: Any) -> None:
        data = envelope.serialize()
        self.sent.append((gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode())


@pytest.fixture
def failing(app: Flask, database: URL) -> Iterator[Flask]:
    """An application with a page that fails with secrets in every place."""
    failing_app = make_app(database, PROPAGATE_EXCEPTIONS=False, ADMINS=("boss@movr.example",))
    failing_app.test_client_class = Visitor

    @failing_app.route("/fail/<token>", methods=["GET", "POST"])
    @access.public
    def fail(token: str) -> Any:
        secrets = {"local": SECRETS}
        try:
            db.session.execute(text("SELECT CAST(:name AS integer)"), {"name": SECRETS[0]})
        except Exception as cause:
            error = ValueError(f"{SECRETS[1]} {SECRETS[3]} {SECRETS[6]}", secrets, token)
            error.add_note(SECRETS[9])
            error.extra = SECRETS[11]  # type: ignore[attr-defined]
            raise error from RuntimeError(SECRETS[10], cause)
        return ""

    @failing_app.get("/fail-elsewhere")
    @access.public
    def fail_elsewhere() -> Any:
        raise LookupError

    yield failing_app
    dispose_engines(failing_app)


def visit(app: Flask, user: Any = None) -> Any:
    client: Any = app.test_client()
    if user:
        client.sign_in(user)
    client.set_cookie("other", SECRETS[5])
    response = client.post(
        f"/fail/{SECRETS[2]}?email={SECRETS[1]}",
        data={"csrf_token": client.token(), "address": SECRETS[8]},
        headers={"X-Secret": SECRETS[7], "User-Agent": SECRETS[7]},
        environ_base={"REMOTE_ADDR": SECRETS[4]},
    )
    assert response.status_code == 500
    return response


def test_sentry_gets_places_and_ids_and_nothing_personal(
    failing: Flask, make_user: UserFactory
) -> None:
    transport = FakeTransport()
    reporter = SentryReporter("https://key@sentry.example/1", "us-east1", "1.2.3", transport)
    error_reporters(failing)[:] = [reporter]
    user = make_user("ada", first_name="Ada")
    response = visit(failing, user)
    reporter.flush()
    (sent,) = transport.sent
    assert [secret for secret in SECRETS if secret in sent] == []
    event = json.loads(sent.splitlines()[-1])
    assert event["transaction"] == "/fail/<token>"
    assert event["tags"]["request_id"] == response.headers["X-Request-Id"]
    assert event["server_name"] == event["tags"]["region"] == "us-east1"
    types = [exception["type"] for exception in event["exception"]["values"]]
    assert types[-2:] == ["RuntimeError", "ValueError"]
    frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
    assert frames[-1]["function"] == "fail"
    assert set(event["user"]) == {"id"} if "user" in event else True


def test_admins_get_one_mail_for_a_place_with_nothing_personal(failing: Flask) -> None:
    for _ in range(3):
        response = visit(failing)
    (mail,) = read_mails(failing)
    assert mail.to == ["boss@movr.example"]
    message = f"{mail.subject} {mail.body} {mail.alternatives}"
    assert [secret for secret in SECRETS if secret in message] == []
    assert "ValueError" in mail.subject
    assert "/fail/<token>" in mail.body
    assert "in fail" in mail.body
    assert response.status_code == 500
    failing.test_client().get("/fail-elsewhere")
    assert len(read_mails(failing)) == 2


def test_processes_of_a_region_share_the_count_of_mails(
    failing: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit(failing)
    error_reporters(failing)[:] = [error_reporting.ErrorMailer()]  # as in another process
    visit(failing)
    assert len(read_mails(failing)) == 1
    error_reporters(failing)[:] = [error_reporting.ErrorMailer()]
    monkeypatch.setattr(error_reporting, "LIMIT_ALL", (1, 3600))
    failing.test_client().get("/fail-elsewhere")
    assert len(read_mails(failing)) == 1


def test_the_log_has_the_error_and_its_text_without_values(
    failing: Flask, log_lines: LogLines
) -> None:
    visit(failing)
    assert "ValueError" in log_lines.text
    quoted = ("ada@example.org", "t0ken-of-a-link", "203.0.113.9", "cookie-v4lue", "form-v4lue")
    assert [secret for secret in quoted if secret in log_lines.text] == []


def test_a_reporter_that_fails_is_logged_and_changes_nothing(
    failing: Flask, log_lines: LogLines
) -> None:
    def broken(_: BaseException) -> None:
        raise OSError("no route to ada@example.org")

    error_reporters(failing).insert(0, broken)
    visit(failing)
    assert "an error report was not sent: OSError" in log_lines.text
    assert len(read_mails(failing)) == 1


def test_a_job_reports_its_error_too(failing: Flask) -> None:
    with failing.app_context(), running(Execution("job", "digest", job_id="us-east1.7")):
        try:
            raise ZeroDivisionError
        except ZeroDivisionError as error:
            report_error(error)
    (mail,) = read_mails(failing)
    assert "digest" in mail.body


def test_a_setting_without_its_package_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    import config

    def missing(_: str) -> None:
        raise ImportError

    monkeypatch.setattr(error_reporting, "import_string", missing)
    with pytest.raises(config.ConfigurationError, match=r"requirements-monitoring\.txt"):
        error_reporting._make_sentry_reporter({"SENTRY_DSN": "x", "REGION": "us-east1"})
