"""The files of a feed over HTTP. Each is requested once, and its version is noted, by which the
server or the content says later whether it has changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

import requests
import urllib3

from webapp.fleet.gbfs.documents import (
    MAX_BYTES,
    Document,
    FeedUnreadable,
    FileGone,
    FileMissing,
    is_http,
    parse,
    show_location,
)
from webapp.web.fetching import AddressRefused, DeadlineExceeded, Fetcher

#: A longer ETag or Last-Modified is not kept, characters.
MAX_VALIDATOR_LENGTH = 200


@dataclass(frozen=True)
class FileVersion:
    """A file as it was read. ``etag`` and ``last_modified`` are the validators of RFC 9110."""

    url: str
    etag: str
    last_modified: str
    #: SHA-256 of the content: some servers have no validators, or do not heed them.
    digest: str
    size: int

    @classmethod
    def from_response(cls, url: str, headers: Mapping[str, str], body: bytes) -> Self:
        return cls(
            url,
            _read_validator(headers, "ETag"),
            _read_validator(headers, "Last-Modified"),
            sha256(body).hexdigest(),
            len(body),
        )

    @property
    def request_headers(self) -> dict[str, str]:
        """What asks the server for the file only if it has changed."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value}


def _read_validator(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    return value if value.isascii() and len(value) <= MAX_VALIDATOR_LENGTH else ""


class AddressNotPublic(FeedUnreadable):
    """A file of the feed is at an address of a private network."""

    def __init__(self, location: str, address: str) -> None:
        super().__init__(
            f"{location} leads to {address}, which is no public address"
            " (--allow-private permits it)."
        )
        self.message_for_staff = (
            f"{location} leads to an address that is not public. Is the URL right? If it is, an"
            " operator can subscribe to it again with --allow-private."
        )


class HttpFiles:
    """The files of a feed over HTTP."""

    def __init__(self, fetcher: Fetcher, max_bytes: int | None = None) -> None:
        """max_bytes: of a file; a larger one is refused. None: MAX_BYTES."""
        self._fetcher = fetcher
        self._max_bytes = max_bytes or MAX_BYTES
        self._documents: dict[str, Document] = {}
        self._versions: dict[str, FileVersion] = {}

    @property
    def versions(self) -> list[FileVersion]:
        """The versions of the files that were read."""
        return list(self._versions.values())

    def read(self, url: str) -> Document:
        """Return the file at an http or https address; raises FeedUnreadable."""
        if url not in self._documents:
            self._fetch(url, {})
        return self._documents[url]

    def have_changed(self, versions: Iterable[FileVersion]) -> bool:
        """Tell whether one of the files is another than in its version; raises FeedUnreadable.

        The largest is asked for first. It is the list of vehicles, which changes most: then nothing
        is asked for twice.
        """
        by_size = sorted(versions, key=lambda version: version.size, reverse=True)
        return any(self._has_changed(version) for version in by_size)

    def _has_changed(self, version: FileVersion) -> bool:
        try:
            is_sent = self._fetch(version.url, version.request_headers)
        except FileMissing:  # whether that matters, reading the feed says
            return True
        return is_sent and self._versions[version.url].digest != version.digest

    def _fetch(self, url: str, headers: Mapping[str, str]) -> bool:
        """Read the file; return False if the server says that it has not changed."""
        if not is_http(url):
            raise FeedUnreadable(
                f"The feed names {show_location(url)}, which is no http or https address."
            )
        try:
            with self._fetcher.open(url, headers) as response:
                if headers and response.status_code == 304:
                    return False
                _check_status(url, response.status_code)
                body = _read_body(response, self._max_bytes)
                self._versions[url] = FileVersion.from_response(url, response.headers, body)
                self._documents[url] = Document(
                    url, response.url, parse(body, url, self._max_bytes)
                )
                return True
        except AddressRefused as refusal:
            raise AddressNotPublic(show_location(url), str(refusal)) from None
        except DeadlineExceeded as error:
            problem = f"was not read within {error} seconds, the time for the whole feed"
        except requests.Timeout:
            problem = "does not answer in time"
        except requests.TooManyRedirects:
            problem = "redirects without end"
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
            problem = f"cannot be reached ({type(error).__name__})"
        raise FeedUnreadable(f"{show_location(url)} {problem}.")


def _check_status(url: str, status: int) -> None:
    """Raise FeedUnreadable unless the status is 200."""
    if status == 410:
        raise FileGone(f"{show_location(url)} is gone for good (HTTP 410).")
    if status == 404:
        raise FileMissing(f"{show_location(url)} does not exist (HTTP 404).")
    if status != 200:
        raise FeedUnreadable(f"{show_location(url)} answers with HTTP {status}.")


def _read_body(response: requests.Response, max_bytes: int) -> bytes:
    """Return the body, or a little more than the limit of one that is too large."""
    body = bytearray()
    for piece in response.iter_content(65_536):
        body += piece
        if len(body) > max_bytes:
            break
    return bytes(body)
