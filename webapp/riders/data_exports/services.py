"""Requesting, downloading and deleting the data export of an account."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy.exc import IntegrityError

from webapp.db.errors import violated_constraint
from webapp.db.keys import RowKey
from webapp.db.slices import delete_in_slices
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.riders.data_exports.models import PARTS_SLICE, DataExport, DataExportPart
from webapp.riders.data_exports.statements import (
    delete_export_statement,
    download_statement,
    is_part_of_account_condition,
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
    try:
        execute_write(request_export_statement(user_key), idempotent=True)
    except IntegrityError as error:
        if violated_constraint(error).startswith("fk_data_exports_users"):
            raise NotFound from None
        raise


def download_data_export(user_key: RowKey) -> ArchiveDownload:
    """Return the archive of an account, and write to the audit trail that it is downloaded.

    Raises NotFound if there is none, also while its parts are read: it may be deleted meanwhile.
    """
    rows = execute_write(download_statement(user_key), idempotent=True)
    if not rows:
        raise NotFound
    region, export_id, part_count, size_bytes = rows[0]
    return ArchiveDownload(size_bytes, _read_parts(RowKey(region, export_id), part_count))


def _read_parts(export_key: RowKey, part_count: int) -> Iterator[bytes]:
    for number in range(1, part_count + 1):
        content = db.session.scalar(part_query(export_key, number))
        if content is None:
            raise NotFound
        yield content


def delete_parts_in_slices(user_key: RowKey) -> None:
    """Delete the parts of the archive of an account; the hook ``deletion_slices``."""
    is_part = is_part_of_account_condition(user_key)
    delete_in_slices(DataExportPart, user_key.region, is_part, size=PARTS_SLICE)


def delete_data_export(user_key: RowKey) -> None:
    """Delete the export of an account, if it has one; a worker that writes it stops."""
    statement = delete_export_statement(user_key)
    has_few_parts = table(DataExport).c.part_count <= PARTS_SLICE
    small = statement.where(has_few_parts).returning(table(DataExport).c.id)
    if execute_write(small, idempotent=True):
        return
    delete_parts_in_slices(user_key)
    execute_write(statement, idempotent=True)
