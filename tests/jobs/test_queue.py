"""The statements of the queue: who gets which job, and who may say what became of it."""

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, literal, select

from tests.jobs.steps import (
    LATE_NOTE,
    LEASE,
    NOTE,
    REGION,
    URGENT_NOTE,
    add_job,
    claim,
    claim_one,
    end_lease,
    insert_jobs,
    read_due_in_s,
    read_job,
)
from tests.threads import run_together
from webapp import mail
from webapp.db.keys import RowKey, key_condition
from webapp.db.retries import get_retry_counter
from webapp.db.transactions import execute_write
from webapp.db.types import Region
from webapp.extensions import db
from webapp.jobs.kinds import RunningJob
from webapp.jobs.models import Job
from webapp.jobs.queue import (
    discard_statement,
    fail_statement,
    finish_statement,
    postpone_statement,
    renew_statement,
    requeue_statement,
    retry_statement,
)
from webapp.jobs.writing import insert_jobs_cte, jobs_from_rows_query
from webapp.observability.execution import Execution, running

pytestmark = pytest.mark.usefixtures("app_context")

#: What a worker may say of a job that it has.
RECORDS: dict[str, Callable[[RunningJob], object]] = {
    "done": lambda job: execute_write(finish_statement(job)),
    "postponed": lambda job: execute_write(postpone_statement(job, "Slow", timedelta(seconds=100))),
    "given up": lambda job: execute_write(fail_statement(job, "Slow")),
    "requeued": lambda job: execute_write(requeue_statement(REGION, [job])),
    "renewed": lambda job: execute_write(renew_statement(REGION, [job], LEASE)),
}


def retry(job_key: RowKey) -> list[str]:
    """Retry a job as an admin does; return the kinds of the jobs that this changed."""
    return [row.kind for row in execute_write(retry_statement(key_condition(Job, job_key)))]


def discard(job_key: RowKey) -> list[str]:
    """Discard a job as an admin does; return the kinds of the jobs that this changed."""
    return [row.kind for row in execute_write(discard_statement(key_condition(Job, job_key)))]


# --- which jobs ----------------------------------------------------------------------------


def test_jobs_are_claimed_by_priority_and_then_by_when_they_are_due() -> None:
    order = [
        add_job(kind=LATE_NOTE, due_in_s=-90),
        add_job(due_in_s=-10),
        add_job(due_in_s=-20),
        add_job(kind=URGENT_NOTE, due_in_s=-5),
    ]
    assert [claim_one().key for _ in order] == [order[3], order[2], order[1], order[0]]
    assert claim() == []


def test_a_job_is_not_claimed_before_it_is_due() -> None:
    key = add_job(due_in_s=60)
    assert claim() == []
    end_lease(key)
    assert claim_one().key == key


def test_jobs_of_other_regions_are_left() -> None:
    add_job(region="europe-west1")
    assert claim() == []
    assert len(claim(region="europe-west1")) == 1


def test_jobs_of_unknown_kinds_are_left() -> None:
    """A worker of an older release leaves them for one of the new release."""
    key = add_job()
    assert claim(kinds=[URGENT_NOTE.name]) == []
    assert claim(kinds=[]) == []
    assert read_job(key).attempts == 0


def test_no_more_jobs_are_claimed_than_the_limit() -> None:
    insert_jobs(5)
    assert [len(claim(2)) for _ in range(4)] == [2, 2, 1, 0]


def test_a_claimed_job_says_where_it_comes_from(make_user: Callable[..., Any]) -> None:
    user = make_user("ada")
    execute_write(mail.mail_statement("password_changed", user.key))
    (job,) = claim(kinds=[mail.MAIL.name])
    assert job.account_key == user.key
    assert job.attempt == 1
    assert (job.request_id, job.trace) == (None, None)


