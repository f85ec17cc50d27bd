"""Mail: right in every template, gone only after the commit, and never in anybody's way."""

import html
import logging
import re
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from threading import Event
from typing import Any

import flask_babel
import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from flask import Flask
from jinja2 import UndefinedError
from sqlalchemy import text
from sqlalchemy.engine import URL

import config
from tests.databases import make_app
from tests.html_checks import VOID
from tests.surface.smtp_server import PATIENCE_S, SmtpServer, smtp_server
from tests.surface.test_texts import Brackets, bare_words
from webapp import create_app, mail
from webapp.db.transactions import run_transaction
from webapp.extensions import db

LINK = "http://localhost/account/confirm?a=1&token=s3cret-t0ken"
#: Every template and what it is given besides the name.
MAILS: dict[str, dict[str, str]] = {
    "confirm_email": {"link": LINK},
    "reset_password": {"link": LINK},
    "password_changed": {},
    "new_device": {
        "device": "Firefox on Linux",
        "place": "New York",
        "when": "4 Mar 2027, 09:12",
        "link": LINK,
    },
    "change_email_old": {"address": "new@example.org", "link": LINK},
    "change_email_new": {"link": LINK},
    "email_changed": {"address": "new@example.org"},
    "address_taken": {"link": LINK, "reset_link": "http://localhost/reset"},
    "account_deleted": {},
    "second_factor_on": {},
    "second_factor_off": {},
    "recovery_codes_made": {},
    "identity_linked": {"provider": "Example"},
    "saved_vehicle_free": {"vehicle": "Okai scooter", "link": LINK},
    "ride_reminder": {
        "vehicle": "Okai scooter",
        "lasts": "2 h 05 min",
        "price": "$32.50",
        "link": LINK,
    },
    "credit_given": {"amount": "$5.00", "note": "Sorry", "link": LINK},
    "report_answered": {"link": LINK},
}
#: Tried with the ride that they are about, in test_receipts.py and test_disputes.py of tests/rides.
OF_A_RIDE = {"receipt", "dispute_answered"}
FOLDER = Path(mail.__file__).parent / "templates" / "mail"


@pytest.fixture
def outbox(app: Flask) -> Iterator[list[Any]]:
    """What the application has sent in this test."""
    sent: list[Any] = app.extensions["mailman"].outbox
    sent.clear()
    yield sent
    sent.clear()


