"""Push messages: what the service worker shows, and where a click leads."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from playwright.sync_api import Response

from tests.browser.screen import Screen
from tests.browser.service_worker_steps import register_worker, wait_until
from tests.factories import RowReader, UserFactory
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.riders.notifications.models import Notification
from webapp.riders.notifications.statements import insert_notification_statement

pytestmark = pytest.mark.browser

STORE_BADGE = "navigator.setAppBadge = async (unread) => { self.badge = unread; }"
#: Without network no browser subscribes at a push service, and one without a window may have no
#: permission to show a notification.
SUBSCRIBE = """
  PushManager.prototype.getSubscription = async () => ({ endpoint: "https://push/1" });
  Object.defineProperty(Notification, "permission", { value: "granted" });"""
#: A browser without windows shows no notification, and a badge ends it.
RECORD = """() => {
  self.shown = [];
  self.navigator.setAppBadge = async (unread) => (self.badge = unread);
  self.registration.showNotification = async (title, options) => self.shown.push({ title, ...options });
}"""
PUSH = """data => void self.dispatchEvent(new PushEvent("push", { data }))"""
CLICK = """() => {
  const notification = { ...self.shown.at(-1), close: () => self.shown.pop() };
  self.dispatchEvent(Object.assign(new ExtendableEvent("notificationclick"), { notification }));
}"""


def test_a_message_is_shown_and_a_click_leads_to_its_page(
    app: Flask, open_screen: Callable[..., Screen], make_user: UserFactory, row: RowReader
) -> None:
    ada, id_ = make_user("ada"), uuid4()
    with app.app_context():
        values: dict[str, Any] = {"kind": "report_answered", "path": "/wallet", "facts": {}}
        execute_write(insert_notification_statement(ada.key, id_, **values))
    key = f"{ada.region}.{id_}"
    message = {
        "body": "A payment failed",
        "key": key,
        "lang": "en",
        "path": "/wallet",
        "tag": "1",
        "unread": 2,
    }
    screen = open_screen()
    screen.sign_in("ada")
    page = screen.page
    page.add_init_script(STORE_BADGE)
    screen.go("/notifications/settings")
    assert page.evaluate("self.badge") == 1, "on the icon of the installed app"
    register_worker(page)
    (worker,) = page.context.service_workers
    worker.evaluate(RECORD)
    worker.evaluate(PUSH, json.dumps(message))
    wait_until(page, lambda: worker.evaluate("self.shown.length"))
    (shown,) = worker.evaluate("self.shown")
    assert (shown["title"], shown["body"], shown["lang"]) == ("MovR", "A payment failed", "en")
    assert worker.evaluate("self.badge") == 2
    assert shown["tag"] == "1", "a message that comes again replaces the first"
    with page.expect_response("**/open"):
        worker.evaluate(CLICK)
    assert page.url == f"{screen.site}/wallet"
    assert worker.evaluate("self.shown") == [], "it is closed"
    assert row(Notification, RowKey(ada.region, id_)).read_at


def test_the_first_page_of_a_session_turns_messages_on_again_at_this_browser(
    open_screen: Callable[..., Screen], make_user: UserFactory
) -> None:
    make_user("ada")
    screen = open_screen()
    page = screen.page
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
