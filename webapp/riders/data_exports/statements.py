"""What a person does with a data export: request, download, delete. Each statement decides and
acts."""

from uuid import UUID, uuid4

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
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
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth.models import is_account_open_condition
from webapp.db.inserts import insert_if
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.jobs.kinds import JobKind, KeyPayload, Priority
from webapp.jobs.writing import (
    derive_job_id,
    jobs_from_rows_query,
    key_payload,
    replace_jobs_cte,
)
from webapp.riders.data_exports.conditions import (
    expiry_column,
    has_ended_condition,
    stands_still_condition,
)
from webapp.riders.data_exports.models import DataExport, DataExportPart

#: Writes the archive of an export; run by webapp/riders/data_exports/jobs.py.
DATA_EXPORT = JobKind("data_export", KeyPayload, Priority.LOW, max_run_s=4 * 3600)


def request_export_statement(user_key: RowKey) -> Select[tuple[int]]:
    """Return the statement that requests an export, with its one job; nothing changes while one is
    being written or can be downloaded. It returns no row for an account that has ended."""
    requested = _requested_cte(user_key)
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
    account = select(literal(1)).where(is_account_open_condition(user_key))
    return account.add_cte(replace_jobs_cte(job), as_cte(audit_event))


def _requested_cte(user_key: RowKey) -> CTE:
    """Return the part that writes the export, with its key; no row while there is one."""
    exports = table(DataExport)
    inserted = insert_if(
        is_account_open_condition(user_key),
        exports,
        region=user_key.region,
        user_id=user_key.id,
        id=uuid4(),
        expires_at=expiry_column(),
    )
    return (
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
                exports.c.failed_at.is_not(None), stands_still_condition(), has_ended_condition()
            ),
        )
        .returning(exports.c.region, exports.c.id)
        .cte("requested")
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
