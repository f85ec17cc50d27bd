"""The page of jobs, with and without jobs, by hand and by keyboard."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Dialog

from tests.browser.screen import Screen
from tests.factories import UserFactory
from tests.ops.job_rows import insert_job, read_job


@pytest.mark.browser
def test_admins_choose_failed_jobs_and_confirm_that_they_are_discarded(
    app: Flask, open_screen: Callable[..., Screen], make_user: UserFactory
) -> None:
    make_user("ada", roles=["admin"])
    screen = open_screen()
    page = screen.sign_in("ada")
    screen.go("/admin/jobs")
    screen.inspect("empty")
    key = insert_job(app, "failed", last_error="MailNotSent: receipt: SMTPServerDisconnected")
    for minutes, region in enumerate(("us-west1", "europe-west1", "us-east1")):
        error = "KeyError in rides/services/receipts.py:87"
        insert_job(
            app, "failed", region=region, minutes=90 + minutes, kind="receipt", last_error=error,
            payload={},
        )  # fmt: skip
        insert_job(app, "waiting", region=region, minutes=minutes)
    insert_job(app, "running", kind="settle_payments", payload={})
    screen.go("/admin/jobs?state=running")
    screen.inspect("running")
    screen.go("/admin/jobs")
    screen.inspect("failed")

    answers: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        answers.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", dismiss)
    page.locator(f'[name="job-{key}"]').check()
    page.get_by_role("button", name="Discard the chosen").click()
    assert answers == ["Discard the chosen jobs? They will never run."]
    assert read_job(app, key).failed_at
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Discard the chosen").click()
    page.get_by_text("1 job discarded.").wait_for()
    assert read_job(app, key).done_at
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Retry the chosen").click()  # asks nothing
    page.get_by_text("1 job runs again.").wait_for()
    screen.inspect("retried")
