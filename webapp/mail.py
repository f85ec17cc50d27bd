"""Mail: rendered before the commit, sent after it. The only module that knows Flask-Mailman.

A mail is a template and values: ``templates/mail/<name>.txt`` with its subject, and the same in
HTML. MAIL_URL says where it goes: to a mail server, or into a folder of this machine.
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
from flask_mailman import EmailMultiAlternatives
from flask_mailman.backends.base import BaseEmailBackend
from flask_mailman.backends.smtp import EmailBackend as SmtpBackend
from jinja2 import StrictUndefined
from sqlalchemy.orm import Session

from webapp.db.transactions import after_commit
from webapp.extensions import mailman
from webapp.observability.metrics import MAILS
from webapp.observability.runs import observe_call
from webapp.translations import request_language

log = logging.getLogger(__name__)

#: Mails that an application sends at the same time.
SENDERS = 4


def init_app(app: Flask) -> None:
    app.config.update(
        _choose_transport(app.config["MAIL_URL"]),
        MAIL_DEFAULT_SENDER=app.config["MAIL_FROM"],
        MAIL_TIMEOUT=app.config["MAIL_TIMEOUT_S"],
    )
    mailman.init_app(app)
    app.extensions["mailman"].outbox = []  # for tests; the backend of memory: fills it
    # Its threads start with the first mail, and finish the mails they have at the process's end.
    app.extensions["movr_mail_senders"] = ThreadPoolExecutor(SENDERS, thread_name_prefix="mail")
    # A missing value raises an error: a mail without its link is of no use.
    app.extensions["mail_templates"] = app.jinja_env.overlay(undefined=StrictUndefined)


def _choose_transport(url: str) -> dict[str, Any]:
    """Return the settings of Flask-Mailman for a MAIL_URL."""
    parts = urlsplit(url)
    if parts.scheme in ("folder", "memory"):
        return {"MAIL_BACKEND": _FolderBackend if parts.scheme == "folder" else "locmem"}
    return {
        "MAIL_BACKEND": _SmtpBackend,
        "MAIL_SERVER": parts.hostname,
        "MAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "MAIL_USERNAME": unquote(parts.username or ""),
        "MAIL_PASSWORD": unquote(parts.password or ""),
        "MAIL_USE_SSL": parts.scheme == "smtps",
        "MAIL_USE_TLS": parts.query == "tls=1",
    }


# --- rendering -----------------------------------------------------------------------------


def send_after_commit(session: Session, *, to: str, template: str, **values: Any) -> None:
    """Send a mail to one address once this unit of work is committed, and not before.

    It is rendered now, in the language of the request, so that a missing value or template is
    raised before the commit. A transaction of one statement commits when the statement runs: call
    this before it. The page does not wait until the mail is sent.
    """
    message = render(to, template, **values)
    after_commit(session, lambda: _submit(template, message))


def send(*, to: str, template: str, **values: Any) -> None:
    """Send a mail now, about what is committed already."""
    _submit(template, render(to, template, **values))


def _submit(template: str, message: EmailMultiAlternatives) -> None:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    if app.config["MAIL_IN_BACKGROUND"]:
        app.extensions["movr_mail_senders"].submit(_deliver, app, template, message)
    else:
        _deliver(app, template, message)


def render(to: str, template: str, **values: Any) -> EmailMultiAlternatives:
    """Return a mail from ``templates/mail/``. The value ``name`` is the recipient's first name."""
    templates = current_app.extensions["mail_templates"]
    text = templates.get_template(f"mail/{template}.txt")
    locale = request_language().locale
    values = {**values, "name": _remove_link(values["name"]), "locale": locale}
    subject = "".join(text.blocks["subject"](text.new_context(values)))
    values["subject"] = " ".join(subject.split())
    message = EmailMultiAlternatives(
        values["subject"],
        re.sub(r"\n{3,}", "\n\n", text.render(values)).strip() + "\n",
        to=[to],
        headers={
            "Message-ID": make_msgid(domain=_get_domain()),
            "Date": formatdate(),
            "Auto-Submitted": "auto-generated",
        },
    )
    html = templates.get_template(f"mail/{template}.html").render(values)
    message.attach_alternative(html, "text/html")
    message.message()  # refuses headers of several lines
    return message


def _remove_link(name: str) -> str:
    """Return the name, or '' if mail programs would show it as a link.

    Somebody who registers with another person's address must not make us send them a link.
    """
    return "" if re.search(r"[/@:]|\.\S", name) else name


def _get_domain() -> str:
    return parseaddr(current_app.config["MAIL_FROM"])[1].rpartition("@")[2]


# --- sending ------------------------------------------------------------------------------


def _deliver(app: Flask, template: str, message: EmailMultiAlternatives) -> None:
    """Send the mail, and retry after transient errors. Failures are logged.

    The log has the template and the Message-ID, but neither the address nor the answer of the
    server, which may repeat the address.
    """
    description = f"{template} {message.extra_headers['Message-ID']}"
    for pause_s in (*app.config["MAIL_RETRY_PAUSES_S"], None):
        try:
            with (
                app.app_context(),
                observe_call("mail"),
                mailman.get_connection() as connection,
            ):
                connection.send_messages([message])
        except Exception as error:
            reason = f"{type(error).__name__} {_find_status(error) or ''}".strip()
            if pause_s is None or not _is_transient(error):
                log.error("mail %s was not sent: %s", description, reason)
                MAILS.labels("failed").inc()
                return
            log.warning("mail %s, again in %s s: %s", description, pause_s, reason)
            MAILS.labels("retried").inc()
            time.sleep(pause_s)
        else:
            MAILS.labels("sent").inc()
            return


def _find_status(error: Exception) -> int | None:
    """Return the three digits with which the mail server refused, or None."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(code for code, _ in error.recipients.values())
    return getattr(error, "smtp_code", None)


def _is_transient(error: Exception) -> bool:
    """Tell whether the server may accept the same mail later: 4xx, or a lost connection."""
    if status := _find_status(error):
        return 400 <= status < 500
    is_offline = isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException)
    return is_offline or isinstance(error, smtplib.SMTPServerDisconnected)


class _VerifyingSMTP(smtplib.SMTP):
    """Verifies the server's certificate at STARTTLS, which the library does not do by itself."""

    def starttls(self, *_: Any, **__: Any) -> tuple[int, bytes]:
        return super().starttls(context=ssl.create_default_context())


class _SmtpBackend(SmtpBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return smtplib.SMTP_SSL if self.use_ssl else _VerifyingSMTP


# --- the mail folder -------------------------------------------------------------------------


def is_written_to_folder() -> bool:
    """Tell whether mail is written to ``folder()`` instead of being sent."""
    return current_app.extensions["mailman"].backend is _FolderBackend


def folder() -> Path:
    """Return the folder of mail that is not sent; the newest file is the last one by name."""
    return Path(current_app.instance_path) / "mail"


class _FolderBackend(BaseEmailBackend):
    """Writes each mail into a file that mail programs can open."""

    def send_messages(self, messages: Iterable[EmailMultiAlternatives]) -> None:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in messages:
            name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{secrets.token_hex(4)}.eml"
            (folder() / name).write_bytes(message.message().as_bytes())
