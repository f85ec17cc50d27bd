"""Push messages: what the service worker shows, and where a click leads."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from playwright.sync_api import Response

from tests.browser.screen import Screen
from tests.browser.test_app import register_worker, wait_until
from tests.factories import RowReader, UserFactory
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.riders.notifications.models import Notification
from webapp.riders.notifications.statements import insert_notification_statement

pytestmark = pytest.mark.browser

STORE_BADGE = "navigator.setAppBadge = async (unread) => { self.badge = unread; }"
#: Without network no browser subscribes at a push service.
SUBSCRIBE = "PushManager.prototype.getSubscription = async () => ({ endpoint: 'https://push/1' })"
SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications()).length"""
BODY = """async () => (await (await navigator.serviceWorker.ready).getNotifications())[0].body"""
CLICK = """async () => {
  const [notification] = await self.registration.getNotifications();
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
}"""


def test_a_message_is_shown_and_a_click_leads_to_its_page(
    app: Flask, open_screen: Callable[..., Screen], make_user: UserFactory, row: RowReader
) -> None:
    ada, id_ = make_user("ada"), uuid4()
    with app.app_context():
        values: dict[str, Any] = {"kind": "report_answered", "path": "/wallet", "facts": {}}
        execute_write(insert_notification_statement(ada.key, id_, **values))
    key = f"{ada.region}.{id_}"
    message = {"body": "A payment failed", "key": key, "lang": "en", "path": "/wallet", "tag": "1"}
    screen = open_screen()
    screen.sign_in("ada")
    page = screen.page
    page.context.grant_permissions(["notifications"])
    page.add_init_script(STORE_BADGE)
    screen.go("/notifications/settings")
    assert page.evaluate("self.badge") == 1, "on the icon of the installed app"
    register_worker(page)
    devtools = page.context.new_cdp_session(page)
    registrations: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(
            each["registrationId"] for each in event["registrations"]
        ),
    )
    devtools.send("ServiceWorker.enable")
    while not registrations:
        page.wait_for_timeout(20)
    origin = page.evaluate("location.origin")
    for _ in range(2):  # a message that comes again replaces the first
        devtools.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": origin, "registrationId": registrations[-1], "data": json.dumps(message)},
        )
        wait_until(page, SHOWN)
    assert page.evaluate(SHOWN) == 1
    assert page.evaluate(BODY) == "A payment failed"
    (worker,) = page.context.service_workers
    with page.expect_response("**/open"):
        worker.evaluate(CLICK)
    assert page.url == f"{screen.site}/wallet"
    assert row(Notification, RowKey(ada.region, id_)).read_at


def test_the_first_page_of_a_session_turns_messages_on_again_at_this_browser(
    open_screen: Callable[..., Screen], make_user: UserFactory
) -> None:
    make_user("ada")
    screen = open_screen()
    page = screen.page
    page.context.grant_permissions(["notifications"])
    page.add_init_script(SUBSCRIBE)
    answers: list[int] = []

    def listen(response: Response) -> None:
        if response.url.endswith("/again"):
            answers.append(response.status)

    page.on("response", listen)
    screen.sign_in("ada")
    register_worker(page)
    for _ in range(2):
        screen.go("/wallet")
        page.wait_for_load_state("networkidle")
    assert answers == [204]
