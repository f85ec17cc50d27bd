"""Mail: written as a job with the change it tells of, rendered and sent by a worker.

A mail is a template and values: ``templates/mail/<name>.txt`` with its subject, and the same in
HTML. MAIL_URL says where it goes: to a mail server, or into a folder of this machine. This is the
only module that knows Flask-Mailman.
"""

import json
import re
import secrets
import smtplib
import ssl
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import formatdate, parseaddr
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit
from uuid import UUID, uuid4

from flask import Flask, current_app
from flask_mailman import EmailMultiAlternatives
from flask_mailman.backends.base import BaseEmailBackend
from flask_mailman.backends.smtp import EmailBackend as SmtpBackend
from jinja2 import StrictUndefined
from sqlalchemy import CTE, ColumnElement, and_

from webapp import encryption
from webapp.db.inserts import Insert
from webapp.db.keys import RowKey
from webapp.extensions import mailman
from webapp.jobs.kinds import JobKind, PermanentJobError, Priority, RunningJob, count_attempts
from webapp.jobs.writing import job_cte, job_statement
from webapp.observability.metrics import MAILS
from webapp.observability.runs import observe_call
from webapp.regions.catalogue import local_region
from webapp.translations import force_locale, get_language_code, request_language, request_units
from webapp.translations.catalogues import SOURCE_LANGUAGE
from webapp.translations.units import METRIC
from webapp.web.languages import find_offered_language

#: The values that are the language and the units of a recipient without an account.
LANGUAGE, UNITS = "language", "units"
#: What a template is filled with, as JSON.
Values = dict[str, str | int | bool | None]


class Recipient(NamedTuple):
    """Whom a mail is for."""

    address: str
    #: The first name.
    name: str
    #: The account that it is about, with which the mail goes if it still waits. None: the mail
    #: outlives the account.
    account_key: RowKey | None = None
    #: ISO 639. '': that of the request that writes the mail.
    language: str = ""
    #: As an account has them, ``mi-12``. '': those of the request that writes the mail.
    units: str = ""


@dataclass(frozen=True)
class EncryptedMail:
    """A mail that waits in the database."""

    #: Its name in ``templates/mail/``.
    template: str
    #: Recipient and values, encrypted: links in mails open accounts.
    ciphertext: str


#: Refusals of one recipient or one mail; other errors are about the server.
_REFUSALS = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)
#: A mail server may be away for so long.
PATIENCE = timedelta(hours=12)
#: Run by ``send_mail`` in webapp/auth/jobs.py.
MAIL = JobKind("mail", EncryptedMail, Priority.URGENT, max_attempts=count_attempts(PATIENCE))


def init_app(app: Flask) -> None:
    app.config.update(
        _choose_transport(app.config["MAIL_URL"]),
        MAIL_DEFAULT_SENDER=app.config["MAIL_FROM"],
        MAIL_TIMEOUT=app.config["MAIL_TIMEOUT_S"],
    )
    mailman.init_app(app)
    app.extensions["mailman"].outbox = []  # for tests; the backend of memory: fills it
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


# --- writing -------------------------------------------------------------------------------


def mail_statement(
    template: str,
    recipient: Recipient | RowKey,
    *,
    kind: JobKind[EncryptedMail] = MAIL,
    region: str | None = None,
    after: CTE | None = None,
    job_id: UUID | None = None,
    **values: str | int | bool | None,
) -> Insert:
    """Return the INSERT of a mail, for the statement or transaction of the change it tells of.

    recipient: or the key of an account, whose address and name are read when the mail is sent; also
        its ``cte_key`` in ``after``.
    kind: of the job, if its handler adds values.
    region: where the change is written; by default the region of the account.
    after: a part of the same statement. The mail is written if this part has a row.
    """
    job_id = job_id or uuid4()
    if isinstance(recipient, Recipient):
        account_key, address = recipient.account_key, recipient[:2]
        values[LANGUAGE] = recipient.language or get_language_code()
        values[UNITS] = recipient.units or str(request_units())
    else:
        account_key, address = recipient, None
    ciphertext = encryption.encrypt(json.dumps([address, values]), _context(job_id))
    return job_statement(
        kind,
        EncryptedMail(template, ciphertext),
        region=region or (account_key.region if account_key else local_region()),
        account_key=account_key,
        after=after,
        job_id=job_id,
    )


def mail_cte(
    template: str,
    recipient: Recipient | RowKey,
    *,
    region: str | None = None,
    after: CTE | None = None,
    **values: str | int | bool | None,
) -> CTE:
    """Return the ``mail_statement`` as a part of another statement, for ``add_cte``."""
    mail = mail_statement(
        template, recipient, kind=MAIL, region=region, after=after, job_id=None, **values
    )
    return job_cte(mail)


