"""The archive of a data export: a ZIP file that is made in pieces, so that it is never whole in
memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import RawIOBase
from typing import TypeVar
from zipfile import ZIP_DEFLATED, ZipFile

from webapp.db.keys import RowKey
from webapp.hooks import get_hooks
from webapp.riders.personal_data import read_export
from webapp.web.responses import as_csv, as_json, join_chunks

T = TypeVar("T")

ARCHIVE_NAME = "movr.zip"
#: Size of a piece, bytes; the last one is smaller. A piece is a row of the database.
PIECE_BYTES = 256 * 1024


@dataclass
class ArchiveProgress:
    """How far the archive is."""

    file_count: int = 0
    #: Rows in the JSON file; the CSV files have the same again.
    row_count: int = 0


def count_files() -> int:
    """Return how many files the archive has."""
    return 1 + len(get_hooks().export_sections)


def make_archive(user_key: RowKey, progress: ArchiveProgress) -> Iterator[bytes]:
    """Yield the pieces of the archive: all sections as one JSON file, and each as a CSV file. Rows
    are read when they are needed.

    progress: is kept up to date.
    """
    yield from _zip_pieces(_list_files(user_key, progress), progress)


def _list_files(user_key: RowKey, progress: ArchiveProgress) -> Iterator[tuple[str, Iterable[str]]]:
    rows = read_export(user_key)
    yield "movr.json", as_json({name: _count_rows(rows[name], progress) for name in rows})
    for section in get_hooks().export_sections:
        yield f"{section.name}.csv", as_csv(section.columns, section.rows(user_key))


def _count_rows(rows: Iterable[T], progress: ArchiveProgress) -> Iterator[T]:
    for row in rows:
        progress.row_count += 1
        yield row


def _zip_pieces(
    files: Iterable[tuple[str, Iterable[str]]], progress: ArchiveProgress
) -> Iterator[bytes]:
    buffer = _Buffer()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, texts in files:
            with archive.open(name, "w", force_zip64=True) as member:
                for text in join_chunks(texts):
                    member.write(text.encode())
                    yield from buffer.take_pieces()
            progress.file_count += 1
    yield from buffer.take_pieces()
    if rest := buffer.take(PIECE_BYTES):
        yield rest


class _Buffer(RawIOBase):
    """A file that can't seek, and from whose beginning pieces are taken."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: bytes) -> int:  # type: ignore[override] # ZipFile writes bytes
        self._bytes += content
        return len(content)

    def take_pieces(self) -> Iterator[bytes]:
        while len(self._bytes) >= PIECE_BYTES:
            yield self.take(PIECE_BYTES)

    def take(self, size: int) -> bytes:
        piece = bytes(self._bytes[:size])
        del self._bytes[:size]
        return piece
