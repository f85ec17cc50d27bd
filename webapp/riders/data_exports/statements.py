"""The statements of a data export. Each decides and acts."""

from datetime import timedelta
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import (
    ColumnElement,
    Delete,
    LargeBinary,
    Select,
    and_,
    delete,
    func,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte, cte_key
from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.jobs.kinds import JobKind, KeyPayload, Priority
from webapp.jobs.writing import insert_jobs_cte, jobs_from_rows_query, key_payload
from webapp.mail import mail_cte
from webapp.riders.data_exports.archive import ArchiveProgress
from webapp.riders.data_exports.models import DataExport, DataExportPart
from webapp.web.urls import public_url

#: Writes the archive of an export; run by webapp/riders/data_exports/jobs.py.
DATA_EXPORT = JobKind("data_export", KeyPayload, Priority.LOW, max_run_s=4 * 3600)


def request_export_statement(user_key: RowKey) -> Select[tuple[UUID]]:
    """Return the statement that requests an export, with its job. It returns the id; no row while
    one is being written or can be downloaded."""
    exports = table(DataExport)
    inserted = insert(exports).values(
        region=user_key.region, user_id=user_key.id, id=uuid4(), expires_at=_expiry_column()
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
            where=or_(has_failed_condition(), exports.c.expires_at <= func.now()),
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
    )
    audit_event = account_event_statement(
        AuditKind.DATA_EXPORT_REQUESTED, user_key, actor=user_key, after=requested
    )
    return select(requested.c.id).add_cte(insert_jobs_cte(job), as_cte(audit_event))


def _expiry_column() -> ColumnElement:
    return func.now() + timedelta(seconds=current_app.config["DATA_EXPORT_KEEP_S"])


def has_failed_condition() -> ColumnElement[bool]:
    """Return the condition that an export was given up, or has stood still for long: its job was
    discarded, or each of its workers has died."""
    exports = table(DataExport).c
    longest_pause = timedelta(seconds=current_app.config["DATA_EXPORT_STALLED_S"])
    is_stalled = and_(
        exports.finished_at.is_(None), exports.changed_at < func.now() - longest_pause
    )
    return or_(exports.failed_at.is_not(None), is_stalled)


def begin_export_statement(export_key: RowKey, lease: str) -> ReturningUpdate[tuple[str, UUID]]:
    """Return the statement by which a worker begins an export anew. It returns the key of the
    account; no row if the export is finished or gone. The worker deletes the parts of earlier
    workers, which can append no more."""
    exports = table(DataExport)
    return (
        update(exports)
        .where(key_condition(exports, export_key), exports.c.finished_at.is_(None))
        .values(
            worker=lease,
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
    """Return the statement that records that the last attempt failed, and tells the owner by mail
    once. Its rows are those of ``append_part_statement``."""
    failing = _change_own_export(export_key, lease, failed_at=func.now())
    failed = failing.where(table(DataExport).c.failed_at.is_(None)).cte("failed")
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
    exports = table(DataExport)
    return (
        update(exports)
        .where(
            key_condition(exports, export_key),
            exports.c.worker == lease,
            exports.c.finished_at.is_(None),
        )
        .values(values)
        .returning(exports.c.region, exports.c.id, exports.c.user_id)
    )


def download_statement(user_key: RowKey) -> Select[tuple[str, UUID, int, int]]:
    """Return the statement that records a download in the audit trail. It returns region, id,
    number of parts and size; no row if there is no export to download."""
    exports = table(DataExport)
    ready = (
        select(exports.c.region, exports.c.id, exports.c.part_count, exports.c.size_bytes)
        .where(
            key_condition(exports, user_key, id="user_id"),
            exports.c.finished_at.is_not(None),
            exports.c.expires_at > func.now(),
        )
        .cte("ready")
    )
    audit_event = account_event_statement(
        AuditKind.DATA_EXPORTED, user_key, actor=user_key, after=ready, what="everything"
    )
    return select(ready).add_cte(as_cte(audit_event))


def delete_export_statement(user_key: RowKey) -> Delete:
    """Return the statement that deletes the export of an account; its worker stops."""
    exports = table(DataExport)
    return delete(exports).where(key_condition(exports, user_key, id="user_id"))


def is_part_of_account_condition(user_key: RowKey) -> ColumnElement[bool]:
    """Select the parts of the archive of an account."""
    return _is_part_condition(key_condition(table(DataExport), user_key, id="user_id"))


def is_part_of_lease_condition(export_key: RowKey, lease: str) -> ColumnElement[bool]:
    """Select the parts of an export while the worker has it."""
    exports = table(DataExport)
    return _is_part_condition(key_condition(exports, export_key), exports.c.worker == lease)


def _is_part_condition(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    chosen = select(table(DataExport).c.id).where(*conditions)
    return table(DataExportPart).c.export_id.in_(chosen)


def part_query(export_key: RowKey, number: int) -> Select[tuple[bytes]]:
    """Return the query for the content of a part."""
    parts = table(DataExportPart)
    return select(parts.c.content).where(
        key_condition(parts, export_key, id="export_id"), parts.c.number == number
    )
