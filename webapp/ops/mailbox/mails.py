"""Reading the folder of mail that is not sent."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from webapp import mail

#: How many mails the mailbox lists.
MAX_MAILS = 50
SUFFIX = ".eml"


@dataclass(frozen=True)
class Mail:
    """A mail of the folder. name: of its file; date: None if it has none."""

    name: str
    to: str
    subject: str
    date: datetime | None
    text: str
    html: str


def list_mails() -> list[Mail]:
    """Return the newest mails, the newest first."""
    return [_read(path) for path in _list_files()[:MAX_MAILS]]


def find_mail(name: str) -> Mail | None:
    """Return the mail in the file of that name, or None."""
    return next((_read(path) for path in _list_files() if path.name == name), None)


def _list_files() -> list[Path]:
    return sorted(mail.folder().glob(f"*{SUFFIX}"), reverse=True)


def _read(path: Path) -> Mail:
    message = message_from_bytes(path.read_bytes(), policy=default)
    date = message["date"]
    return Mail(
        path.name,
        str(message["to"]),
        str(message["subject"]),
        date.datetime.replace(tzinfo=UTC) if date else None,  # written as "-0000"
        _read_body(message, "plain"),
        _read_body(message, "html"),
    )


def _read_body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""
