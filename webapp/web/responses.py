"""Responses that are files, which are sent while they are read; and what is public."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from io import StringIO
from itertools import chain, islice
from typing import Any, AnyStr

from flask import Response, request, stream_with_context

#: A cell of a spreadsheet that begins with one of these is a formula (CSV injection, OWASP).
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


#: Characters in one chunk of a response.
CHUNK = 65_536


def wants_json() -> bool:
    """Tell whether our own script sends what else a form of the page sends."""
    return request.accept_mimetypes.best == "application/json"


def is_public(response: Response) -> bool:
    """Tell whether proxies may cache the response: it is the same for all."""
    return "public" in response.headers.get("Cache-Control", "")


def attachment(parts: Iterable[str], name: str, mimetype: str) -> Response:
    """Return the file as a response that browsers save.

    The first chunk is read before the response begins, so that an error of the database becomes an
    error page.
    """
    return _make_attachment(join_chunks(parts), name, mimetype)


def binary_attachment(
    parts: Iterable[bytes], name: str, mimetype: str, size_bytes: int | None = None
) -> Response:
    """Return a file of bytes as ``attachment`` does. Its parts are the chunks, and its size, if it
    is known, tells browsers whether they have got all of them."""
    response = _make_attachment(iter(parts), name, mimetype)
    if size_bytes is not None:
        response.content_length = size_bytes
    return response


def _make_attachment(chunks: Iterator[AnyStr], name: str, mimetype: str) -> Response:
    first: list[AnyStr] = list(islice(chunks, 1))
    response = Response(stream_with_context(chain(first, chunks)), mimetype=mimetype)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def send_photo(content: bytes, name: str) -> Response:
    """Return a JPEG with headers that keep a browser from running anything in it. A browser may
    keep it, but asks each time: the session may have ended, or the role be gone."""
    response = Response(content, mimetype="image/jpeg")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def join_chunks(parts: Iterable[str]) -> Iterator[str]:
    """Yield the same text in chunks of ``CHUNK`` characters or more; only the last is smaller."""
    waiting = StringIO()
    for part in parts:
        waiting.write(part)
        if waiting.tell() >= CHUNK:
            yield waiting.getvalue()
            waiting = StringIO()
    yield waiting.getvalue()


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of a CSV file (RFC 4180), its header first."""
    yield _format_line(columns)
    for row in rows:
        yield _format_line([_format_cell(row[column]) for column in columns])


def _format_line(cells: Sequence[str]) -> str:
    line = StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _format_cell(value: Any) -> str:
    """Return a value as text; text that would be a formula gets an apostrophe in front."""
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    text = "" if value is None else to_text(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULAS) else text


def as_json(parts: Mapping[str, Iterable[Mapping[str, Any]]]) -> Iterator[str]:
    """Yield the pieces of one JSON object: a list of rows for each part."""
    yield "{"
    for number, (name, rows) in enumerate(parts.items()):
        yield f"{',' * (number > 0)}\n{json.dumps(name)}: ["
        for place, row in enumerate(rows):
            yield f"{',' * (place > 0)}\n  {json.dumps(row, default=to_text)}"
        yield "]"
    yield "\n}\n"


def to_text(value: Any) -> str:
    """Return a value as text; moments in ISO 8601."""
    return value.isoformat() if isinstance(value, datetime) else str(value)
