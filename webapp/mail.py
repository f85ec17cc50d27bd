"""Mail: written before the commit, on its way after it. The one module that knows Flask-Mailman.

A mail is a template and values: ``templates/mail/<name>.txt`` with its subject, and the same in
HTML. Where it goes says MAIL_URL: to a mail server, or into a folder of this machine.
"""

import logging
import re
import secrets
import smtplib
import ssl
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import formatdate, make_msgid, parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app
from flask_babel import get_locale
from flask_mailman import EmailMultiAlternatives
from flask_mailman.backends.base import BaseEmailBackend
from flask_mailman.backends.smtp import EmailBackend as SmtpBackend
from jinja2 import StrictUndefined
from sqlalchemy.orm import Session

from webapp.db.transactions import after_commit
from webapp.extensions import mailman

log = logging.getLogger(__name__)

#: Its threads begin with the first mail of a process, and end what they have begun at its end.
_couriers = ThreadPoolExecutor(4, thread_name_prefix="mail")


def init_app(app: Flask) -> None:
    app.config.update(
        _transport(app.config["MAIL_URL"]),
        MAIL_DEFAULT_SENDER=app.config["MAIL_FROM"],
        MAIL_TIMEOUT=app.config["MAIL_TIMEOUT_S"],
    )
    mailman.init_app(app)
    app.extensions["mailman"].outbox = []  # what tests look into; memory: fills it
    # A value that is forgotten must not become a mail without its link.
    app.extensions["mail_templates"] = app.jinja_env.overlay(undefined=StrictUndefined)


def _transport(url: str) -> dict[str, Any]:
    """Return the settings of Flask-Mailman for a MAIL_URL."""
    parts = urlsplit(url)
    if parts.scheme in ("folder", "memory"):
        return {"MAIL_BACKEND": _Folder if parts.scheme == "folder" else "locmem"}
    return {
        "MAIL_BACKEND": _Smtp,
        "MAIL_SERVER": parts.hostname,
        "MAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "MAIL_USERNAME": unquote(parts.username or ""),
        "MAIL_PASSWORD": unquote(parts.password or ""),
        "MAIL_USE_SSL": parts.scheme == "smtps",
        "MAIL_USE_TLS": parts.query == "tls=1",
    }


# --- writing -------------------------------------------------------------------------------


def send_after_commit(session: Session, *, to: str, template: str, **values: Any) -> None:
    """Send a mail to one address once this unit of work is committed, and not before.

    It is written here and now, in the language of the request: a value or a template that is
    missing is raised before the commit; but a unit of one statement is committed as it runs, so
    there the mail comes first, or a mistake in it is found too late. The page does not wait until
    it has left.
    """
    letter = write(to, template, **values)
    after_commit(session, lambda: _hand_over(template, letter))


def send(*, to: str, template: str, **values: Any) -> None:
    """Send a mail now, about what has been committed already."""
    _hand_over(template, write(to, template, **values))


def _hand_over(template: str, letter: EmailMultiAlternatives) -> None:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    if app.config["MAIL_IN_BACKGROUND"]:
        _couriers.submit(_deliver, app, template, letter)
    else:
        _deliver(app, template, letter)


def write(to: str, template: str, **values: Any) -> EmailMultiAlternatives:
    """Return a mail from ``templates/mail/``; ``name`` is the first name of whom it greets."""
    templates = current_app.extensions["mail_templates"]
    text = templates.get_template(f"mail/{template}.txt")
    values = {**values, "name": _callable_by(values["name"]), "locale": get_locale()}
    subject = "".join(text.blocks["subject"](text.new_context(values)))
    values["subject"] = " ".join(subject.split())
    letter = EmailMultiAlternatives(
        values["subject"],
        re.sub(r"\n{3,}", "\n\n", text.render(values)).strip() + "\n",
        to=[to],
        headers={
            "Message-ID": make_msgid(domain=_domain()),
            "Date": formatdate(),
            "Auto-Submitted": "auto-generated",
        },
    )
    html = templates.get_template(f"mail/{template}.html").render(values)
    letter.attach_alternative(html, "text/html")
    letter.message()  # refuses headers of several lines
    return letter


def _callable_by(name: str) -> str:
    """Return the name, or '' when mail programs would make a link of it.

    Whoever registers with another's address must not have us mail them an advertisement.
    """
    return "" if re.search(r"[/@:]|\.\S", name) else name


def _domain() -> str:
    return parseaddr(current_app.config["MAIL_FROM"])[1].rpartition("@")[2]


# --- on its way ----------------------------------------------------------------------------


def _deliver(app: Flask, template: str, letter: EmailMultiAlternatives) -> None:
    """Hand the mail over, again after what passes. Nobody waits: whatever fails is in the log.

    The log names the kind of mail and its Message-ID, never the address, nor what the server
    says, which may repeat it.
    """
    known_as = f"{template} {letter.extra_headers['Message-ID']}"
    for pause_s in (*app.config["MAIL_RETRY_PAUSES_S"], None):
        try:
            with app.app_context(), mailman.get_connection() as connection:
                connection.send_messages([letter])
        except Exception as error:
            reason = f"{type(error).__name__} {_status(error) or ''}".strip()
            if pause_s is None or not _is_passing(error):
                log.error("mail %s was not sent: %s", known_as, reason)
                return
            log.warning("mail %s, again in %s s: %s", known_as, pause_s, reason)
            time.sleep(pause_s)
        else:
            return


def _status(error: Exception) -> int | None:
    """Return the three digits with which the mail server refused, or None."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(code for code, _ in error.recipients.values())
    return getattr(error, "smtp_code", None)


def _is_passing(error: Exception) -> bool:
    """Tell whether the same mail may be taken later: 4xx, or a line that broke."""
    if status := _status(error):
        return 400 <= status < 500
    away = isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException)
    return away or isinstance(error, smtplib.SMTPServerDisconnected)


class _VerifyingSMTP(smtplib.SMTP):
    """Looks at the server's certificate after STARTTLS; by itself the library takes any."""

    def starttls(self, *_: Any, **__: Any) -> tuple[int, bytes]:
        return super().starttls(context=ssl.create_default_context())


class _Smtp(SmtpBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return smtplib.SMTP_SSL if self.use_ssl else _VerifyingSMTP


# --- kept here -----------------------------------------------------------------------------


def is_kept_here() -> bool:
    """Tell whether mail goes into ``folder()`` and to nobody, so that pages can say so."""
    return current_app.extensions["mailman"].backend is _Folder


def folder() -> Path:
    """Return where mail is kept that is not sent; the newest comes last by name."""
    return Path(current_app.instance_path) / "mail"


class _Folder(BaseEmailBackend):
    """Keeps each mail as a file that mail programs open."""

    def send_messages(self, letters: Iterable[EmailMultiAlternatives]) -> None:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        for letter in letters:
            name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{secrets.token_hex(4)}.eml"
            (folder() / name).write_bytes(letter.message().as_bytes())
