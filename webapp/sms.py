"""Text messages (SMS): a job writes each, so that nobody waits for the provider.

SMS_URL chooses how they leave. The providers' interface is ``SmsSender``.
"""

import json
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from flask import Flask, current_app
from sqlalchemy import CTE

from webapp import encryption
from webapp.db.inserts import Insert
from webapp.db.keys import RowKey
from webapp.jobs.kinds import JobKind, PermanentJobError, Priority, RunningJob, count_attempts
from webapp.jobs.writing import job_statement

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EncryptedSms:
    """A message that waits in the database."""

    #: Number and text, encrypted: the text has a code.
    ciphertext: str


#: Run by ``send_sms`` in webapp/riders/phones/jobs.py. A code is of no use later.
SMS = JobKind(
    "sms", EncryptedSms, Priority.URGENT, max_attempts=count_attempts(timedelta(minutes=5))
)


class SmsNotSent(Exception):
    """The provider does not answer, or is too busy: a later attempt may succeed."""


class SmsSender(Protocol):
    """What sends a message."""

    def send(self, number: str, text: str) -> None:
        """Send a text to a number in E.164 (``+12125550123``). Raises SmsNotSent, and
        PermanentJobError if no further attempt helps."""


class LogSender:
    """Writes messages to the log: for development."""

    def send(self, number: str, text: str) -> None:
        log.warning("SMS to %s: %s", number, text)


class MemorySender:
    """Keeps messages: for tests."""

    def __init__(self) -> None:
        self.outbox: list[tuple[str, str]] = []

    def send(self, number: str, text: str) -> None:
        self.outbox.append((number, text))


@dataclass(frozen=True)
class HttpSender:
    """Sends messages by a provider with Twilio's interface: a POST of To, From and Body."""

    url: str
    user: str
    password: str
    sender: str
    timeout_s: float

    def send(self, number: str, text: str) -> None:
        import requests  # only the jobs of a server with SMS_URL need it

        fields = {"To": number, "From": self.sender, "Body": text}
        credentials = (self.user, self.password)
        try:
            response = requests.post(
                self.url, fields, auth=credentials, timeout=self.timeout_s, allow_redirects=False
            )
        except requests.RequestException as error:
            raise SmsNotSent(type(error).__name__) from None  # its text has the address
        if response.status_code == 429 or response.status_code >= 500:
            raise SmsNotSent(f"status {response.status_code}")
        if response.status_code >= 300:
            raise PermanentJobError(f"refused with status {response.status_code}")


def init_app(app: Flask) -> None:
    app.extensions["sms"] = make_sender(
        app.config["SMS_URL"], app.config["SMS_FROM"], app.config["SMS_TIMEOUT_S"]
    )


def make_sender(url: str, sender: str, timeout_s: float) -> SmsSender | None:
    """Return what an SMS_URL stands for; None: no messages are sent."""
    parts = urlsplit(url)
    if parts.scheme == "log":
        return LogSender()
    if parts.scheme == "memory":
        return MemorySender()
    if not parts.hostname:
        return None
    host = parts.hostname + (f":{parts.port}" if parts.port else "")
    address = parts._replace(netloc=host).geturl()
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return HttpSender(address, user, password, sender, timeout_s)


def find_sender() -> SmsSender | None:
    """Return what sends messages; None: SMS_URL is empty."""
    sender: SmsSender | None = current_app.extensions["sms"]
    return sender


def sms_statement(number: str, text: str, account_key: RowKey, after: CTE) -> Insert:
    """Return the INSERT of a message to an account, if the part ``after`` has a row."""
    job_id = uuid4()
    ciphertext = encryption.encrypt(json.dumps([number, text]), f"sms {job_id}")
    return job_statement(
        SMS,
        EncryptedSms(ciphertext),
        region=account_key.region,
        account_key=account_key,
        after=after,
        job_id=job_id,
    )


def send_encrypted(sms: EncryptedSms, job: RunningJob) -> None:
    """Send a message that waited. Raises SmsNotSent, PermanentJobError."""
    sender, plaintext = (
        find_sender(),
        encryption.decrypt_stored(sms.ciphertext, f"sms {job.key.id}"),
    )
    if plaintext is None:  # of a newer server, while the key is changed
        raise SmsNotSent("its key is missing in SECRET_KEY and SECRET_KEY_FALLBACKS")
    sender = find_sender()
    if sender is None:
        raise PermanentJobError("SMS_URL is empty")
    number, text = json.loads(plaintext)
    sender.send(number, text)
