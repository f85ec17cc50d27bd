"""The statements of a data export. Each decides and acts."""

from datetime import timedelta
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Select,
    and_,
    delete,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningDelete, ReturningUpdate

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte, cte_key
from webapp.auth.models import is_account_open_condition
from webapp.db.inserts import insert, insert_if
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.jobs.kinds import JobKind, KeyPayload, Priority, RunningJob
from webapp.jobs.models import Job
from webapp.jobs.writing import (
    derive_job_id,
    jobs_from_rows_query,
    key_payload,
    replace_jobs_cte,
)
from webapp.mail import mail_cte
from webapp.riders.data_exports.archive import ArchiveProgress
from webapp.riders.data_exports.models import PARTS_SLICE, DataExport, DataExportPart
from webapp.web.urls import public_url

#: Writes the archive of an export; run by webapp/riders/data_exports/jobs.py.
DATA_EXPORT = JobKind("data_export", KeyPayload, Priority.LOW, max_run_s=4 * 3600)


def request_export_statement(user_key: RowKey) -> Select[tuple[int]]:
    """Return the statement that requests an export, with its one job; nothing changes while one is
    being written or can be downloaded. It returns no row for an account that has ended."""
    exports = table(DataExport)
    is_account_open = is_account_open_condition(user_key)
    inserted = insert_if(
        is_account_open,
        exports,
        region=user_key.region,
        user_id=user_key.id,
        id=uuid4(),
        expires_at=_expiry_column(),
    )
    requested = (
        inserted.on_conflict_do_update(
            index_elements=["region", "user_id"],
            set_={
                "requested_at": func.now(),
                "changed_at": func.now(),
                "expires_at": inserted.excluded.expires_at,
                "worker": null(),
                "finished_at": null(),
                "failed_at": null(),
            },
            where=or_(
                exports.c.failed_at.is_not(None), _stands_still_condition(), has_ended_condition()
            ),
        )
        .returning(exports.c.region, exports.c.id)
        .cte("requested")
    )
    job = jobs_from_rows_query(
        DATA_EXPORT,
        key_payload(requested),
        rows=requested,
        region=requested.c.region,
        account_key=user_key,
        job_id=derive_job_id(DATA_EXPORT, requested.c.id),
    )
    audit_event = account_event_statement(
        AuditKind.DATA_EXPORT_REQUESTED, user_key, actor=user_key, after=requested
    )
    account = select(literal(1)).where(is_account_open)
    return account.add_cte(replace_jobs_cte(job), as_cte(audit_event))


def _expiry_column() -> ColumnElement:
    return func.now() + timedelta(seconds=current_app.config["DATA_EXPORT_KEEP_S"])


def has_failed_condition() -> ColumnElement[bool]:
    """Return the condition that an export was given up, or that its worker has written nothing for
    long: it has died, and no other one runs the job. One that no worker has begun waits."""
    exports = table(DataExport).c
    is_stalled = and_(exports.worker.is_not(None), _stands_still_condition())
    return or_(exports.failed_at.is_not(None), is_stalled)


def _stands_still_condition() -> ColumnElement[bool]:
    exports = table(DataExport).c
    longest_pause = timedelta(seconds=current_app.config["DATA_EXPORT_STALLED_S"])
    return and_(exports.finished_at.is_(None), exports.changed_at < func.now() - longest_pause)


def has_ended_condition() -> ColumnElement[bool]:
    """Return the condition that an export has expired, or is being deleted: nobody downloads or
    writes it any more."""
    return table(DataExport).c.expires_at <= func.now()


