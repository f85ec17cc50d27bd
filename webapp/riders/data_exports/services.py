"""Requesting, downloading and deleting the data export of an account."""

from collections.abc import Iterator
from typing import NamedTuple

from webapp.db.keys import RowKey
from webapp.db.slices import delete_in_slices
from webapp.db.transactions import execute_write
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.riders.data_exports.conditions import (
    has_ended_condition,
    has_many_parts_condition,
    is_part_of_ended_condition,
)
from webapp.riders.data_exports.models import PARTS_SLICE, DataExportPart
from webapp.riders.data_exports.statements import (
    delete_export_statement,
    download_statement,
    end_export_statement,
    part_query,
    request_export_statement,
)


class ArchiveDownload(NamedTuple):
    """An archive that is downloaded."""

    size_bytes: int
    #: Its content; each part is read when it is needed.
    parts: Iterator[bytes]


def request_data_export(user_key: RowKey) -> None:
    """Let a worker write the export of an account. Idempotent: one that is being written or can be
    downloaded stays. One that failed or has expired is written anew.

    Raises NotFound if the account has just been deleted or moved.
    """
    if not execute_write(request_export_statement(user_key), idempotent=True):
        raise NotFound


def download_data_export(user_key: RowKey) -> ArchiveDownload:
    """Return the archive of an account, and write to the audit trail that it is downloaded.

    Raises NotFound if there is none, also while its parts are read: it may be deleted, or requested
    again, meanwhile.
    """
    rows = execute_write(download_statement(user_key), idempotent=True)
    if not rows:
        raise NotFound
    region, export_id, lease, part_count, size_bytes = rows[0]
    return ArchiveDownload(size_bytes, _read_parts(RowKey(region, export_id), lease, part_count))


def _read_parts(export_key: RowKey, lease: str, part_count: int) -> Iterator[bytes]:
    for number in range(1, part_count + 1):
        content = db.session.scalar(part_query(export_key, lease, number))
        if content is None:
            raise NotFound
        yield content


def delete_data_export(user_key: RowKey) -> None:
    """Delete the export of an account, if it has one; a worker that writes it stops. Also the hook
    ``deletion_slices``."""
    small = delete_export_statement(user_key, ~has_many_parts_condition(user_key))
    if execute_write(small, idempotent=True):
        return
    for row in execute_write(end_export_statement(user_key), idempotent=True):
        is_part = is_part_of_ended_condition(RowKey(*row))
        delete_in_slices(DataExportPart, user_key.region, is_part, size=PARTS_SLICE)
        # Not if it was requested again meanwhile.
        execute_write(delete_export_statement(user_key, has_ended_condition()), idempotent=True)
