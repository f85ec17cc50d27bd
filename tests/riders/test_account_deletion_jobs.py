"""The jobs that delete accounts with many rows: failed, discarded, killed, and run twice."""

from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.job_steps import end_leases, run_jobs
from tests.killing import kill_at_statement, statement_numbers
from tests.riders.large_accounts import (
    _small_limit,  # noqa: F401 - a fixture
    count_due_deletions,
    finish,
    make_ada,  # noqa: F401 - a fixture
)
from tests.riders.wallet_steps import assert_consistent_ledger, charge, give_credit
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.jobs.models import Job
from webapp.ops.jobs.running import JobOutcome, claim_jobs, run_job
from webapp.ops.jobs.services import (
    JobDecision,
    decide_failed_jobs,
    is_of_kind_condition,
    run_schedule,
)
from webapp.riders.jobs import resume_deletions_statement
from webapp.riders.schedules import RESUME_DELETIONS
from webapp.riders.services.account_deletion import ACCOUNT_DELETION, delete_account

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.mark.parametrize("decision", [None, JobDecision.DISCARD])
def test_an_account_whose_job_failed_or_was_discarded_is_found_again(
    app: Flask, ada: User, row: RowReader, decision: JobDecision | None
) -> None:
    delete_account(ada)
    is_deletion = Job.kind == ACCOUNT_DELETION.name
    old = func.now() - timedelta(days=400)
    failed = update(table(Job)).where(is_deletion).values(failed_at=old, created_at=old)
    execute_write(failed.returning(table(Job).c.id))
    if decision:
        decide_failed_jobs(decision, ada.region, is_of_kind_condition(ACCOUNT_DELETION.name), 10)
    assert app.test_cli_runner().invoke(args=["sweep"]).exit_code == 0
    count_failed = select(func.count()).where(is_deletion, Job.failed_at.is_not(None))
    assert db.session.scalar(count_failed) == (0 if decision else 1), "the sweep keeps it"

    resume(app, ada.region)
    assert row(User, ada.key), "it ended less than a day ago"
    execute_write(
        update(table(User)).where(User.id == ada.id).values(deleted_at=old).returning(User.id)
    )
    resume(app, ada.region)
    assert row(User, ada.key) is None
    assert db.session.scalar(count_failed) == 0, "nobody decides about it any more"


def test_an_account_with_an_open_job_gets_no_other(app: Flask, ada: User) -> None:
    delete_account(ada)
    old = func.now() - timedelta(days=2)
    execute_write(
        update(table(User)).where(User.id == ada.id).values(deleted_at=old).returning(User.id)
    )
    run_key = RowKey(ada.region, uuid4())
    assert execute_write(resume_deletions_statement(run_key)) == []
    execute_write(update(table(Job)).values(failed_at=old).where(Job.kind == ACCOUNT_DELETION.name))
    for expected in ([ada.id], []):
        rows = execute_write(resume_deletions_statement(run_key), idempotent=True)
        assert [row.id for row in rows] == expected
    assert count_due_deletions() == 2, "the failed one, and one new"


def resume(app: Flask, region: str) -> None:
    run_schedule(RESUME_DELETIONS, region)
    finish(app)


# --- killed, and twice ----------------------------------------------------------------------------


@pytest.mark.slow
def test_a_worker_that_is_killed_before_any_of_its_statements_is_followed_by_one_that_ends_it(
    app: Flask, ada: User, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    for number in statement_numbers():
        user = make_user(city="boston", roles=["owner"])
        make_vehicle("boston", owner=user)
        charge(user.key, 300)
        give_credit(user.key, 300)
        delete_account(user)
        is_killed = True
        with kill_at_statement(number):
            run_jobs(app)
            is_killed = False
        assert_consistent_ledger()
        end_leases()
        finish(app)
        assert row(User, user.key) is None
        assert count_due_deletions() == 0
        if not is_killed:
            break
    assert number > 40
    assert_consistent_ledger()


def test_two_workers_at_once_do_no_harm(app: Flask, ada: User, row: RowReader) -> None:
    delete_account(ada)
    jobs = claim_jobs("us-east1", "slow", 10)
    (slow,) = [job for job in jobs if job.kind == ACCOUNT_DELETION.name]
    end_leases()
    finish(app)
    assert row(User, ada.key) is None
    assert run_job(app, slow) is JobOutcome.DONE


def test_an_account_whose_city_moves_meanwhile_is_deleted(
    app: Flask, ada: User, row: RowReader
) -> None:
    delete_account(ada)
    with db.engines["write"].begin() as connection:
        connection.execute(
            text("UPDATE users SET region = 'europe-west1' WHERE id = :id"), {"id": ada.id}
        )
    finish(app)
    assert row(User, RowKey("europe-west1", ada.id)) is None
