"""What admins see of jobs: counts by kind, lists, and one job.

Jobs that are done are many; those that are open or failed have indexes of their own. No statement
reads the jobs that are done, except the list of those.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Executable,
    Row,
    Select,
    String,
    and_,
    case,
    func,
    literal,
    not_,
    select,
    tuple_,
    union_all,
)

from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page
from webapp.db.types import table
from webapp.extensions import db
from webapp.hooks import get_hooks
from webapp.jobs.kinds import Priority
from webapp.jobs.models import Job
from webapp.jobs.queue import is_idle_condition, is_open_condition
from webapp.mail import is_server_error_condition
from webapp.ops.jobs.enums import JobState
from webapp.ops.region_probe import RegionProbe

#: Of each region, so many open jobs are counted, and so many failed ones.
MAX_COUNTED = 10_000


@dataclass(frozen=True)
class JobFilter:
    """Which jobs to read."""

    regions: Sequence[str]
    state: JobState
    #: The name of a kind; '': all kinds.
    kind: str = ""

    @property
    def is_open(self) -> bool:
        return self.state in (JobState.WAITING, JobState.RUNNING)


class KindCounts(NamedTuple):
    """How many jobs of a kind there are, in one region or in several."""

    kind: str
    waiting: int
    running: int
    failed: int
    #: Since when the one that has waited longest is due; None: none is due.
    oldest_due_at: datetime | None
    #: Mails that the mail server has not taken so far.
    unsent: int = 0
    #: When the oldest of those was written.
    oldest_unsent_at: datetime | None = None

    @property
    def longest_wait(self) -> timedelta | None:
        """How long that one has been due."""
        if self.oldest_due_at is None:
            return None
        return max(timedelta(), datetime.now(UTC) - self.oldest_due_at)


class ListedJob(NamedTuple):
    """A job without its payload, which may hold secrets."""

    region: str
    id: UUID
    kind: str
    #: Of a mail that is not over; else None.
    template: str | None
    state: JobState
    created_at: datetime
    due_at: datetime
    attempts: int
    worker: str | None
    last_error: str | None
    done_at: datetime | None
    failed_at: datetime | None
    request_id: UUID | None

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)

    @property
    def listed_at(self) -> datetime:
        """The time that the list of its state is ordered by."""
        moment: datetime = getattr(self, _find_time_name(self.state))
        return moment

    @property
    def cursor(self) -> Cursor:
        """The place of the job in the list of its state."""
        return self.listed_at, self.id


@dataclass(frozen=True)
class JobsOverview:
    """A page of a list, and the counts beside it."""

    counts: list[KindCounts]
    #: Whether a region has more jobs than are counted.
    is_count_limited: bool
    page: Page[ListedJob]
    #: Regions that did not answer in time: their jobs are missing.
    silent_regions: list[str]


def read_overview(job_filter: JobFilter, after: Cursor | None, size: int) -> JobsOverview:
    """Return a page of jobs, and the counts of all kinds in the same regions.

    after: from ``read_time_cursor``. The regions are asked at the same time, each with two
    statements.
    """
    statements: dict[str, list[Executable]] = {
        region: [counts_query(region), list_query(region, job_filter, after, size + 1)]
        for region in job_filter.regions
    }
    answers = RegionProbe(statements).read()
    results = [answer.results for answer in answers.values() if answer]
    counts = [[KindCounts._make(row) for row in counted] for counted, _ in results]
    jobs = [_read_job(row) for _, rows in results for row in rows]
    jobs.sort(key=lambda job: job.cursor, reverse=not job_filter.is_open)
    return JobsOverview(
        _add_up(counts),
        any(map(_is_limited, counts)),
        make_page(jobs, lambda job: job.cursor, size),
        sorted(region for region, answer in answers.items() if answer is None),
    )


def find_job(job_key: RowKey) -> ListedJob | None:
    """Return one job, or None."""
    query = select(*_job_columns()).where(key_condition(table(Job), job_key))
    row = db.session.execute(query).one_or_none()
    return _read_job(row) if row else None


# --- counts -----------------------------------------------------------------------------------


def counts_query(
    region: str,
) -> Select[tuple[str, int, int, int, datetime | None, int, datetime | None]]:
    """Return the query of the KindCounts of a region: of the open jobs that workers take first, and
    of those that failed last."""
    jobs = table(Job).c
    counted = select(
        jobs.kind, _state_column().label("state"), jobs.due_at, jobs.created_at, jobs.last_error
    )
    first = counted.where(jobs.region == region, is_open_condition()).order_by(
        jobs.priority, jobs.due_at
    )
    last = counted.where(jobs.region == region, jobs.failed_at.is_not(None)).order_by(
        jobs.failed_at.desc().nulls_first(), jobs.id.desc()
    )
    parts = [part.limit(MAX_COUNTED).subquery().select() for part in (first, last)]
    job = union_all(*parts).subquery().c

    def count(state: JobState) -> ColumnElement[int]:
        return func.count().filter(job.state == state.value)

    is_due = and_(job.state == JobState.WAITING.value, job.due_at <= func.now())
    is_unsent = and_(job.state != JobState.FAILED.value, is_server_error_condition(job.last_error))
    return select(
        job.kind,
        count(JobState.WAITING),
        count(JobState.RUNNING),
        count(JobState.FAILED),
        func.min(job.due_at).filter(is_due),
        func.count().filter(is_unsent),
        func.min(job.created_at).filter(is_unsent),
    ).group_by(job.kind)


def _add_up(regions: list[list[KindCounts]]) -> list[KindCounts]:
    """Return the sums over regions, by kind."""
    sums: dict[str, KindCounts] = {}
    for counts in (counts for region in regions for counts in region):
        sums[counts.kind] = _add(sums.get(counts.kind), counts)
    return sorted(sums.values(), key=lambda counts: counts.kind)


def _add(a: KindCounts | None, b: KindCounts) -> KindCounts:
    if a is None:
        return b
    return KindCounts(
        a.kind,
        a.waiting + b.waiting,
        a.running + b.running,
        a.failed + b.failed,
        find_earliest([a.oldest_due_at, b.oldest_due_at]),
        a.unsent + b.unsent,
        find_earliest([a.oldest_unsent_at, b.oldest_unsent_at]),
    )


def find_earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min(filter(None, moments), default=None)


def _is_limited(region: list[KindCounts]) -> bool:
    count_open = sum(counts.waiting + counts.running for counts in region)
    return max(count_open, sum(counts.failed for counts in region)) >= MAX_COUNTED


# --- lists ------------------------------------------------------------------------------------


def list_query(region: str, job_filter: JobFilter, after: Cursor | None, limit: int) -> Select[Any]:
    """Return the query of jobs of a region, in the order of an index: of open jobs, those that are
    due first; of others, the newest. Any: the columns of a ListedJob.

    The index of open jobs begins with their priority, so it is read once for each of those.
    """
    jobs = table(Job).c
    conditions = [jobs.region == region, _state_condition(job_filter.state)]
    if job_filter.kind:
        conditions.append(jobs.kind == job_filter.kind)
    moment = jobs[_find_time_name(job_filter.state)]
    if after:
        place = tuple_(moment, jobs.id)
        conditions.append(place > after if job_filter.is_open else place < after)
    query = select(*_job_columns()).where(*conditions).limit(limit)
    if not job_filter.is_open:
        # None is NULL; PostgreSQL reads its index backwards only if they would come first.
        return query.order_by(moment.desc().nulls_first(), jobs.id.desc())
    parts = [
        query.where(jobs.priority == priority).order_by(moment, jobs.id).subquery().select()
        for priority in _list_priorities(job_filter.kind)
    ]
    listed = union_all(*parts).subquery()
    return select(listed).order_by(listed.c.due_at, listed.c.id).limit(limit)


def _list_priorities(kind: str) -> list[int]:
    """Return the priorities that jobs of a kind have; '': of all kinds."""
    runnable = get_hooks().job_kinds.get(kind)
    return [int(runnable.kind.priority)] if runnable else [int(each) for each in Priority]


def _find_time_name(state: JobState) -> str:
    """Return the column that the list of a state is ordered by."""
    names = {JobState.FAILED: "failed_at", JobState.DONE: "done_at"}
    return names.get(state, "due_at")


def _state_condition(state: JobState) -> ColumnElement[bool]:
    jobs = table(Job).c
    match state:
        case JobState.FAILED:
            return jobs.failed_at.is_not(None)
        case JobState.DONE:
            return jobs.done_at.is_not(None)
        case JobState.RUNNING:
            return and_(is_open_condition(), not_(is_idle_condition()))
        case JobState.WAITING:
            return and_(is_open_condition(), is_idle_condition())


def _state_column() -> ColumnElement[str]:
    jobs = table(Job).c
    return case(
        (jobs.done_at.is_not(None), literal(JobState.DONE.value, String)),
        (jobs.failed_at.is_not(None), literal(JobState.FAILED.value, String)),
        (not_(is_idle_condition()), literal(JobState.RUNNING.value, String)),
        else_=literal(JobState.WAITING.value, String),
    )


def _job_columns() -> list[ColumnElement[Any]]:
    """Return the columns of a ListedJob. Any: of several types."""
    jobs = table(Job).c
    made = {"template": jobs.payload["template"].as_string(), "state": _state_column()}
    return [made[name].label(name) if name in made else jobs[name] for name in ListedJob._fields]


def _read_job(row: Row[Any]) -> ListedJob:
    return ListedJob._make(row)._replace(state=JobState(row.state))
