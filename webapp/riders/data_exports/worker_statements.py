"""The statements by which a worker writes a data export. Each decides and acts."""

from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Select,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from webapp.audit.writing import cte_key
from webapp.auth.models import is_account_open_condition
from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.jobs.kinds import RunningJob
from webapp.jobs.models import Job
from webapp.mail import mail_cte
from webapp.riders.data_exports.archive import ArchiveProgress
from webapp.riders.data_exports.conditions import expiry_column, has_ended_condition
from webapp.riders.data_exports.models import DataExport, DataExportPart
from webapp.web.urls import public_url


def begin_export_statement(
    export_key: RowKey, job: RunningJob
) -> ReturningUpdate[tuple[str, UUID]]:
    """Return the statement by which a worker begins an export anew. It returns the key of the
    account; no row if the export is finished or gone, or if the worker has lost the job: another
    one has begun. The worker deletes the parts of earlier workers, which can append no more."""
    exports = table(DataExport)
    return (
        update(exports)
        .where(_is_unfinished_condition(export_key), _has_job_condition(job))
        .values(
            worker=job.lease,
            changed_at=func.now(),
            failed_at=None,
            file_count=0,
            row_count=0,
            part_count=0,
            size_bytes=0,
        )
        .returning(exports.c.region, exports.c.user_id)
    )


def append_part_statement(
    export_key: RowKey,
    lease: str,
    number: int,
    content: bytes,
    size_bytes: int,
    progress: ArchiveProgress,
) -> Select[tuple[UUID]]:
    """Return the statement that appends a part. No row: another worker has begun anew, or the
    export is gone. The same part again changes nothing.

    number: of the part, from 1.
    size_bytes: of all parts up to this one.
    """
    parts = table(DataExportPart)
    advanced = _change_own_export(
        export_key,
        lease,
        part_count=number,
        size_bytes=size_bytes,
        file_count=progress.file_count,
        row_count=progress.row_count,
        changed_at=func.now(),
    ).cte("advanced")
    row = select(advanced.c.region, advanced.c.id, literal(number), literal(content, LargeBinary))
    columns = ["region", "export_id", "number", "content"]
    inserted = insert(parts).from_select(columns, row).on_conflict_do_nothing()
    return select(advanced.c.id).add_cte(inserted.returning(parts.c.number).cte("part"))


def finish_export_statement(export_key: RowKey, lease: str) -> Select[tuple[UUID]]:
    """Return the statement that makes an export ready and tells its owner by mail. Its rows are
    those of ``append_part_statement``."""
    finished = _change_own_export(
        export_key,
        lease,
        finished_at=func.now(),
        expires_at=expiry_column(),
        file_count=DataExport.file_count + 1,
    ).cte("finished")
    notice = mail_cte(
        "data_export_ready",
        cte_key(finished, "user_id"),
        region=export_key.region,
        after=finished,
        link=public_url("riders.data_exports.show"),
    )
    return select(finished.c.id).add_cte(notice)


def fail_export_statement(export_key: RowKey, job: RunningJob) -> Select[tuple[UUID]]:
    """Return the statement that records that the last attempt failed, also before it began, and
    tells the owner by mail once. Its rows are those of ``append_part_statement``."""
    exports = table(DataExport)
    # Without a worker it may have been requested again: then another job writes it.
    has_not_begun = and_(exports.c.worker.is_(None), _has_job_condition(job))
    failed = (
        _change_unfinished_export(export_key, failed_at=func.now())
        .where(or_(exports.c.worker == job.lease, has_not_begun))
        .where(exports.c.failed_at.is_(None))
        .cte("failed")
    )
    notice = mail_cte(
        "data_export_failed",
        cte_key(failed, "user_id"),
        region=export_key.region,
        after=failed,
        link=public_url("riders.data_exports.show"),
    )
    return select(failed.c.id).add_cte(notice)


def _change_own_export(
    export_key: RowKey, lease: str, **values: object
) -> ReturningUpdate[tuple[str, UUID, UUID]]:
    """Change an export that is not finished, while the worker has it."""
    changed = _change_unfinished_export(export_key, **values)
    return changed.where(table(DataExport).c.worker == lease)


def _change_unfinished_export(
    export_key: RowKey, **values: object
) -> ReturningUpdate[tuple[str, UUID, UUID]]:
    exports = table(DataExport)
    return (
        update(exports)
        .where(_is_unfinished_condition(export_key))
        .values(values)
        .returning(exports.c.region, exports.c.id, exports.c.user_id)
    )


def _has_job_condition(job: RunningJob) -> ColumnElement[bool]:
    """Return the condition that a worker still has its job."""
    jobs = table(Job)
    return exists().where(key_condition(jobs, job.key), jobs.c.worker == job.lease)


def _is_unfinished_condition(export_key: RowKey) -> ColumnElement[bool]:
    """Select an export that may be written, of an account that has not ended."""
    exports = table(DataExport)
    owner_key = RowKey._make((exports.c.region, exports.c.user_id))
    return and_(
        key_condition(exports, export_key),
        exports.c.finished_at.is_(None),
        ~has_ended_condition(),
        is_account_open_condition(owner_key),
    )
