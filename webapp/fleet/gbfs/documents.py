"""One JSON file of a GBFS feed, from disk or over HTTP."""

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests
import urllib3

from webapp.cli import show_text
from webapp.errors import DomainError
from webapp.fleet.gbfs.file_kinds import SHOWN_VALUES
from webapp.web.credentials import hide_secrets
from webapp.web.fetching import AddressRefused, DeadlineExceeded, Fetcher

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
            raise self.unreadable("is no GBFS file: it has no object 'data'")
        return data

    @property
    def name(self) -> str:
        """A stable name of the file, without the query string of its URL."""
        if isinstance(self.where, Path):
            return "/".join(self.where.parts[-2:])
        url = urlsplit(self.where)
        return f"{url.hostname}{f':{url.port}' if url.port else ''}{url.path}"

    def unreadable(self, problem: str) -> FeedUnreadable:
        """Return the error that this file has ``problem``."""
        return FeedUnreadable(f"{show_location(self.where)} {problem}.")


def is_http(text: str) -> bool:
    """Return whether the text is an http or https address."""
    return text.lower().startswith(("http://", "https://"))


def load(path: Path) -> Document:
    """Return the file at ``path``; raises FeedUnreadable."""
    try:
        with path.open("rb") as file:
            return Document(path, path, _parse(file.read(MAX_BYTES + 1), path))
    except (FileNotFoundError, NotADirectoryError):
        raise FileMissing(f"There is no file {show_text(path)}.") from None
    except OSError as error:
        raise FeedUnreadable(f"{show_text(path)} cannot be read: {error.strerror}.") from None


def fetch(url: str, fetcher: Fetcher) -> Document:
    """Return the file at an http or https address; raises FeedUnreadable."""
    if not is_http(url):
        raise FeedUnreadable(
            f"The feed names {show_location(url)}, which is no http or https address."
        )
    try:
        with fetcher.open(url) as response:
            if response.status_code in (404, 410):
                raise FileMissing(
                    f"{show_location(url)} does not exist (HTTP {response.status_code})."
                )
            if response.status_code != 200:
                raise FeedUnreadable(
                    f"{show_location(url)} answers with HTTP {response.status_code}."
                )
            return Document(url, response.url, _parse(_read_body(response), url))
    except AddressRefused as refusal:
        problem = f"leads to {refusal}, which is no public address (--allow-private permits it)"
    except DeadlineExceeded as error:
        problem = f"was not read within {error} seconds, the time for the whole feed"
    except requests.Timeout:
        problem = "does not answer in time"
    except requests.TooManyRedirects:
        problem = "redirects without end"
    except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
        problem = f"cannot be reached ({type(error).__name__})"
    raise FeedUnreadable(f"{show_location(url)} {problem}.")


def _read_body(response: requests.Response) -> bytes:
    """Return the body, or a little more than the limit of one that is too large."""
    body = bytearray()
    for piece in response.iter_content(65_536):
        body += piece
        if len(body) > MAX_BYTES:
            break
    return bytes(body)


def _parse(body: bytes, where: Path | str) -> object:
    if len(body) > MAX_BYTES:
        raise FeedUnreadable(f"{show_location(where)} is larger than {MAX_BYTES // 1_000_000} MB.")
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
