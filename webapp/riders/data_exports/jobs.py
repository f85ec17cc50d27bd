"""The job that writes a data export."""

from sqlalchemy import select

from webapp.db.keys import RowKey
from webapp.db.reads import find_in_any_region
from webapp.db.slices import delete_in_slices
from webapp.db.transactions import execute_write
from webapp.jobs.kinds import KeyPayload, RunningJob
from webapp.riders.data_exports.archive import ArchiveProgress, make_archive
from webapp.riders.data_exports.conditions import is_part_of_lease_condition
from webapp.riders.data_exports.models import PARTS_SLICE, DataExport, DataExportPart
from webapp.riders.data_exports.statements import DATA_EXPORT
from webapp.riders.data_exports.worker_statements import (
    append_part_statement,
    begin_export_statement,
    fail_export_statement,
    finish_export_statement,
)


def write_data_export(payload: KeyPayload, job: RunningJob) -> None:
    """Write the archive of an account, part by part, and tell its owner when it is ready.

    A worker always begins anew, and so ends the work of one that has begun before: the parts of two
    never mix. It stops when the export is deleted or the account ends, and begins anew when the
    account moves to another region.
    """
    previous_key = None
    try:
        while (export_key := _find_unfinished(payload.key)) and export_key != previous_key:
            _write_archive(export_key, job)
            previous_key = export_key
    except Exception:
        if job.attempt >= DATA_EXPORT.max_attempts and (key := _find_unfinished(payload.key)):
            execute_write(fail_export_statement(key, job), idempotent=True)
        raise


def _find_unfinished(export_key: RowKey) -> RowKey | None:
    query = select(DataExport.region, DataExport.id, DataExport.finished_at)
    row = find_in_any_region(query, DataExport, export_key)
    return RowKey(row.region, row.id) if row and not row.finished_at else None


def _write_archive(export_key: RowKey, job: RunningJob) -> None:
    """Write the archive, until it is finished, or this worker may write it no more."""
    rows = execute_write(begin_export_statement(export_key, job), idempotent=True)
    if not rows:
        return
    is_part = is_part_of_lease_condition(export_key, job.lease)
    delete_in_slices(DataExportPart, export_key.region, is_part, size=PARTS_SLICE)
    user_key = RowKey(*rows[0])
    progress, size_bytes = ArchiveProgress(), 0
    for number, content in enumerate(make_archive(user_key, progress), 1):
        size_bytes += len(content)
        part = append_part_statement(export_key, job.lease, number, content, size_bytes, progress)
        if not execute_write(part, idempotent=True):
            return
    execute_write(finish_export_statement(export_key, job.lease), idempotent=True)
