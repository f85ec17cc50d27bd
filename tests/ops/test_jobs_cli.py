"""``flask jobs``: operators see what waits and failed, and decide what becomes of it."""

import re
from functools import partial
from uuid import uuid4

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from tests.job_steps import run_jobs
from tests.ops.job_rows import JobFactory, insert_job, read_job
from webapp.audit.models import AuditEvent
from webapp.extensions import db
from webapp.ops.jobs import services
from webapp.ops.jobs.running import JobOutcome


@pytest.fixture
def make_job(app: Flask) -> JobFactory:
    return partial(insert_job, app)


def call(app: Flask, *args: str, answer: str = "") -> Result:
    result: Result = app.test_cli_runner().invoke(args=["jobs", *args], input=answer)
    return result


def succeed(app: Flask, *args: str, answer: str = "") -> str:
    result = call(app, *args, answer=answer)
    assert result.exit_code == 0, result.output
    return str(result.output)


def read_events(app: Flask) -> list[tuple[str, str | None]]:
    with app.app_context():
        query = select(AuditEvent.kind, AuditEvent.subject).where(AuditEvent.kind.like("job.%"))
        return [tuple(row) for row in db.session.execute(query)]


def test_without_jobs_the_list_says_so(app: Flask) -> None:
    output = succeed(app, "list")
    assert "No job waits, runs or failed." in output
    assert "No job has failed." in output
    assert "No job of the kind mail waits." in succeed(
        app, "list", "--kind", "mail", "--state", "waiting"
    )


def test_the_list_counts_jobs_by_kind_and_shows_those_of_a_state(
    app: Flask, make_job: JobFactory
) -> None:
    keys = {state: make_job(state) for state in ("waiting", "running", "failed", "done")}
    for state, key in keys.items():
        output = succeed(app, "list", "--state", state)
        assert re.search(r"mail +│ 1 +│ 1 +│ 1 ", output)
        assert [other for other, each in keys.items() if str(each) in output] == [state]
        assert str(key) in output
        assert "SECRET" not in output


def test_what_is_due_first_comes_first_and_pages_go_on(app: Flask, make_job: JobFactory) -> None:
    """Also across regions and priorities."""
    regions = ["us-east1", "us-west1", "europe-west1"] * 2
    keys = [
        str(make_job("waiting", region=region, minutes=minutes, priority=minutes % 3))
        for minutes, region in enumerate(regions)
    ]
    args, listed = ["list", "--state", "waiting", "--limit", "2"], []
    for _ in range(3):
        output = succeed(app, *args)
        listed += sorted((key for key in keys if key in output), key=output.index)
        args = [*args[:5], "--after", output.rpartition("--after ")[2].strip()]
    assert listed == keys[::-1]


def test_the_list_is_filtered_by_kind_and_region(app: Flask, make_job: JobFactory) -> None:
    one = make_job("failed", region="us-west1", kind="password_reset")
    other = make_job("failed")
    output = succeed(app, "list", "--region", "us-west1")
    assert str(one) in output
    assert str(other) not in output
    output = succeed(app, "list", "--kind", "mail")
    assert str(one) not in output
    assert str(other) in output


def test_a_job_is_shown_without_its_contents(app: Flask, make_job: JobFactory) -> None:
    output = succeed(app, "show", str(make_job("failed")))
    for words in ("mail", "receipt", "failed", "40", "MailNotSent: receipt"):
        assert words in output
    assert "SECRET" not in output


def test_a_schedule_runs_now_in_each_of_its_regions(app: Flask) -> None:
    output = succeed(app, "run", "sweep")
    keys = re.findall(r"sweep is due now: (\S+)", output)
    assert sorted(key.split(".")[0] for key in keys) == ["europe-west1", "us-east1", "us-west1"]
    assert sorted(read_events(app)) == sorted(("job.added", f"job {key}") for key in keys)
    assert run_jobs(app) == [JobOutcome.DONE] * 3
    output = succeed(app, "run", "sweep", "--region", "us-west1")
    assert len(re.findall("is due now", output)) == 1


def test_a_schedule_of_the_site_runs_in_one_region(app: Flask) -> None:
    output = succeed(app, "run", "check_ledger")
    assert "check_ledger is due now: europe-west1." in output
    assert output.count("is due now") == 1
    result = call(app, "run", "check_ledger", "--region", "us-west1")
    assert "check_ledger runs in europe-west1, once for the site." in result.output
    assert result.exit_code == 1


