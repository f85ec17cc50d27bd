"""What a claim reads: the jobs that are due, and no others."""

import pytest
from flask import Flask
from sqlalchemy import ColumnElement, insert, literal, select, text

from tests.explain import Plan, connect_to_fill_tables, explain_writes, vacuum
from tests.jobs.steps import KINDS, LEASE, NOTE, REGION, claim, database_time, insert_jobs
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.jobs.models import Job
from webapp.jobs.queue import finish_statement, renew_statement

pytestmark = [
    pytest.mark.usefixtures("app_context"),
    pytest.mark.postgresql_plans,
    pytest.mark.slow,
]

WAITING, DONE = 10_000, 10_000


def fill(number: int, **values: object) -> None:
    """Write so many jobs in one statement."""
    jobs = table(Job)
    row = {"region": REGION, "kind": NOTE.name, "payload": {}, "priority": 1, **values}
    columns = [
        value if isinstance(value, ColumnElement) else literal(value, jobs.c[name].type)
        for name, value in row.items()
    ]
    source = select(text("gen_random_uuid()"), *columns).select_from(
        text(f"generate_series(1, {number})")
    )
    with connect_to_fill_tables() as connection:
        connection.execute(insert(jobs).from_select(["id", *row], source))


@pytest.fixture(params=["counted", "of an empty table"])
def _many_jobs(request: pytest.FixtureRequest, app: Flask) -> None:
    """Jobs that wait for tomorrow or are done, and the statistics of the table."""
    with app.app_context():
        vacuum("jobs")
        fill(WAITING, due_at=database_time(86_400))
        fill(DONE, done_at=database_time(-60))
        if request.param == "counted":
            vacuum("jobs")
        insert_jobs(5)


def explain_one(call: object) -> Plan:
    (plan,) = explain_writes(call)  # type: ignore[arg-type]
    return plan


@pytest.mark.usefixtures("_many_jobs")
def test_a_claim_reads_only_jobs_that_are_due() -> None:
    plan = explain_one(lambda: claim(4, kinds=KINDS))
    assert "ix_jobs_due" in plan.indexes
    assert not plan.read_whole
    assert plan.table_rows <= 5 + 2 * 4, plan.rows_read


@pytest.mark.usefixtures("_many_jobs")
def test_a_claim_without_due_jobs_reads_nothing() -> None:
    claim(5)
    assert explain_one(lambda: claim(4)).table_rows <= 5


@pytest.mark.usefixtures("_many_jobs")
def test_what_became_of_a_job_is_written_by_its_key() -> None:
    jobs = claim(3)
    renewal = explain_one(lambda: execute_write(renew_statement(REGION, jobs, LEASE)))
    assert renewal.table_rows <= 2 * 3, renewal.rows_read
    assert explain_one(lambda: execute_write(finish_statement(jobs[0]))).table_rows <= 2
