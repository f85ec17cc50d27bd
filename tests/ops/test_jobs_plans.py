"""What admins see of jobs costs the same however many jobs are done."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from tests.explain import connect_to_fill_tables, explain_plan, vacuum
from webapp.extensions import db
from webapp.ops.jobs.enums import JobState
from webapp.ops.jobs.queries import JobFilter, counts_query, list_query

REGION = "us-east1"
LIMIT = 6
FILL = text("""
    INSERT INTO jobs (region, id, kind, payload, priority, due_at, done_at, failed_at)
    SELECT :region, gen_random_uuid(), 'mail', '{}', n % 3, now() - n * interval '1 minute',
        CASE WHEN :state = 'done' THEN now() - n * interval '1 minute' END,
        CASE WHEN :state = 'failed' THEN now() - n * interval '1 minute' END
    FROM generate_series(1, :number) AS n
""")
NUMBERS = {"done": 10_000, "failed": 600, "waiting": 900}


@pytest.fixture
def many_jobs(app: Flask) -> None:
    with app.app_context(), connect_to_fill_tables() as connection:
        for state, number in NUMBERS.items():
            connection.execute(FILL, {"region": REGION, "state": state, "number": number})


@pytest.mark.postgresql_plans
def test_the_counts_read_no_job_that_is_done(app: Flask, many_jobs: None) -> None:
    with app.app_context():
        vacuum("jobs")
        plan = explain_plan(lambda: db.session.execute(counts_query(REGION)).all())
    assert plan.read_whole == set()
    assert {"ix_jobs_due", "ix_jobs_failed"} <= plan.indexes
    assert plan.most_rows <= 600 + 900


@pytest.mark.postgresql_plans
@pytest.mark.parametrize(
    ("state", "index"),
    [
        (JobState.WAITING, "ix_jobs_due"),
        (JobState.FAILED, "ix_jobs_failed"),
        (JobState.DONE, "ix_jobs_done"),
    ],
)
@pytest.mark.parametrize("minutes", [None, 300])
def test_each_page_of_a_list_reads_what_it_shows(
    app: Flask, many_jobs: None, state: JobState, index: str, minutes: int | None
) -> None:
    at = datetime.now(UTC) - timedelta(minutes=minutes or 0)
    after = (at, UUID(int=1)) if minutes else None
    with app.app_context():
        vacuum("jobs")
        statement = list_query(REGION, JobFilter([REGION], state), after, LIMIT)
        plan = explain_plan(lambda: db.session.execute(statement).all())
    assert plan.indexes == {index}
    assert plan.read_whole == set()
    assert plan.table_rows <= 3 * (LIMIT + 2)
