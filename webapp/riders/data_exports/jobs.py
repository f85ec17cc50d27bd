"""The job that writes a data export."""

from typing import NamedTuple

from sqlalchemy import select

from webapp.db.keys import RowKey
from webapp.db.reads import find_in_any_region
from webapp.db.slices import delete_in_slices
from webapp.db.transactions import execute_write
from webapp.jobs.kinds import KeyPayload, RunningJob
from webapp.riders.data_exports.archive import ArchiveProgress, make_archive
from webapp.riders.data_exports.models import PARTS_SLICE, DataExport, DataExportPart
from webapp.riders.data_exports.statements import (
    DATA_EXPORT,
    append_part_statement,
    begin_export_statement,
    fail_export_statement,
    finish_export_statement,
    is_part_of_lease_condition,
)


class _UnfinishedExport(NamedTuple):
    key: RowKey
    #: The lease by which a worker writes it.
    worker: str | None


def write_data_export(payload: KeyPayload, job: RunningJob) -> None:
    """Write the archive of an account, part by part, and tell its owner when it is ready.

    A worker always begins anew, and so ends the work of one that has begun before: the parts of two
    never mix. It stops when the export is deleted, and begins anew when the account moves to
    another region.
    """
    has_begun = False
    try:
        while export := _find_unfinished(payload.key):
            if has_begun and export.worker != job.lease:
                return
            has_begun = _write_archive(export.key, job.lease) or has_begun
    except Exception:
        if job.attempt >= DATA_EXPORT.max_attempts and (export := _find_unfinished(payload.key)):
            execute_write(fail_export_statement(export.key, job.lease), idempotent=True)
        raise


def _find_unfinished(export_key: RowKey) -> _UnfinishedExport | None:
    query = select(DataExport.region, DataExport.id, DataExport.worker, DataExport.finished_at)
    row = find_in_any_region(query, DataExport, export_key)
    if row is None or row.finished_at:
        return None
    return _UnfinishedExport(RowKey(row.region, row.id), row.worker)


def _write_archive(export_key: RowKey, lease: str) -> bool:
    """Write the archive, until it is finished or another worker or region has the export; return
    whether this worker has begun."""
    rows = execute_write(begin_export_statement(export_key, lease), idempotent=True)
    if not rows:
        return False
    is_part = is_part_of_lease_condition(export_key, lease)
    delete_in_slices(DataExportPart, export_key.region, is_part, size=PARTS_SLICE)
    user_key = RowKey(*rows[0])
    progress, size_bytes = ArchiveProgress(), 0
    for number, content in enumerate(make_archive(user_key, progress), 1):
        size_bytes += len(content)
        part = append_part_statement(export_key, lease, number, content, size_bytes, progress)
        if not execute_write(part, idempotent=True):
            return True
    execute_write(finish_export_statement(export_key, lease), idempotent=True)
    return True
