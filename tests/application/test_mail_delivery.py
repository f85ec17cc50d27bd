"""Mail leaves after the commit, by SMTP or into a folder, and delays nobody."""

import html
import smtplib
import ssl
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from flask import Flask
from sqlalchemy import String, func, select, text, update
from sqlalchemy.engine import URL

from tests.application.mail_steps import LINK, send
from tests.application.smtp_server import SmtpServer, smtp_server
from tests.certificates import make_certificate
from tests.databases import make_app
from tests.job_steps import run_jobs
from webapp import mail
from webapp.db.transactions import execute_write, run_transaction
from webapp.extensions import db
from webapp.jobs.models import Job
from webapp.ops.jobs.running import JobOutcome

ADA = mail.Recipient("ada@example.org", "Ada")

# --- after the commit ------------------------------------------------------------------------------


def test_a_mail_is_sent_after_the_commit(inside: Flask, outbox: list[Any]) -> None:
    def work(session: Any) -> None:
        session.execute(mail.mail_statement("account_deleted", ADA))
        assert outbox == []

    run_transaction(work)
    assert run_jobs(inside) == [JobOutcome.DONE]
    assert [letter.to for letter in outbox] == [["ada@example.org"]]


def test_a_transaction_that_is_rolled_back_sends_no_mail(inside: Flask, outbox: list[Any]) -> None:
    def work(session: Any) -> None:
        session.execute(mail.mail_statement("account_deleted", ADA))
        raise KeyError("mine")

    with pytest.raises(KeyError):
        run_transaction(work)
    assert run_jobs(inside) == []


def test_a_mail_that_waits_shows_neither_address_nor_link(inside: Flask) -> None:
    execute_write(mail.mail_statement("reset_password", ADA, link=LINK))
    (stored,) = db.session.scalars(
        select(func.to_jsonb(text("jobs")).cast(String)).select_from(Job)
    )
    assert "reset_password" in stored
    for secret in ("ada@", "Ada", "s3cret"):
        assert secret not in stored
    assert run_jobs(inside) == [JobOutcome.DONE]
    assert db.session.scalars(select(Job.payload)).one() == {}


# --- by SMTP ---------------------------------------------------------------------------------------


@pytest.fixture
def through(app: Flask, database: URL) -> Iterator[Callable[..., Flask]]:
    """Make an application that sends through a mail server, with its context. ``app`` empties the
    tables afterwards."""
    contexts = []

    def make(server: SmtpServer, url: str = "smtp://127.0.0.1:{port}", **settings: Any) -> Flask:
        app = make_app(database, MAIL_URL=url.format(port=server.port), **settings)
        contexts.append(app.app_context())
        contexts[-1].push()
        return app

    yield make
    for context in contexts:
        for engine in db.engines.values():
            engine.dispose()
        context.pop()


def content(letter: EmailMessage, kind: str) -> str:
    body: Any = letter.get_body([kind])
    return str(body.get_content()).replace("\r\n", "\n")


def test_the_server_receives_the_whole_mail(through: Callable[..., Flask]) -> None:
    with smtp_server() as server:
        through(server, MAIL_FROM="MövR <hello@movr.test>")
        send("confirm_email", name="Zoë")
        letter = server.next_mail()
    assert letter["From"] == "MövR <hello@movr.test>"
    assert letter["To"] == "ada@example.org"
    assert letter["Subject"] == "Confirm your e-mail address"
    assert "Hello Zoë," in content(letter, "plain")
    assert LINK in content(letter, "plain")
    assert html.escape(LINK) in content(letter, "html")
    assert {"MAIL FROM:<hello@movr.test>", "RCPT TO:<ada@example.org>"} <= set(server.heard)


@pytest.mark.parametrize("trouble", ["451 later", "421 closing", "hang up"])
def test_a_mail_that_the_server_does_not_take_is_sent_later_with_the_same_message_id(
    through: Callable[..., Flask], caplog: pytest.LogCaptureFixture, trouble: str
) -> None:
    with smtp_server([trouble, trouble]) as server:
        app = through(server)
        assert send("reset_password") == [JobOutcome.POSTPONED]
        for outcome in (JobOutcome.POSTPONED, JobOutcome.DONE):
            execute_write(update(Job).values(due_at=func.now()))
            assert run_jobs(app) == [outcome]
        letter = server.next_mail()
    assert server.heard.count("DATA") == 3
    job_id = db.session.scalars(select(Job.id)).one()
    assert letter["Message-ID"] == f"<{job_id}@movr.example>"
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize(
    ("refusal", "outcome"),
    [("554 no ada@example.org here", JobOutcome.FAILED), ("451 later", JobOutcome.POSTPONED)],
)
def test_log_and_table_say_why_a_mail_is_not_sent_but_not_to_whom(
    through: Callable[..., Flask],
    caplog: pytest.LogCaptureFixture,
    refusal: str,
    outcome: JobOutcome,
) -> None:
    with smtp_server([refusal] * 9) as server:
        through(server)
        assert send("reset_password") == [outcome]
    assert server.heard.count("DATA") == 1
    error = db.session.scalars(select(Job.last_error)).one()
    assert error is not None
    assert error.endswith(f"reset_password: SMTPDataError {refusal[:3]}")
    assert error in caplog.text
    for secret in ("s3cret", "ada@", "here"):
        assert secret not in caplog.text + error


