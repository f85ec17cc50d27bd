"""One JSON file of a GBFS feed, from disk or over HTTP."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3

from webapp.errors import DomainError

#: Seconds to connect, and to wait for the next piece of an answer.
TIMEOUT_S = (5, 20)
#: The largest feeds of the world have some tens of megabytes.
MAX_BYTES = 100_000_000


class FeedUnreadable(DomainError):
    """The feed cannot be read as a whole; the message says which file, and why."""

    status = 422

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


class FileMissing(FeedUnreadable):
    """There is no such file: not now, and not because a network is down."""


@dataclass(frozen=True)
class Document:
    """One JSON file of a feed. ``where`` is as asked for; ``found_at`` is after redirects."""

    where: Path | str
    found_at: Path | str
    content: Any

    @property
    def data(self) -> dict[str, Any]:
        """The object that every GBFS file has under ``data``; raises FeedUnreadable."""
        data = self.content.get("data") if isinstance(self.content, dict) else None
        if not isinstance(data, dict):
            raise self.unreadable("is no GBFS file: it has no object 'data'")
        return data

    @property
    def name(self) -> str:
        """What the file is called as long as it stays where it is, without secrets of its URL."""
        if isinstance(self.where, Path):
            return "/".join(self.where.parts[-2:])
        url = urlsplit(self.where)
        return f"{url.hostname}{f':{url.port}' if url.port else ''}{url.path}"

    def unreadable(self, problem: str) -> FeedUnreadable:
        """Return the error that this file has ``problem``."""
        return FeedUnreadable(f"{shown(self.where)} {problem}.")


def is_http(text: str) -> bool:
    """Tell whether the text is meant as a web address."""
    return text.lower().startswith(("http://", "https://"))


def load(path: Path) -> Document:
    """Return the file at ``path``; raises FeedUnreadable."""
    try:
        with path.open("rb") as file:
            return Document(path, path, _parse(file.read(MAX_BYTES + 1), path))
    except (FileNotFoundError, NotADirectoryError):
        raise FileMissing(f"There is no file {shown(path)}.") from None
    except OSError as error:
        raise FeedUnreadable(f"{shown(path)} cannot be read: {error.strerror}.") from None


def fetch(url: str) -> Document:
    """Return the file at a web address, and nothing else than that; raises FeedUnreadable."""
    if not is_http(url):
        raise FeedUnreadable(f"The feed names {shown(url)}, which is no http or https address.")
    try:
        with requests.get(url, timeout=TIMEOUT_S, stream=True) as response:
            if response.status_code in (404, 410):
                raise FileMissing(f"{shown(url)} does not exist (HTTP {response.status_code}).")
            if response.status_code != 200:
                raise FeedUnreadable(f"{shown(url)} answers with HTTP {response.status_code}.")
            return Document(url, response.url, _parse(_body(response), url))
    except requests.Timeout:
        problem = "does not answer in time"
    except requests.TooManyRedirects:
        problem = "redirects without end"
    except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
        problem = f"cannot be reached ({type(error).__name__})"
    raise FeedUnreadable(f"{shown(url)} {problem}.")


def _body(response: requests.Response) -> bytes:
    """Return the body, or a little more than the limit of one that is too large."""
    body = bytearray()
    for piece in response.iter_content(65_536):
        body += piece
        if len(body) > MAX_BYTES:
            break
    return bytes(body)


def _parse(body: bytes, where: Path | str) -> Any:
    if len(body) > MAX_BYTES:
        raise FeedUnreadable(f"{shown(where)} is larger than {MAX_BYTES // 1_000_000} MB.")
    try:
        return json.loads(body.decode("utf-8-sig"), parse_int=_number)
    except (ValueError, RecursionError):
        raise FeedUnreadable(f"{shown(where)} is not JSON.") from None


def _number(digits: str) -> int | float:
    """Read a JSON integer; one that nobody can mean becomes infinite and spoils only its row."""
    return int(digits) if len(digits) < 300 else float(digits)


def shown(text: object) -> str:
    """Return foreign text fit for one line of a terminal."""
    line = str(text)
    return line if line.isprintable() else repr(line)
