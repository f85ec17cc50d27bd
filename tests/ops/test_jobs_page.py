"""The page of jobs: admins see what waits and what failed, and retry or discard it."""

from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.factories import UserFactory
from tests.ops.job_rows import JobFactory, insert_job, read_job
from tests.visitor import Visitor
from webapp.audit.models import AuditEvent
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.jobs.models import Job
from webapp.ops import region_probe
from webapp.ops.jobs import controllers, services


@pytest.fixture
def admin(app: Flask, make_user: UserFactory) -> Visitor:
    client: Visitor = app.test_client()  # type: ignore[assignment]
    return client.sign_in(make_user("boss", roles=["admin"]))


@pytest.fixture
def make_job(app: Flask) -> JobFactory:
    return partial(insert_job, app)


def show(admin: Visitor, query: str = "") -> str:
    page = admin.get(f"/admin/jobs{query}")
    assert page.status_code == 200
    assert "SECRET" not in page.text
    return page.text


def test_without_jobs_the_page_says_what_it_is_for(admin: Visitor) -> None:
    page = show(admin)
    assert "No failed jobs" in page
    assert "Retry the chosen" not in page


def test_failed_jobs_are_listed_with_their_errors_and_the_counts_of_their_kind(
    admin: Visitor, make_job: JobFactory
) -> None:
    for state in ("waiting", "running", "done"):
        make_job(state)
    key = make_job("failed", region="europe-west1")
    page = show(admin)
    assert f'name="job-{key}"' in page
    assert page.count('name="job-') == 1
    for words in ("MailNotSent: receipt", "40", "europe-west1", "Retry the chosen"):
        assert words in page


def test_filters_stand_in_the_address_and_pages_go_on(admin: Visitor, make_job: JobFactory) -> None:
    keys = [str(make_job("waiting", minutes=minutes)) for minutes in range(8)]
    make_job("waiting", kind="receipt")
    address, listed = "?state=waiting&kind=mail&region=us-east1", []
    for _ in range(2):
        page = show(admin, address)
        listed += sorted((key for key in keys if key in page), key=page.index)
        address = "?" + page.rpartition('rel="next" href="/admin/jobs?')[2].partition('"')[0]
        address = address.replace("&amp;", "&")
    assert listed == keys[::-1]


@pytest.mark.parametrize("action", ["retry", "discard"])
def test_all_failed_jobs_of_a_kind_are_decided_at_once(
    app: Flask, admin: Visitor, make_job: JobFactory, action: str
) -> None:
    """Also more than fit on a page."""
    keys = [make_job("failed", region=region) for region in ("us-east1", "us-west1") * 3]
    others = [make_job("failed", kind="receipt"), make_job("waiting")]
    before = [read_job(app, key).due_at for key in others]
    assert "Choose a kind above to retry or discard all of it at once." in show(admin)
    assert f"{action.capitalize()} all of this kind" in show(admin, "?kind=mail")
    page = decide_all(admin, action, "?kind=mail")
    assert "6 jobs" in page
    assert {read_job(app, key).failed_at for key in keys} == {None}
    assert {bool(read_job(app, key).done_at) for key in keys} == {action == "discard"}
    assert [read_job(app, key).due_at for key in others] == before


def test_no_more_are_decided_than_one_request_can(
    admin: Visitor, make_job: JobFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controllers, "MAX_DECIDED", 4)
    for region in ("us-east1", "us-west1") * 3:
        make_job("failed", region=region)
    page = decide_all(admin, "retry", "?kind=mail")
    assert "4 jobs run again." in page
    assert "There may be more: do it again." in page
    assert "2 jobs run again." in decide_all(admin, "retry", "?kind=mail")


