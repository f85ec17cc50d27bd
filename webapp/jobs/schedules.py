"""Schedules: jobs that are due again and again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    String,
    cast,
    func,
    literal,
    select,
    union_all,
)

from webapp.db.inserts import insert
from webapp.db.types import Region, table
from webapp.jobs.kinds import JobKind, NoPayload
from webapp.jobs.models import JobSchedule
from webapp.jobs.writing import insert_jobs_cte, jobs_from_rows_query


@dataclass(frozen=True)
class Schedule:
    """When the job of a kind is due, in UTC.

    If no worker runs when it is due, it is made up for once. A new schedule is due at once.
    """

    kind: JobKind[NoPayload]
    #: The time from one run to the next; or a day or a week, which begins with Monday.
    period: timedelta | Literal["day", "week"]
    #: After the beginning of the day or week.
    at: timedelta = timedelta()
    #: One job for the whole site; else one in each region.
    for_site: bool = False
    #: Whether a run that succeeds has also done the work of those that failed before it, so that
    #: nobody needs to decide about them.
    makes_up_for_failures: bool = True
    #: Returns the query of the rows of a region that a run would work on: without any, no job is
    #: written. None: each run has work. (Any: of any columns)
    work_query: Callable[[str], Select[Any]] | None = None

    @classmethod
    def daily(cls, kind: JobKind[NoPayload], hour: float, *, for_site: bool = False) -> Self:
        return cls(kind, "day", timedelta(hours=hour), for_site)

    @classmethod
    def weekly(
        cls,
        kind: JobKind[NoPayload],
        weekday: int,
        hour: float,
        *,
        makes_up_for_failures: bool = True,
    ) -> Self:
        """weekday: 0 is Monday."""
        at = timedelta(days=weekday, hours=hour)
        return cls(kind, "week", at, makes_up_for_failures=makes_up_for_failures)


def next_run_column(schedule: Schedule) -> ColumnElement[datetime]:
    """Return when a schedule is due after now, by the database's clock."""
    if isinstance(schedule.period, timedelta):
        return func.now() + schedule.period
    start = func.date_trunc(schedule.period, func.timezone("UTC", func.now()))
    length = timedelta(days=1 if schedule.period == "day" else 7)
    return func.timezone("UTC", start + length + schedule.at)


def enqueue_due_statement(region: str, schedules: Sequence[Schedule]) -> Select[tuple[str]]:
    """Return the statement that writes the jobs of those schedules of a region that are due, and
    notes when they are due again. It returns their names, also of those without work. Of workers
    that send it together, one writes a job."""
    due = _due_cte(region, schedules)
    jobs = [_job_query(region, schedule, due) for schedule in schedules]
    return select(due.c.name).add_cte(insert_jobs_cte(*jobs))


def _due_cte(region: str, schedules: Sequence[Schedule]) -> CTE:
    rows = table(JobSchedule)
    values = union_all(
        *(
            select(
                literal(region, Region),
                cast(literal(schedule.kind.name), String),
                next_run_column(schedule),
            )
            for schedule in schedules
        )
    )
    statement = insert(rows).from_select(["region", "name", "due_at"], values)
    return (
        statement.on_conflict_do_update(
            index_elements=["region", "name"],
            set_={"due_at": statement.excluded.due_at},
            where=rows.c.due_at <= func.now(),
        )
        .returning(rows.c.name)
        .cte("due")
    )


def _job_query(region: str, schedule: Schedule, due: CTE) -> Select[tuple[object, ...]]:
    name = schedule.kind.name
    row = select(due.c.name).where(due.c.name == name)
    if schedule.work_query:
        row = row.where(schedule.work_query(region).exists())
    return jobs_from_rows_query(
        schedule.kind,
        func.jsonb_build_object(),
        rows=row.cte(f"due_{name}"),
        region=literal(region, Region),
    )