def test_a_job_says_which_request_caused_it_also_by_way_of_another_job() -> None:
    rows = select(literal(REGION, Region).label("region")).cte("rows")
    job = jobs_from_rows_query(NOTE, func.jsonb_build_object(), rows=rows, region=rows.c.region)
    built_once = select(rows.c.region).add_cte(insert_jobs_cte(job))
    first, second = Execution("request", "/rides"), Execution("request", "/rides")
    causes = [first, second, Execution("job", NOTE.name, cause_id=str(first.id)), None]
    request_ids = []
    for execution in causes:
        with running(execution) if execution else nullcontext():
            execute_write(built_once)
        request_ids.append(claim_one().request_id)
    assert request_ids == [str(first.id), str(second.id), str(first.id), None]


# --- leases --------------------------------------------------------------------------------


def test_a_claimed_job_belongs_to_its_worker_for_one_to_two_leases() -> None:
    insert_jobs(40)
    ends = [read_due_in_s(job.key) for job in claim(40)]
    assert claim() == []
    assert LEASE.total_seconds() * 0.5 < min(ends), "less the time that this test takes"
    assert max(ends) <= 2 * LEASE.total_seconds()
    assert len({round(end, 3) for end in ends}) > 30, "jobs of a crash do not come back together"


def test_a_lease_that_is_renewed_ends_later() -> None:
    add_job()
    job = claim_one()
    end_lease(job.key)
    assert execute_write(renew_statement(REGION, [job], LEASE)) == [(job.key.id,)]
    assert claim() == []
    assert read_due_in_s(job.key) > LEASE.total_seconds() * 0.5


def test_only_the_leases_that_a_worker_still_has_are_renewed() -> None:
    insert_jobs(3)
    finished, lost, kept = claim(3)
    execute_write(finish_statement(finished))
    end_lease(lost.key)
    claim_one()
    renewed = execute_write(renew_statement(REGION, [finished, lost, kept], LEASE))
    assert renewed == [(kept.key.id,)]


def test_a_job_whose_lease_has_ended_is_claimed_again() -> None:
    add_job()
    first = claim_one()
    end_lease(first.key)
    second = claim_one()
    assert (second.key, second.attempt) == (first.key, 2)


@pytest.mark.parametrize("record", RECORDS)
def test_a_worker_that_was_too_slow_changes_nothing(record: str) -> None:
    add_job("text")
    slow = claim_one()
    end_lease(slow.key)
    current = claim_one()
    before = _read_state(current)
    RECORDS[record](slow)
    assert _read_state(current) == before
    assert execute_write(finish_statement(current))


@pytest.mark.parametrize("record", RECORDS)
@pytest.mark.parametrize("between", ["requeued", "retried"])
def test_a_lease_is_over_even_if_the_attempts_have_the_same_number_again(
    record: str, between: str
) -> None:
    add_job("text")
    slow = claim_one()
    if between == "requeued":
        RECORDS["requeued"](slow)
    else:
        end_lease(slow.key)
        RECORDS["given up"](claim_one())
        assert retry(slow.key)
    current = claim_one()
    assert current.attempt == slow.attempt
    before = _read_state(current)
    RECORDS[record](slow)
    assert _read_state(current) == before


def _read_state(job: RunningJob) -> list[object]:
    row = read_job(job.key)
    return [row.due_at, row.attempts, row.worker, row.last_error, row.done_at, row.failed_at]


# --- what became of it ---------------------------------------------------------------------


def test_a_job_that_is_done_holds_nothing_of_anybody(make_user: Callable[..., Any]) -> None:
    execute_write(mail.mail_statement("password_changed", make_user().key))
    (job,) = claim(kinds=[mail.MAIL.name])
    execute_write(finish_statement(job))
    row = read_job(job.key)
    assert row.done_at
    assert (row.payload, row.account_region, row.account_id, row.worker) == ({}, None, None, None)
    end_lease(job.key)
    assert claim(kinds=[mail.MAIL.name]) == []


def test_a_job_that_is_postponed_waits_and_says_why() -> None:
    key = add_job("text")
    RECORDS["postponed"](claim_one())
    row = read_job(key)
    assert (row.last_error, row.worker, row.payload) == ("Slow", None, {"text": "text"})
    assert claim() == []
    end_lease(key)
    assert claim_one().attempt == 2


