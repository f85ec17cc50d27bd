"""Where the files of a GBFS feed lie: on disk or over HTTP, and never where they must not."""

import os
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

from webapp.fleet.gbfs.documents import Document, FileMissing, fetch, is_http, load, printable


def open_document(path_or_url: str) -> Document:
    """Return the file that somebody asked for; for a folder, its gbfs.json."""
    if is_http(path_or_url):
        return fetch(path_or_url)
    path = Path(os.path.abspath(path_or_url))
    try:
        return load(path / "gbfs.json" if os.path.isdir(path) else path)
    except ValueError:  # NUL is in no file's name
        raise FileMissing(f"There is no file {printable(path)}.") from None


def beside(document: Document, name: str) -> Document | None:
    """Return the file ``name`` in the folder of ``document``; None over HTTP or without one."""
    if not isinstance(document.where, Path):
        return None
    path = _inside(document.where.parent, name)
    return load(path) if path else None


def follow(document: Document, reference: str) -> Document:
    """Return the file that ``document`` refers to.

    A downloaded feed still names its old URLs, so on disk the file of that name beside it comes
    first. What a feed names is never trusted with a file outside its folder, nor, when the feed
    came over HTTP, with any file at all.
    """
    try:
        if isinstance(document.found_at, str):
            return fetch(urljoin(document.found_at, reference))
        path = _on_disk(document.found_at, reference)
    except ValueError:
        raise document.unreadable(f"names {printable(reference)}, which is no URL") from None
    if path:
        return load(path)
    if is_http(reference):
        return fetch(reference)
    raise FileMissing(
        f"{printable(document.where)} names {printable(reference)}, which is no file in its folder."
    )


def _on_disk(start: Path, reference: str) -> Path | None:
    url = urlsplit(reference)
    path = unquote(url.path)
    name = PurePosixPath(path).name
    candidates = [name, f"{name}.json", name.removesuffix(".json")] if name else []
    if not url.scheme and not url.netloc:
        candidates.append(path)
    found = (_inside(start.parent, candidate) for candidate in candidates)
    # https://example.org/gbfs?file=vehicle_types is not the gbfs.json that names it.
    return next((path for path in found if path and path != start.resolve()), None)


def _inside(folder: Path, name: str) -> Path | None:
    """Return the regular file ``name`` of the folder, or None where it is none or lies outside."""
    try:
        path = (folder / name).resolve()
        return path if path.is_relative_to(folder.resolve()) and path.is_file() else None
    except (OSError, ValueError, RuntimeError):  # too long, with NUL, a circle of links
        return None
