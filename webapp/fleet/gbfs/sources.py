"""Finding the files of a GBFS feed on disk or over HTTP, with limits on what a feed may name."""

import os
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

from webapp.cli import show_text
from webapp.fleet.gbfs.documents import Document, FileMissing, is_http, load, show_location
from webapp.fleet.gbfs.file_kinds import VEHICLE_FILES
from webapp.fleet.gbfs.http_files import HttpFiles


def open_document(path_or_url: str, files: HttpFiles) -> Document:
    """Return the file at a path or URL; of a folder, its gbfs.json, else its vehicle file."""
    if is_http(path_or_url):
        return files.read(path_or_url)
    if "://" in path_or_url:
        raise FileMissing(f"{show_text(path_or_url)} is no http or https address.")
    path = Path(os.path.abspath(path_or_url))
    try:
        return load(_find_start(path) if os.path.isdir(path) else path)
    except ValueError:  # a path with NUL
        raise FileMissing(f"There is no file {show_text(path)}.") from None


def _find_start(folder: Path) -> Path:
    names = ("gbfs.json", *(f"{name}.json" for name in VEHICLE_FILES))
    paths = (_find_inside(folder, name) for name in names)
    return next((path for path in paths if path), folder / "gbfs.json")


def find_beside(document: Document, name: str) -> Document | None:
    """Return the file ``name`` in the folder of ``document``; None over HTTP or without one."""
    if not isinstance(document.where, Path):
        return None
    path = _find_inside(document.where.parent, name)
    return load(path) if path else None


def open_reference(document: Document, name: str, reference: str, files: HttpFiles) -> Document:
    """Return the file of the GBFS ``name`` that ``document`` refers to.

    A feed that was downloaded still names its URLs, so on disk a file beside it comes first: one
    with its GBFS name, or with the last name in the URL. A feed on disk reads no file outside its
    folder, and a feed over HTTP reads no file.
    """
    try:
        if isinstance(document.found_at, str):
            return files.read(urljoin(document.found_at, reference))
        path = _find_on_disk(document.found_at, name, reference)
    except ValueError:
        raise document.unreadable(f"names {show_location(reference)}, which is no URL") from None
    if path:
        return load(path)
    if is_http(reference):
        return files.read(reference)
    raise FileMissing(
        f"{show_location(document.where)} names {show_location(reference)}, which is no file in its"
        " folder."
    )


def _find_on_disk(start: Path, name: str, reference: str) -> Path | None:
    url = urlsplit(reference)
    path = unquote(url.path)
    last = PurePosixPath(path).name
    is_relative = not url.scheme and not url.netloc
    candidates = [path] if is_relative and path else []
    candidates += [f"{name}.json", name]
    candidates += [last, f"{last}.json", last.removesuffix(".json")] if last else []
    paths = (_find_inside(start.parent, candidate) for candidate in candidates)
    # https://example.org/gbfs?file=vehicle_types is not the gbfs.json that names it.
    return next((path for path in paths if path and path != start.resolve()), None)


def _find_inside(folder: Path, name: str) -> Path | None:
    """Return the regular file ``name`` of the folder; None if there is none, or it is outside."""
    try:
        path = (folder / name).resolve()
        return path if path.is_relative_to(folder.resolve()) and path.is_file() else None
    except (OSError, ValueError, RuntimeError):  # too long, with NUL, or a loop of links
        return None