def begin_export_statement(
    export_key: RowKey, job: RunningJob
) -> ReturningUpdate[tuple[str, UUID]]:
    """Return the statement by which a worker begins an export anew. It returns the key of the
    account; no row if the export is finished or gone, or if the worker has lost the job: another
    one has begun. The worker deletes the parts of earlier workers, which can append no more."""
    exports, jobs = table(DataExport), table(Job)
    has_job = exists().where(key_condition(jobs, job.key), jobs.c.worker == job.lease)
    return (
        update(exports)
        .where(_is_unfinished_condition(export_key), has_job)
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
        expires_at=_expiry_column(),
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


def fail_export_statement(export_key: RowKey, lease: str) -> Select[tuple[UUID]]:
    """Return the statement that records that the last attempt failed, also before it began, and
    tells the owner by mail once. Its rows are those of ``append_part_statement``."""
    exports = table(DataExport)
    failed = (
        _change_unfinished_export(export_key, failed_at=func.now())
        .where(or_(exports.c.worker == lease, exports.c.worker.is_(None)))
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


def download_statement(user_key: RowKey) -> Select[tuple[str, UUID, str, int, int]]:
    """Return the statement that records a download in the audit trail. It returns region, id, the
    lease by which it was written, number of parts and size; no row if there is no export to
    download."""
    exports = table(DataExport)
    names = ("region", "id", "worker", "part_count", "size_bytes")
    ready = (
        select(*(exports.c[name] for name in names))
        .where(
            key_condition(exports, user_key, id="user_id"),
            exports.c.finished_at.is_not(None),
            ~has_ended_condition(),
        )
        .cte("ready")
    )
    audit_event = account_event_statement(
        AuditKind.DATA_EXPORTED, user_key, actor=user_key, after=ready, what="everything"
    )
    return select(ready).add_cte(as_cte(audit_event))


def end_export_statement(user_key: RowKey) -> ReturningUpdate[tuple[str, UUID]]:
    """Return the statement that ends the export of an account: its worker stops, and its parts can
    be deleted. It returns the key."""
    exports = table(DataExport)
    return (
        update(exports)
        .where(key_condition(exports, user_key, id="user_id"))
        .values(worker=None, expires_at=func.now())
        .returning(exports.c.region, exports.c.id)
    )


def delete_export_statement(
    user_key: RowKey, *conditions: ColumnElement[bool]
) -> ReturningDelete[tuple[UUID]]:
    """Return the statement that deletes the export of an account, if it meets the conditions."""
    exports = table(DataExport)
    return (
        delete(exports)
        .where(key_condition(exports, user_key, id="user_id"), *conditions)
        .returning(exports.c.id)
    )


def has_many_parts_condition(user_key: RowKey) -> ColumnElement[bool]:
    """Return the condition that an account may have more parts than one statement deletes. Not what
    ``part_count`` says: those of an earlier worker may be left."""
    exports, parts = table(DataExport), table(DataExportPart)
    is_of_export = and_(parts.c.region == exports.c.region, parts.c.export_id == exports.c.id)
    return (
        select(parts.c.number)
        .join_from(exports, parts, is_of_export)
        .where(key_condition(exports, user_key, id="user_id"), parts.c.number > PARTS_SLICE)
        .exists()
    )


def is_part_of_ended_condition(export_key: RowKey) -> ColumnElement[bool]:
    """Select the parts of an export that has ended, and was not requested again since."""
    return _is_part_condition(export_key, has_ended_condition())


def is_part_of_lease_condition(export_key: RowKey, lease: str) -> ColumnElement[bool]:
    """Select the parts of an export while the worker has it."""
    return _is_part_condition(export_key, table(DataExport).c.worker == lease)


def _is_part_condition(export_key: RowKey, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    exports = table(DataExport)
    chosen = select(exports.c.id).where(key_condition(exports, export_key), condition)
    return table(DataExportPart).c.export_id.in_(chosen)


def part_query(export_key: RowKey, lease: str, number: int) -> Select[tuple[bytes]]:
    """Return the query for the content of a part, as it was written by that lease. No row: the
    export is deleted, or is being written anew."""
    exports, parts = table(DataExport), table(DataExportPart)
    is_same_archive = exists().where(key_condition(exports, export_key), exports.c.worker == lease)
    return select(parts.c.content).where(
        key_condition(parts, export_key, id="export_id"),
        parts.c.number == number,
        is_same_archive,
    )
