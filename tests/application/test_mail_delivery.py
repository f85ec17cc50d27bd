"""Mail leaves after the commit, by SMTP or into a folder, and delays nobody."""

import html
import logging
import re
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from flask import Flask
from sqlalchemy import text
from sqlalchemy.engine import URL

from tests.application.mail_steps import LINK, send
from tests.application.smtp_server import SmtpServer, smtp_server
from tests.databases import make_app
from tests.waiting import WAIT_TIMEOUT_S
from webapp import mail
from webapp.db.transactions import run_transaction
from webapp.extensions import db

# --- after the commit ------------------------------------------------------------------------------


def test_a_mail_is_sent_after_the_commit(inside: Flask, outbox: list[Any]) -> None:
    def work(session: Any) -> None:
        mail.send_after_commit(session, to="a@example.org", template="account_deleted", name="A")
        session.execute(text("SELECT 1"))
        assert outbox == []

    run_transaction(work)
    assert [letter.to for letter in outbox] == [["a@example.org"]]


def test_a_transaction_that_is_rolled_back_sends_no_mail(inside: Flask, outbox: list[Any]) -> None:
    def work(session: Any) -> None:
        mail.send_after_commit(session, to="a@example.org", template="account_deleted", name="A")
        raise KeyError("mine")

    with pytest.raises(KeyError):
        run_transaction(work)
    assert outbox == []


# --- by SMTP ---------------------------------------------------------------------------------------


@pytest.fixture
def through(database: URL) -> Iterator[Callable[..., Flask]]:
    """Make an application that sends through a mail server, with its context."""
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


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["451 later", "421 closing", "hang up"])
def test_a_temporary_failure_is_retried_with_the_same_message_id(
    through: Callable[..., Flask], caplog: pytest.LogCaptureFixture, trouble: str
) -> None:
    with smtp_server([trouble, trouble]) as server:
        through(server)
        send("reset_password")
        letter = server.next_mail()
    assert server.heard.count("DATA") == 3
    assert [r.levelname for r in caplog.records] == ["WARNING", "WARNING"]
    assert all(letter["Message-ID"] in message for message in caplog.messages)
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize(
    ("refusal", "tries"), [("554 no ada@example.org here", 1), ("451 later", 3)]
)
def test_a_mail_that_cannot_be_sent_is_logged_in_one_line(
    through: Callable[..., Flask], caplog: pytest.LogCaptureFixture, refusal: str, tries: int
) -> None:
    with smtp_server([refusal] * 9) as server:
        through(server)
        send("reset_password")
    assert server.heard.count("DATA") == tries
    errors = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert len(errors) == 1
    assert re.fullmatch(
        rf"mail reset_password <\S+> was not sent: SMTPDataError {refusal[:3]}", errors[0]
    )
    for secret in ("s3cret", "ada@", "here"):
        assert secret not in caplog.text


def test_an_unreachable_mail_server_does_not_fail_the_request(
    through: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    with smtp_server() as server:
        through(server)
    send()
    assert "was not sent: ConnectionRefusedError" in caplog.text


def test_the_response_does_not_wait_for_the_mail_server(through: Callable[..., Flask]) -> None:
    """The server takes the mail only after the unit of work has returned."""
    returned = Event()

    class Late(SmtpServer):
        def process_request(self, *arguments: Any) -> None:
            assert returned.wait(WAIT_TIMEOUT_S)
            super().process_request(*arguments)

    with smtp_server(kind=Late) as server:
        through(server, MAIL_IN_BACKGROUND=True)
        send()
        returned.set()
        assert server.next_mail()["Subject"] == "Your password was changed"


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for this machine that nobody has signed, and what a server does with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    public, private = tmp_path / "public.pem", tmp_path / "private.pem"
    public.write_bytes(signed.public_bytes(Encoding.PEM))
    private.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context


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
        send()
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
        send()
    assert not [line for line in server.heard if line.startswith(("AUTH", "MAIL"))]
    assert "was not sent: SSLCertVerificationError" in caplog.text


# --- kept here -------------------------------------------------------------------------------------


def test_without_a_mail_server_mails_are_written_to_numbered_files(
    database: URL, tmp_path: Path
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