def test_a_mail_server_that_is_away_is_tried_again(through: Callable[..., Flask]) -> None:
    with smtp_server() as server:
        through(server)
    assert send() == [JobOutcome.POSTPONED]
    error = db.session.scalars(select(Job.last_error)).one()
    assert error == "MailNotSent: password_changed: ConnectionRefusedError"


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for this machine that nobody has signed, and what a server does with it."""
    return make_certificate(tmp_path, x509.DNSName("localhost"))


SIGNED_IN = "smtp://movr:p%40ss@localhost:{port}?tls=1"


def test_the_password_is_sent_to_a_server_with_a_trusted_certificate(
    through: Callable[..., Flask],
    certificate: tuple[Path, ssl.SSLContext],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    public, tls = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    with smtp_server(tls=tls) as server:
        through(server, SIGNED_IN)
        assert send() == [JobOutcome.DONE]
        assert server.next_mail()["To"] == "ada@example.org"
    auth = next(line for line in server.heard if line.startswith("AUTH"))
    assert auth == "AUTH PLAIN AG1vdnIAcEBzcw=="  # \0movr\0p@ss
    assert server.heard.index("STARTTLS") < server.heard.index(auth)


@pytest.mark.slow
def test_a_server_with_an_untrusted_certificate_receives_neither_password_nor_mail(
    through: Callable[..., Flask],
    certificate: tuple[Path, ssl.SSLContext],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with smtp_server(tls=certificate[1]) as server:
        through(server, SIGNED_IN)
        assert send() == [JobOutcome.POSTPONED]
    assert not [line for line in server.heard if line.startswith(("AUTH", "MAIL"))]
    assert "SSLCertVerificationError" in caplog.text


# --- kept here -------------------------------------------------------------------------------------


def test_without_a_mail_server_mails_are_written_to_numbered_files(
    app: Flask, database: URL, tmp_path: Path
) -> None:
    app = make_app(database, MAIL_URL="folder:", INSTANCE_PATH=str(tmp_path))
    with app.app_context():
        assert mail.is_written_to_folder()
        assert mail.folder() == tmp_path / "mail"
        for template in ("account_deleted", "confirm_email"):
            send(template)
        for engine in db.engines.values():
            engine.dispose()
    files = sorted((tmp_path / "mail").iterdir())
    assert [file.suffix for file in files] == [".eml", ".eml"]
    letters = [message_from_bytes(f.read_bytes(), policy=policy.default) for f in files]
    assert [m["Subject"] for m in letters] == [
        "Your account has been deleted",
        "Confirm your e-mail address",
    ]
    assert (tmp_path / "mail").stat().st_mode & 0o077 == 0


def test_sent_mails_are_not_written_to_files(inside: Flask) -> None:
    assert not mail.is_written_to_folder()


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPAuthenticationError(535, b"wrong password"),
        smtplib.SMTPNotSupportedError("no STARTTLS"),
        smtplib.SMTPSenderRefused(550, b"unknown sender", "hello@movr.example"),
        smtplib.SMTPConnectError(554, b"no service"),
        smtplib.SMTPServerDisconnected("hung up"),
        TimeoutError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_the_operator_can_mend_loses_no_mail(
    inside: Flask, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: Any) -> None:
        raise error

    connection = type(inside.extensions["mailman"].get_connection())
    monkeypatch.setattr(connection, "send_messages", fail)
    assert send() == [JobOutcome.POSTPONED]


def test_a_mail_whose_key_a_worker_does_not_know_yet_waits(inside: Flask) -> None:
    """While SECRET_KEY is changed, servers may have the new one before workers."""
    key = inside.config["SECRET_KEY"]
    inside.config["SECRET_KEY"] = "the new key of a server"
    try:
        execute_write(mail.mail_statement("account_deleted", ADA))
    finally:
        inside.config["SECRET_KEY"] = key
    assert run_jobs(inside) == [JobOutcome.POSTPONED]
    execute_write(update(Job).values(due_at=func.now()))
    inside.config["SECRET_KEY_FALLBACKS"] = ["the new key of a server"]
    try:
        assert run_jobs(inside) == [JobOutcome.DONE]
    finally:
        inside.config["SECRET_KEY_FALLBACKS"] = []