def test_an_unknown_schedule_is_named_and_so_are_those_that_exist(app: Flask) -> None:
    result = call(app, "run", "mail")
    assert result.exit_code == 1
    assert "There is no schedule 'mail'; there are check_ledger, " in result.output


def test_a_failed_job_runs_again_when_it_is_retried(app: Flask, make_job: JobFactory) -> None:
    key = make_job("failed")
    assert "1 retried." in succeed(app, "retry", str(key))
    job = read_job(app, key)
    assert (job.failed_at, job.attempts) == (None, 0)
    assert read_events(app) == [("job.retried", f"job {key}")]
    assert len(run_jobs(app)) == 1


def test_a_discarded_job_is_done_and_holds_nothing_any_more(
    app: Flask, make_job: JobFactory
) -> None:
    key = make_job("failed")
    assert read_job(app, key).failed_at
    assert "1 discarded." in succeed(app, "discard", str(key), answer="y\n")
    job = read_job(app, key)
    assert job.done_at
    assert (job.failed_at, job.payload) == (None, {})
    assert read_events(app) == [("job.discarded", f"job {key}")]


def test_all_failed_jobs_of_a_kind_are_retried_in_batches(
    app: Flask, make_job: JobFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    failed = [make_job("failed", region=region) for region in ("us-east1", "us-west1") * 3]
    others = [make_job("failed", kind="password_reset"), make_job("done"), make_job("running")]
    before = [read_job(app, key).attempts for key in others]
    assert "6 retried." in succeed(app, "retry", "--kind", "mail", answer="y\n")
    assert {read_job(app, key).failed_at for key in failed} == {None}
    assert [read_job(app, key).attempts for key in others] == before
    assert sorted(read_events(app)) == sorted(("job.retried", f"job {key}") for key in failed)


def test_mails_that_the_server_did_not_take_are_retried_whatever_their_kind(
    app: Flask, make_job: JobFactory
) -> None:
    error = "MailNotSent: receipt: ConnectionRefusedError"
    unsent = [make_job("failed", kind=kind, last_error=error) for kind in ("mail", "receipt")]
    other = make_job("failed", last_error="KeyError in webapp/rides/jobs.py:3")
    assert "2 retried." in succeed(app, "retry", "--unsent", answer="y\n")
    assert {read_job(app, key).failed_at for key in unsent} == {None}
    assert read_job(app, other).failed_at
    assert call(app, "retry", "--unsent", "--kind", "mail").exit_code == 2


def test_without_a_yes_nothing_is_decided(app: Flask, make_job: JobFactory) -> None:
    key = make_job("failed")
    for args in (
        ["retry", "--kind", "mail"],
        ["retry", "--unsent"],
        ["discard", "--kind", "mail"],
        ["discard", str(key)],
    ):
        assert call(app, *args, answer="n\n").exit_code == 1
    assert read_job(app, key).failed_at
    assert read_events(app) == []
    assert "1 discarded." in succeed(app, "discard", "--kind", "mail", "--yes")


def test_jobs_that_run_or_are_done_stay_as_they_are(app: Flask, make_job: JobFactory) -> None:
    keys = [str(make_job("running")), str(make_job("done"))]
    output = succeed(app, "discard", *keys, "--yes")
    assert "0 discarded." in output
    assert "The others run, are done, or do not exist." in output
    assert read_events(app) == []


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["list", "--kind", "mial"], "There is no kind 'mial'; there are"),
        (["list", "--region", "mars"], "There is no region 'mars'; there are europe-west1"),
        (["list", "--after", "x"], "--after must be what the page before has printed."),
        (["list", "--state", "lost"], "is not one of 'waiting'"),
        (["show", "x"], "'x' is no key of a job"),
        (["show", f"us-east1.{uuid4()}"], "There is no job us-east1."),
        (["retry"], "Name jobs by their keys, or a kind with --kind."),
        (["retry", "x", "--kind", "mail"], "Name jobs by their keys, or a kind with --kind."),
        (["retry", "x"], "'x' is no key of a job"),
        (["discard", f"us-east1.{uuid4()}", "--region", "us-east1"], "--region goes with --kind"),
        (["discard", "--kind", "mial"], "There is no kind 'mial'"),
    ],
)
def test_wrong_arguments_get_one_clear_line(app: Flask, args: list[str], words: str) -> None:
    result = call(app, *args)
    assert result.exit_code in (1, 2)
    assert words in result.output
    assert "Traceback" not in result.output