def test_a_job_that_is_given_up_is_kept_until_an_admin_retries_it() -> None:
    key = add_job("text")
    RECORDS["given up"](claim_one())
    end_lease(key)
    assert claim() == []
    assert retry(key) == [NOTE.name]
    job = claim_one()
    assert (job.attempt, job.payload) == (1, {"text": "text"})


def test_a_job_that_is_requeued_is_due_at_once_as_if_it_had_not_been_claimed() -> None:
    add_job()
    RECORDS["requeued"](claim_one())
    assert claim_one().attempt == 1


def test_an_admin_can_run_a_job_that_failed_so_far_now() -> None:
    key = add_job()
    RECORDS["postponed"](claim_one())
    assert retry(key)
    assert claim_one().key == key


def test_a_job_that_is_not_due_yet_is_not_run_before_its_time() -> None:
    """A reservation has not expired then: the job would be done without effect."""
    key = add_job(due_in_s=3600)
    assert retry(key) == []


def test_a_discarded_job_never_runs() -> None:
    waiting, failed = add_job("a", due_in_s=3600), add_job("b")
    RECORDS["given up"](claim_one())
    for key in (waiting, failed):
        assert discard(key) == [NOTE.name]
        row = read_job(key)
        assert row.done_at
        assert (row.failed_at, row.payload) == (None, {})
        assert retry(key) == []
        assert discard(key) == []
        end_lease(key)
    assert claim() == []


def test_an_admin_leaves_a_job_to_the_worker_that_has_it() -> None:
    key = add_job()
    claim_one()
    assert retry(key) == []
    assert discard(key) == []


def test_an_admin_may_discard_a_job_whose_worker_has_died() -> None:
    key = add_job()
    job = claim_one()
    end_lease(key)
    assert discard(key)
    RECORDS["postponed"](job)
    assert read_job(key).done_at


# --- at the same time ----------------------------------------------------------------------


@pytest.mark.slow
def test_500_jobs_are_each_claimed_once_by_four_workers(app: Flask) -> None:
    ids = insert_jobs(500)
    before = get_retry_counter(app).read()

    def work() -> list[RunningJob]:
        taken: list[RunningJob] = []
        while jobs := claim(7):
            taken += jobs
        return taken

    results = run_together(app, work, work, work, work)
    taken = Counter(job.key.id for result in results for job in result)
    assert taken == Counter(ids)
    assert get_retry_counter(app).read() == before, "they conflict with nobody"
    statement = select(func.count()).select_from(Job).where(Job.attempts != 1)
    assert db.session.scalar(statement) == 0


@pytest.mark.slow
def test_claims_make_no_statement_of_a_rider_fail(app: Flask) -> None:
    """Neither do the statements of workers fail: they conflict with nobody."""
    before = get_retry_counter(app).read()
    are_written: list[int] = []

    def write() -> None:
        for _ in range(60):
            execute_write(
                mail.mail_statement("password_changed", mail.Recipient("ada@example.org", "Ada"))
            )
        are_written.append(1)

    def work() -> int:
        done = 0
        while True:
            is_last = len(are_written) == 3
            jobs = claim(3, kinds=[mail.MAIL.name])
            for job in jobs:
                done += len(execute_write(finish_statement(job), read_committed=True))
            if is_last and not jobs:
                return done

    results = run_together(app, write, write, write, work, work)
    assert sum(result for result in results if result) == 180
    assert get_retry_counter(app).read() == before


def test_a_job_that_another_transaction_has_locked_is_skipped() -> None:
    first, second = add_job(due_in_s=-20), add_job(due_in_s=-10)
    with db.engines["write"].begin() as connection:
        lock = select(Job.id).where(Job.region == REGION, Job.id == first.id).with_for_update()
        connection.execute(lock)
        assert claim_one().key == second
        assert claim() == []
    assert claim_one().key == first