def test_a_job_that_fails_again_meanwhile_is_not_retried_again(
    app: Flask, app_context: None, make_job: JobFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make_job("failed")
    decide = services._decide

    def decide_and_fail(*arguments: Any) -> int:
        count = decide(*arguments)
        execute_write(update(Job).where(Job.id == key.id).values(failed_at=func.clock_timestamp()))
        return count

    monkeypatch.setattr(services, "_decide", decide_and_fail)
    assert (
        services.decide_failed_jobs(
            services.JobDecision.RETRY, key.region, services.is_of_kind_condition("mail"), 9
        )
        == 1
    )


def test_only_those_of_the_chosen_region_are_decided(
    app: Flask, admin: Visitor, make_job: JobFactory
) -> None:
    here, there = make_job("failed"), make_job("failed", region="us-west1")
    decide_all(admin, "retry", "?kind=mail&region=us-west1")
    assert read_job(app, here).failed_at
    assert not read_job(app, there).failed_at


@pytest.mark.parametrize("query", ["", "?kind=", "?kind=mial", "?kind=mail&region=mars"])
def test_without_a_kind_all_jobs_stay_as_they_are(
    app: Flask, admin: Visitor, make_job: JobFactory, query: str
) -> None:
    key = make_job("failed")
    assert "Choose a kind first." in decide_all(admin, "discard", query)
    assert read_job(app, key).failed_at


def decide_all(admin: Visitor, action: str, query: str) -> str:
    data = {"csrf_token": admin.token(), "all": "y"}
    response = admin.post(f"/admin/jobs/{action}{query}", data=data)
    assert response.status_code == 303
    return admin.get(response.location.partition("?")[0]).text


def test_a_discarded_job_is_told_from_one_that_has_run(
    admin: Visitor, make_job: JobFactory
) -> None:
    choose(admin, "discard", make_job("failed"))
    assert "discarded: MailNotSent: receipt" in show(admin, "?state=done")


@pytest.mark.parametrize("query", ["?state=lost", "?kind=mial", "?region=mars"])
def test_a_wrong_filter_is_named(admin: Visitor, query: str) -> None:
    page = admin.get(f"/admin/jobs{query}")
    assert page.status_code == 422
    assert "Choose an option from the list." in page.text


def test_jobs_that_run_or_are_done_cannot_be_chosen(admin: Visitor, make_job: JobFactory) -> None:
    for state in ("running", "done"):
        key = make_job(state)
        page = show(admin, f"?state={state}")
        assert key.region in page
        assert 'name="job-' not in page


def choose(admin: Visitor, action: str, *keys: RowKey | str, query: str = "") -> Any:
    data = {"csrf_token": admin.token(), **{f"job-{key}": "on" for key in keys}}
    response = admin.post(f"/admin/jobs/{action}{query}", data=data)
    assert response.status_code == 303
    return admin.get(response.location)


def test_the_chosen_jobs_run_again(app: Flask, admin: Visitor, make_job: JobFactory) -> None:
    keys = [make_job("failed", region=region) for region in ("us-east1", "us-west1", "us-west1")]
    other = make_job("failed")
    page = choose(admin, "retry", *keys, query="?kind=mail")
    assert "3 jobs run again." in page.text
    assert page.request.full_path == "/admin/jobs?kind=mail"
    assert {read_job(app, key).failed_at for key in keys} == {None}
    assert read_job(app, other).failed_at


def test_the_chosen_jobs_are_discarded(app: Flask, admin: Visitor, make_job: JobFactory) -> None:
    key = make_job("failed")
    assert "1 job discarded." in choose(admin, "discard", key).text
    assert read_job(app, key).done_at


def test_each_decision_is_in_the_audit_trail_with_its_admin(
    app: Flask, admin: Visitor, make_job: JobFactory
) -> None:
    retried, discarded = [make_job("failed") for _ in range(2)], make_job("failed")
    choose(admin, "retry", *retried)
    choose(admin, "discard", discarded)
    with app.app_context():
        events = db.session.scalars(select(AuditEvent).where(AuditEvent.kind.like("job.%"))).all()
    subjects = {(event.kind, event.subject) for event in events}
    assert subjects == {
        *(("job.retried", f"job {key}") for key in retried),
        ("job.discarded", f"job {discarded}"),
    }
    assert all(event.actor and event.address and event.request_id for event in events)
    page = admin.get("/events").text
    assert "Retried a job" in page
    assert "Job: mail" in page


def test_what_has_moved_on_meanwhile_stays_as_it_is(admin: Visitor, make_job: JobFactory) -> None:
    page = choose(admin, "discard", make_job("running"), make_job("failed")).text
    assert "1 job discarded." in page
    assert "The others run by now, or are done." in page


@pytest.mark.parametrize("keys", [[], ["x"], ["mars.00000000-0000-0000-0000-000000000001"]])
def test_without_a_choice_nothing_is_decided(admin: Visitor, keys: list[str]) -> None:
    assert "Choose a job first." in choose(admin, "discard", *keys).text


def test_admins_of_some_cities_and_others_can_do_nothing(
    app: Flask, make_user: UserFactory, make_job: JobFactory
) -> None:
    key = make_job("failed")
    for roles, status in (({"admin": ["paris"]}, 404), (["fleet"], 403), ([], 403)):
        client: Any = app.test_client()
        client.sign_in(make_user(roles=roles))
        assert client.get("/admin/jobs").status_code == status
        assert "/admin/jobs" not in client.get("/users/me").text
        for action in ("retry", "discard"):
            data = {"csrf_token": client.token(), f"job-{key}": "on"}
            assert client.post(f"/admin/jobs/{action}", data=data).status_code == status
    assert read_job(app, key).failed_at


def test_a_region_that_does_not_answer_is_named_and_the_others_are_shown(
    app: Flask, admin: Visitor, make_job: JobFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, lost = make_job("failed"), make_job("failed", region="us-west1")
    wait = region_probe.RegionProbe._wait

    def wait_or_fail(self: Any, answer: Any) -> Any:
        return None if answer is self._answers["us-west1"] else wait(self, answer)

    monkeypatch.setattr(region_probe.RegionProbe, "_wait", wait_or_fail)
    page = show(admin)
    assert "No answer from us-west1" in page
    assert str(key) in page
    assert str(lost) not in page