@pytest.fixture
def inside(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app


def send(template: str = "password_changed", to: str = "ada@example.org", **values: Any) -> None:
    """Send a mail from a unit of work that does nothing else."""
    given = {"name": "Ada", **MAILS[template], **values}
    run_transaction(
        lambda session: mail.send_after_commit(session, to=to, template=template, **given)
    )


def parts(letter: Any) -> tuple[str, str]:
    """Return the text and the HTML of a mail, as they arrive."""
    arrived: Any = message_from_bytes(letter.message().as_bytes(), policy=policy.default)
    both = (arrived.get_body(["plain"]), arrived.get_body(["html"]))
    return both[0].get_content(), both[1].get_content()


# --- templates -----------------------------------------------------------------------------


class Reader(HTMLParser):
    """Holds a mail's HTML to what it may be, and collects its links."""

    def __init__(self, written: str) -> None:
        super().__init__()
        self.open_tags: list[str] = []
        self.links: list[str] = []
        self.feed(written)
        assert self.open_tags == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("img", "script", "link", "iframe", "form", "table"), tag
        values = dict(attrs)
        assert {"src", "srcset", "background"} & set(values) == set()
        assert "url(" not in (values.get("style") or "")
        if tag == "a":
            self.links.append(values["href"] or "")
        if tag not in VOID:
            self.open_tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open_tags.pop() == tag


def test_every_template_is_tried_here() -> None:
    for ending in ("txt", "html"):
        names = {file.stem for file in FOLDER.glob(f"[a-z]*.{ending}")}
        assert names == {*MAILS, *OF_A_RIDE, "base"}


@pytest.mark.parametrize("template", MAILS)
def test_a_mail_says_the_same_in_text_and_in_html(inside: Flask, template: str) -> None:
    letter = mail.render("ada@example.org", template, name="Ada", **MAILS[template])
    plain, rich = parts(letter)
    reader = Reader(rich)
    assert reader.links == [v for name, v in MAILS[template].items() if name.endswith("link")]
    assert reader.links == re.findall(r"https?://\S+", plain)
    words = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", rich.split("</head>")[1])).split())
    for line in plain.removesuffix("MovR\n").split("\n"):
        assert line in reader.links or " ".join(line.removesuffix(":").split()) in words
    for value in MAILS[template].values():
        assert value in plain
    assert letter.subject in rich
    assert "Hello Ada," in plain
    assert not re.search(r"\n\n\n|[ \t]\n|\{|%\(", plain)
    assert max(map(len, rich.splitlines())) < 998


@pytest.mark.parametrize("template", MAILS)
def test_no_mail_has_a_bare_word(
    inside: Flask, monkeypatch: pytest.MonkeyPatch, template: str
) -> None:
    monkeypatch.setattr(flask_babel.Domain, "get_translations", lambda self: Brackets())
    values = dict.fromkeys(MAILS[template], "1")
    letter = mail.render("ada@example.org", template, name="Ada", **values)
    plain, rich = parts(letter)
    assert bare_words(plain) == bare_words(rich.split("</head>")[1]) == []
    assert letter.subject.startswith("⟦")


def test_a_value_that_is_missing_stops_the_unit_of_work(inside: Flask, outbox: list[Any]) -> None:
    done: list[str] = []

    def work(session: Any) -> None:
        mail.send_after_commit(session, to="a@example.org", template="confirm_email", name="Ada")
        done.append("went on")

    with pytest.raises(UndefinedError, match="link"):
        run_transaction(work)
    assert (done, outbox) == ([], [])


def test_a_name_is_text_and_not_html(inside: Flask) -> None:
    plain, rich = parts(mail.render("a@example.org", "account_deleted", name="<b>A & Co"))
    assert "Hello <b>A & Co," in plain
    assert "Hello &lt;b&gt;A &amp; Co," in rich


@pytest.mark.parametrize(
    "name", ["evil.example", "see http://x", "me@evil", "WWW.EVIL.EXAMPLE", ""]
)
def test_a_name_that_would_become_a_link_is_not_repeated(inside: Flask, name: str) -> None:
    plain, rich = parts(mail.render("a@example.org", "confirm_email", name=name, link=LINK))
    assert "Hello," in plain
    assert not name or name not in plain + rich


# --- headers -------------------------------------------------------------------------------


def test_the_headers_say_who_writes_when_and_that_it_is_a_machine(inside: Flask) -> None:
    with time_machine.travel(datetime(2027, 3, 4, 9, 12, tzinfo=UTC), tick=False):
        letter = mail.render("ada@example.org", "account_deleted", name="Ada")
    headers = letter.message()
    assert headers["From"] == "MovR <hello@movr.example>"
    assert headers["To"] == "ada@example.org"
    assert headers["Subject"] == "Your account is gone"
    assert headers["Date"] == "Thu, 04 Mar 2027 09:12:00 -0000"
    assert re.fullmatch(r"<[^@\s]+@movr\.example>", headers["Message-ID"])
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize("ending", ["\nBcc: victim@example.org", "\r\n\r\nHello", "\r"])
def test_an_address_cannot_add_headers(inside: Flask, outbox: list[Any], ending: str) -> None:
    with pytest.raises(ValueError, match="newlines"):
        send(to=f"ada@example.org{ending}")
    assert outbox == []


# --- after the commit ----------------------------------------------------------------------


def test_a_mail_leaves_after_the_commit(inside: Flask, outbox: list[Any]) -> None:
    def work(session: Any) -> None:
        mail.send_after_commit(session, to="a@example.org", template="account_deleted", name="A")
        session.execute(text("SELECT 1"))
        assert outbox == []

    run_transaction(work)
    assert [letter.to for letter in outbox] == [["a@example.org"]]


def test_a_unit_that_is_undone_sends_nothing(inside: Flask, outbox: list[Any]) -> None:
    def work(session: Any) -> None:
        mail.send_after_commit(session, to="a@example.org", template="account_deleted", name="A")
        raise KeyError("mine")

    with pytest.raises(KeyError):
        run_transaction(work)
    assert outbox == []


# --- by SMTP -------------------------------------------------------------------------------


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


def test_a_mail_arrives_as_it_was_written(through: Callable[..., Flask]) -> None:
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
def test_what_passes_is_tried_again_as_the_same_mail(
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
def test_a_mail_that_is_refused_for_good_ends_in_one_line_of_the_log(
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


def test_a_mail_server_that_is_away_hurts_nobody(
    through: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    with smtp_server() as server:
        through(server)
    send()
    assert "was not sent: ConnectionRefusedError" in caplog.text


def test_the_page_does_not_wait_for_the_mail_server(through: Callable[..., Flask]) -> None:
    """The server takes the mail only after the unit of work has returned."""
    returned = Event()

    class Late(SmtpServer):
        def process_request(self, *arguments: Any) -> None:
            assert returned.wait(PATIENCE_S)
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


def test_a_password_goes_to_a_server_that_shows_a_known_certificate(
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


def test_a_server_with_a_strange_certificate_gets_neither_password_nor_mail(
    through: Callable[..., Flask],
    certificate: tuple[Path, ssl.SSLContext],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with smtp_server(tls=certificate[1]) as server:
        through(server, SIGNED_IN)
        send()
    assert not [line for line in server.heard if line.startswith(("AUTH", "MAIL"))]
    assert "was not sent: SSLCertVerificationError" in caplog.text


# --- kept here -----------------------------------------------------------------------------


def test_without_a_mail_server_each_mail_is_a_file_the_newest_last(
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
        "Your account is gone",
        "Confirm your e-mail address",
    ]
    assert (tmp_path / "mail").stat().st_mode & 0o077 == 0


def test_mail_that_is_sent_is_not_kept_here(inside: Flask) -> None:
    assert not mail.is_written_to_folder()


# --- settings ------------------------------------------------------------------------------

PRODUCTION = {
    "SECRET_KEY": "x" * 32,
    "DATABASE_URL": "postgresql+psycopg2://movr@db/movr?sslmode=verify-full",
    "PUBLIC_URL": "https://movr.test",
    "MAIL_URL": "smtps://mail.movr.test",
    "MAIL_FROM": "MovR <hello@movr.test>",
}


@pytest.mark.parametrize(
    ("setting", "value"),
    [("MAIL_URL", ""), ("MAIL_FROM", config.Configuration.MAIL_FROM), ("BCRYPT_LOG_ROUNDS", 11)],
)
def test_a_production_says_how_mail_leaves_and_from_whom(setting: str, value: object) -> None:
    create_app(config.Production, **PRODUCTION)
    with pytest.raises(config.ConfigurationError, match=setting):
        create_app(config.Production, **{**PRODUCTION, setting: value})


@pytest.mark.parametrize(
    "url",
    ["smtp://mail", "smtps://u:p@mail", "smtp://u:p@mail:587?tls=1", "smtp://[::1]:25", "folder:"],
)
def test_mail_urls(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("MAIL_URL", url)
    assert config.overrides()["MAIL_URL"] == url


@pytest.mark.parametrize(
    "url",
    [
        "mail", "http://u:secret@mail", "smtp://", "smtp://u:sec/ret@mail", "smtp://[::1", "memory:",
        "smtp://u:secret@mail", "smtp://u:secret@mail?tls=no", "smtp://u:secret@mail:99999",
    ],
)  # fmt: skip
def test_a_mail_url_that_is_none_is_one_line_without_the_url(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("MAIL_URL", url)
    with pytest.raises(config.ConfigurationError, match="MAIL_URL cannot be read") as refusal:
        config.overrides()
    assert "sec" not in str(refusal.value)


@pytest.mark.parametrize("sender", ["MovR", "hello@", "MovR <hello>", "a@b c@d"])
def test_a_sender_without_an_address_is_one_line(
    monkeypatch: pytest.MonkeyPatch, sender: str
) -> None:
    monkeypatch.setenv("MAIL_FROM", sender)
    with pytest.raises(config.ConfigurationError, match="MAIL_FROM cannot be read"):
        config.overrides()
