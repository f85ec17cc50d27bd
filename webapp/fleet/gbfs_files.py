"""The files of a GBFS feed, on disk or over HTTP: where each lies, and what JSON it holds."""

import json
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

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


def open_document(path_or_url: str) -> Document:
    """Return the file that somebody asked for; for a folder, its gbfs.json."""
    if _is_http(path_or_url):
        return _fetch(path_or_url)
    path = Path(os.path.abspath(path_or_url))
    try:
        return _load(path / "gbfs.json" if path.is_dir() else path)
    except ValueError:  # NUL is in no file's name
        raise FileMissing(f"There is no file {shown(path)}.") from None


def beside(document: Document, name: str) -> Document | None:
    """Return the file ``name`` in the folder of ``document``; None over HTTP or without one."""
    if not isinstance(document.where, Path):
        return None
    path = _inside(document.where.parent, name)
    return _load(path) if path else None


def follow(document: Document, reference: str) -> Document:
    """Return the file that ``document`` refers to.

    A downloaded feed still names its old URLs, so on disk the file of that name beside it comes
    first. What a feed names is never trusted with a file outside its folder, nor, when the feed
    came over HTTP, with any file at all.
    """
    try:
        if isinstance(document.found_at, str):
            return _fetch(urljoin(document.found_at, reference))
        path = _on_disk(document.found_at.parent, reference)
    except ValueError:
        raise document.unreadable(f"names {shown(reference)}, which is no URL") from None
    if path:
        return _load(path)
    if _is_http(reference):
        return _fetch(reference)
    raise FileMissing(
        f"{shown(document.where)} names {shown(reference)}, which is no file in its folder."
    )


def shown(text: object) -> str:
    """Return foreign text fit for one line of a terminal."""
    line = str(text)
    return line if line.isprintable() else ascii(line)


def _is_http(text: str) -> bool:
    return text.lower().startswith(("http://", "https://"))


def _on_disk(folder: Path, reference: str) -> Path | None:
    url = urlsplit(reference)
    path = unquote(url.path)
    name = PurePosixPath(path).name
    candidates = [name, f"{name}.json", name.removesuffix(".json")] if name else []
    if not url.scheme and not url.netloc:
        candidates.append(path)
    return next(filter(None, (_inside(folder, candidate) for candidate in candidates)), None)


def _inside(folder: Path, name: str) -> Path | None:
    """Return the regular file ``name`` of the folder, or None where it is none or lies outside."""
    try:
        path = (folder / name).resolve()
        return path if path.is_relative_to(folder.resolve()) and path.is_file() else None
    except (OSError, ValueError, RuntimeError):  # too long, with NUL, a circle of links
        return None


def _load(path: Path) -> Document:
    try:
        with path.open("rb") as file:
            return Document(path, path, _parse(file.read(MAX_BYTES + 1), path))
    except (FileNotFoundError, NotADirectoryError):
        raise FileMissing(f"There is no file {shown(path)}.") from None
    except OSError as error:
        raise FeedUnreadable(f"{shown(path)} cannot be read: {error.strerror}.") from None


def _fetch(url: str) -> Document:
    if not _is_http(url):
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
