"""One JSON file of a GBFS feed. Those over HTTP are fetched by ``http_files``."""

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from webapp.cli import show_text
from webapp.errors import DomainError
from webapp.fleet.gbfs.file_kinds import SHOWN_VALUES
from webapp.web.credentials import hide_secrets

#: The largest known feeds have some tens of megabytes.
MAX_BYTES = 100_000_000


class FeedUnreadable(DomainError):
    """The feed cannot be read as a whole; the message says which file, and why."""

    status = 422

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


class FileMissing(FeedUnreadable):
    """The file does not exist; this is not an error of the network."""


class FileGone(FileMissing):
    """The server says that the file is gone for good: HTTP 410."""


class NotGbfs(FeedUnreadable):
    """The file is JSON, and none of GBFS."""


@dataclass(frozen=True)
class Document:
    """One JSON file of a feed. ``where``: as requested; ``found_at``: after redirects."""

    where: Path | str
    found_at: Path | str
    content: object

    @property
    def data(self) -> dict[str, object]:
        """The object that every GBFS file has under ``data``; raises FeedUnreadable."""
        data = self.content.get("data") if isinstance(self.content, dict) else None
        if not isinstance(data, dict):
            raise NotGbfs(f"{self.shown} is no GBFS file: it has no object 'data'.")
        return data

    @property
    def name(self) -> str:
        """A stable name of the file, without the query string of its URL."""
        if isinstance(self.where, Path):
            return "/".join(self.where.parts[-2:])
        return name_url(self.where)

    @property
    def shown(self) -> str:
        """Its path or URL for a message."""
        return show_location(self.where)

    def unreadable(self, problem: str) -> FeedUnreadable:
        """Return the error that this file has ``problem``."""
        return FeedUnreadable(f"{self.shown} {problem}.")


def name_url(text: str) -> str:
    """Return host and path of a URL; raises ValueError."""
    url = urlsplit(text)
    return f"{url.hostname}{f':{url.port}' if url.port else ''}{url.path}"


def is_http(text: str) -> bool:
    """Return whether the text is an http or https address."""
    return text.lower().startswith(("http://", "https://"))


def load(path: Path) -> Document:
    """Return the file at ``path``; raises FeedUnreadable."""
    try:
        with path.open("rb") as file:
            return Document(path, path, parse(file.read(MAX_BYTES + 1), path, MAX_BYTES))
    except (FileNotFoundError, NotADirectoryError):
        raise FileMissing(f"There is no file {show_text(path)}.") from None
    except OSError as error:
        raise FeedUnreadable(f"{show_text(path)} cannot be read: {error.strerror}.") from None


def parse(body: bytes, where: Path | str, max_bytes: int) -> object:
    """Return the JSON in a file; raises FeedUnreadable, also if it has more bytes."""
    if len(body) > max_bytes:
        raise FeedUnreadable(f"{show_location(where)} is larger than {max_bytes // 1_000_000} MB.")
    try:
        return json.loads(body.decode("utf-8-sig"), parse_int=_parse_int)
    except (ValueError, RecursionError):
        raise FeedUnreadable(f"{show_location(where)} is not JSON.") from None


def _parse_int(digits: str) -> int | float:
    """Read a JSON integer; one that is too long is infinite, so that only its row is skipped."""
    return int(digits) if len(digits) < 300 else float(digits)


def show_location(where: Path | str) -> str:
    """Return a path or URL for a message, without passwords and keys."""
    return show_text(hide_secrets(where, SHOWN_VALUES) if isinstance(where, str) else where)