def decrypt_mail(mail: EncryptedMail, job: RunningJob) -> tuple[Recipient | None, Values]:
    """Return the recipient and the values of a mail. None: the account of the job.

    Raises MailNotSent if the key is not known here.
    """
    text = encryption.decrypt_stored(mail.ciphertext, _context(job.key.id))
    if text is None:  # of a newer server, while the key is changed: a later attempt may have it
        raise MailNotSent("its key is missing in SECRET_KEY and SECRET_KEY_FALLBACKS")
    address, values = json.loads(text)
    language, units = values.pop(LANGUAGE, ""), values.pop(UNITS, "")
    if not address:
        return None, values
    return Recipient(address[0], address[1], language=language, units=units), values


def _context(job_id: UUID) -> str:
    return f"mail {job_id}"


# --- rendering -----------------------------------------------------------------------------


def render(
    recipient: Recipient, template: str, message_id: str, **values: Any
) -> EmailMultiAlternatives:
    """Return a mail from ``templates/mail/``, in the language and units of the recipient.

    message_id: the part of the Message-ID before the @.
    values: what the template needs. With an ``unsubscribe_link``, mail programs offer to end such
        mails. Any: Jinja takes all.
    """
    with language_of(recipient):
        return _render(recipient, template, message_id, values)


def language_of(recipient: Recipient) -> AbstractContextManager[None]:
    """Use the language and the units of the recipient inside of the block, for values that are
    texts."""
    language = find_offered_language(recipient.language) or SOURCE_LANGUAGE
    return force_locale(language, METRIC.choose(recipient.units))


def _render(
    recipient: Recipient, template: str, message_id: str, values: dict[str, Any]
) -> EmailMultiAlternatives:
    templates = current_app.extensions["mail_templates"]
    text = templates.get_template(f"mail/{template}.txt")
    values = {**values, "name": remove_link(recipient.name), "locale": request_language().locale}
    subject = "".join(text.blocks["subject"](text.new_context(values)))
    values["subject"] = " ".join(subject.split())
    headers = {
        "Message-ID": f"<{message_id}@{_get_domain()}>",
        "Date": formatdate(),
        "Auto-Submitted": "auto-generated",
    }
    if link := values.get("unsubscribe_link"):  # RFC 8058
        headers["List-Unsubscribe"] = f"<{link}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = EmailMultiAlternatives(
        values["subject"],
        re.sub(r"\n{3,}", "\n\n", text.render(values)).strip() + "\n",
        to=[recipient.address],
        headers=headers,
    )
    html = templates.get_template(f"mail/{template}.html").render(values)
    message.attach_alternative(html, "text/html")
    message.message()  # refuses headers of several lines
    return message


def remove_link(name: str) -> str:
    """Return the name, or '' if mail programs would show it as a link.

    Somebody who registers with another person's address must not make us send them a link.
    """
    return "" if re.search(r"[/@:]|\.\S", name) else name


def _get_domain() -> str:
    return parseaddr(current_app.config["MAIL_FROM"])[1].rpartition("@")[2]


# --- sending ------------------------------------------------------------------------------


class MailNotSent(Exception):
    """The mail server did not take a mail. The text has neither the address nor the answer of the
    server, which may repeat the address."""


def send(job: RunningJob, recipient: Recipient, template: str, **values: Any) -> None:
    """Render a mail and send it, for the handler of a job.

    The Message-ID is that of the job, so that mail programs show a second delivery only once.

    Raises MailNotSent; PermanentJobError if the server will never take it.
    """
    message = render(recipient, template, str(job.key.id), **values)
    try:
        with observe_call("mail"), mailman.get_connection() as connection:
            connection.send_messages([message])
    except (OSError, smtplib.SMTPException) as error:
        MAILS.labels("retried" if _is_transient(error) else "failed").inc()
        reason = f"{template}: {type(error).__name__} {_find_status(error) or ''}".strip()
        raise (MailNotSent if _is_transient(error) else PermanentJobError)(reason) from None
    MAILS.labels("sent").inc()


def _find_status(error: Exception) -> int | None:
    """Return the three digits with which the mail server refused, or None."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(code for code, _ in error.recipients.values())
    return getattr(error, "smtp_code", None)


def _is_transient(error: Exception) -> bool:
    """Tell whether the server may accept the same mail later: all but a final refusal of this
    recipient or this mail. A wrong password or certificate is mended by the operator."""
    return not (isinstance(error, _REFUSALS) and 500 <= (_find_status(error) or 0) < 600)


def is_server_error_condition(last_error: ColumnElement[str | None]) -> ColumnElement[bool]:
    """Select the jobs whose mail the server did not take for a reason that is not in the mail."""
    return and_(
        last_error.startswith(f"{MailNotSent.__name__}: "),
        *(last_error.not_like(f"%{error.__name__}%") for error in _REFUSALS),
    )


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
