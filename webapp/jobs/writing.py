"""Writing jobs: in the statement or the transaction that causes them.

- ``job_statement``: one job. In a transaction it is executed by itself; ``job_cte`` makes it a part
  of another statement.
- ``jobs_from_rows_query`` and ``insert_jobs_cte``: a job for each row of a part of the same
  statement.
- ``job_parameters_query``, ``insert_jobs_cte`` and ``bind_job``: one job in a statement that is
  built once, because riders wait for it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    String,
    Uuid,
    bindparam,
    cast,
    delete,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from webapp.db.inserts import Insert, insert
from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.jobs.kinds import JobKind, PayloadT
from webapp.jobs.models import Job
from webapp.observability.execution import current_execution
from webapp.observability.tracing import current_traceparent
from webapp.regions.data_regions import list_data_regions

#: The columns that a new job is written with; the others have defaults.
COLUMNS = (
    "region", "id", "kind", "payload", "priority", "account_region", "account_id", "due_at",
    "request_id", "trace",
)  # fmt: skip


def job_statement(
    kind: JobKind[PayloadT],
    payload: PayloadT,
    *,
    region: str | ColumnElement[str],
    account_key: RowKey | None = None,
    due_at: datetime | ColumnElement[datetime] | None = None,
    after: CTE | None = None,
    job_id: UUID | None = None,
) -> Insert:
    """Return the INSERT of a job. Sent twice, it writes one job.

    region: where the change is written, so that the statement needs no other region.
    account_key: the account that the job is for; or its ``cte_key`` in ``after``.
    due_at: when to run it; None: at once.
    after: a part of the same statement, with one row at most. The job is written if it has one.
    """
    row = {
        **_job_row(kind, region, account_key, due_at),
        "id": job_id or uuid4(),
        "payload": kind.dump(payload),
    }
    if after is None:
        return insert(table(Job)).values(_as_columns(row)).on_conflict_do_nothing()
    return insert(table(Job)).from_select(COLUMNS, _row_query(row, after)).on_conflict_do_nothing()


def jobs_from_rows_query(
    kind: JobKind[PayloadT],
    payload: ColumnElement[Any],
    *,
    rows: CTE,
    region: str | ColumnElement[str],
    account_key: RowKey | None = None,
    due_at: ColumnElement[datetime] | None = None,
    job_id: ColumnElement[UUID] | None = None,
) -> Select[Any]:
    """Return a job for each row of a part of the same statement, for ``insert_jobs_cte``. The
    statement may be built once. The arguments are those of ``job_statement``.

    payload: SQL that makes the JSON of the payload of a row, such as ``key_payload``.
    job_id: if the same rows may come again after a lost answer, such as ``derive_job_id``.
    """
    row = {
        **_job_row(kind, region, account_key, due_at),
        "id": func.gen_random_uuid() if job_id is None else job_id,
        "payload": payload,
    }
    return _row_query(row, rows)


def derive_job_id(kind: JobKind[PayloadT], row_id: ColumnElement[Any] | str) -> ColumnElement[UUID]:
    """Return the id of the one job of a kind that a row has."""
    return cast(func.md5(literal(f"{kind.name} ") + cast(row_id, String)), Uuid())


def key_payload(part: CTE, id: str = "id") -> ColumnElement[Any]:
    """Return the KeyPayload of the rows of ``part``: its ``region``, and ``id`` or another."""
    return func.jsonb_build_object(
        "region", cast(part.c.region, String), "id", cast(part.c[id], String)
    )


def job_parameters_query(name: str, after: CTE) -> Select[Any]:
    """Return a job of parameters, for ``insert_jobs_cte`` in a statement that is built once. It is
    executed with ``bind_job``.

    name: of the job within the statement.
    after: a part of the same statement. The job is written if this part has a row.
    """
    columns = table(Job).c
    row = {
        column: bindparam(f"{name}_job_{column}", type_=columns[column].type)
        for column in COLUMNS
        if column not in ORIGIN_COLUMNS
    }
    return _row_query(row, after)


def bind_job(
    name: str,
    kind: JobKind[PayloadT],
    payload: PayloadT,
    *,
    region: str,
    account_key: RowKey | None = None,
    due_at: datetime,
) -> dict[str, Any]:
    """Return the values of ``job_parameters_query``; they are the arguments of
    ``job_statement``."""
    row = {
        **_job_row(kind, region, account_key, due_at),
        "id": uuid4(),
        "payload": kind.dump(payload),
    }
    return {f"{name}_job_{column}": value for column, value in row.items()}


def job_cte(job: Insert) -> CTE:
    """Return the INSERT of a job as a part of another statement, for ``add_cte``."""
    return job.returning(table(Job).c.id).cte("job")


def insert_jobs_cte(*jobs: Select[Any]) -> CTE:
    """Return the part of a statement that inserts jobs: all in one INSERT, since CockroachDB lets a
    statement change each table once."""
    source = jobs[0] if len(jobs) == 1 else union_all(*jobs)
    return job_cte(insert(table(Job)).from_select(COLUMNS, source).on_conflict_do_nothing())


def replace_jobs_cte(*jobs: Select[Any]) -> CTE:
    """Return ``insert_jobs_cte``; a job that is there already, whatever became of it, begins as a
    new one. A worker that has it can change it no more."""
    source = jobs[0] if len(jobs) == 1 else union_all(*jobs)
    written = insert(table(Job)).from_select(COLUMNS, source)
    as_new = {name: written.excluded[name] for name in COLUMNS[2:]} | {
        "created_at": func.now(),
        "attempts": 0,
        "worker": None,
        "last_error": None,
        "done_at": None,
        "failed_at": None,
    }
    return job_cte(written.on_conflict_do_update(index_elements=["region", "id"], set_=as_new))


def delete_account_jobs(session: Session, account_key: RowKey) -> None:
    """Delete what waits for an account that is deleted."""
    jobs = table(Job)
    regions = sorted({*list_data_regions(), account_key.region})
    condition = jobs.c.region.in_(regions) & (jobs.c.account_id == account_key.id)
    session.execute(delete(jobs).where(condition))


def _job_row(
    kind: JobKind[PayloadT],
    region: str | ColumnElement[str],
    account_key: RowKey | None,
    due_at: datetime | ColumnElement[datetime] | None,
) -> dict[str, Any]:
    account_region = account_key.region if account_key else None
    if isinstance(account_region, ColumnElement):
        account_region = cast(account_region, String)
    return {
        "region": region,
        "kind": kind.name,
        "priority": int(kind.priority),
        "account_region": account_region,
        "account_id": account_key.id if account_key else None,
        "due_at": func.now() if due_at is None else due_at,
    }


def _make_origin_parameters() -> dict[str, ColumnElement[Any]]:
    """Return what a job comes from: a request and a trace, if there are. They are found when the
    statement is executed, so that it may be built once."""
    columns = table(Job).c
    return {
        name: bindparam(name, type_=columns[name].type, callable_=find, unique=True)
        for name, find in ORIGIN_COLUMNS.items()
    }


def _find_request_id() -> UUID | None:
    """Return the id of the request that runs now, or that wrote the job that runs now."""
    execution = current_execution()
    if execution is None:
        return None
    if execution.kind == "request":
        return execution.id
    return UUID(execution.cause_id) if execution.cause_id else None


def _find_trace() -> str | None:
    return current_traceparent() or None


#: The columns that say what a job comes from, with what finds their values.
ORIGIN_COLUMNS: dict[str, Callable[[], object]] = {
    "request_id": _find_request_id,
    "trace": _find_trace,
}


def _row_query(row: dict[str, Any], rows: CTE) -> Select[Any]:
    return select(*_as_columns(row).values()).select_from(rows)


def _as_columns(row: dict[str, Any]) -> dict[str, ColumnElement[Any]]:
    """Return SQL for each column, in their order: plain values become parameters of its type."""
    columns = table(Job).c
    row = row | _make_origin_parameters()
    return {
        name: row[name]
        if isinstance(row[name], ColumnElement)
        else bindparam(name, row[name], columns[name].type, unique=True)
        for name in COLUMNS
    }
