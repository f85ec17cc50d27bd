"""Notifications: who gets which, the list with the number of those that are unread, and choices."""

import re
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from tests.api.client import ApiClient
from tests.factories import UserFactory
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp import mail
from webapp.auth.models import User
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.notification_kinds import TASK_ASSIGNED
from webapp.hooks import get_hooks
from webapp.notification_kinds import TOPICS, Channel, NotificationKind, Topic
from webapp.riders.notifications.labels import describe_notification
from webapp.riders.notifications.models import Notification
from webapp.riders.notifications.services import choose_channels
from webapp.riders.notifications.statements import insert_notification_statement
from webapp.translations import force_locale


def write_notifications(app: Flask, user: User, number: int = 1, **values: Any) -> None:
    values = {"kind": "report_answered", "path": "/reports", "facts": {}, **values}
    with app.app_context():
        for _ in range(number):
            execute_write(insert_notification_statement(user.key, uuid4(), **values))


def list_notifications(app: Flask) -> list[Notification]:
    with app.app_context():
        return list(db.session.scalars(select(Notification).order_by(Notification.created_at)))


def read_unread(visitor: Visitor) -> str:
    """Return the number in the header of a page."""
    found = re.search(r"Unread notifications: (\d+\+?)", visitor.get("/wallet").text)
    return found[1] if found else ""


def test_every_page_shows_how_many_are_unread_until_they_are_opened(
    app: Flask, visitor: Visitor, make_user: UserFactory
) -> None:
    ada = make_user("ada")
    write_notifications(app, ada, 2)
    write_notifications(app, make_user())
    visitor.sign_in(ada)
    assert read_unread(visitor) == "2"
    page = visitor.get("/notifications").text
    assert page.count("We looked into your report") == 2
    opened = visitor.send(re.findall(r'action="(/notifications/[^"]+/open)"', page)[0])
    assert (opened.status_code, opened.location) == (303, "/reports")
    assert read_unread(visitor) == "1"


def test_all_are_read_up_to_the_newest_one_that_was_seen(
    app: Flask, visitor: Visitor, make_user: UserFactory
) -> None:
    ada = make_user("ada")
    write_notifications(app, ada, 2)
    visitor.sign_in(ada)
    page = visitor.get("/notifications").text
    write_notifications(app, ada)
    newest = re.findall(r'name="newest" value="([^"]+)"', page)[0]
    assert visitor.send("/notifications/read", newest=newest).status_code == 303
    assert read_unread(visitor) == "1"
    assert visitor.send("/notifications/read", newest="soon").status_code == 404


def test_nobody_opens_those_of_others(app: Flask, rider: Visitor, make_user: UserFactory) -> None:
    ada = make_user("ada")
    write_notifications(app, ada)
    (notification,) = list_notifications(app)
    assert rider.send(f"/notifications/{notification.key}/open").status_code == 404
    assert list_notifications(app)[0].read_at is None


def test_the_list_is_paged_and_an_unknown_kind_stands_for_itself(
    app: Flask, visitor: Visitor, make_user: UserFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PAGE_SIZE", 2)
    ada = make_user("ada")
    write_notifications(app, ada, kind="of_tomorrow", path="")
    write_notifications(app, ada, 2)
    first = visitor.sign_in(ada).get("/notifications").text
    assert "of_tomorrow" not in first
    next_page = re.findall(r'rel="next" href="([^"]+)"', first)[0].replace("&amp;", "&")
    assert "of_tomorrow" in visitor.get(next_page).text


def send_security_mail(app: Flask, user: User) -> None:
    with app.app_context():
        execute_write(mail.mail_statement("password_changed", user.key, link="/account"))


def send_credit_mail(app: Flask, user: User) -> None:
    values: dict[str, Any] = {
        "amount": "$5.00",
        "amount_minor": 500,
        "currency": "USD",
        "note": "",
        "link": "/",
    }
    with app.app_context():
        execute_write(mail.mail_statement("credit_given", user.key, **values))


def test_a_mail_has_its_notification_in_the_language_of_whoever_reads_it(
    app: Flask, visitor: Visitor, make_user: UserFactory
) -> None:
    ada = make_user("ada")
    send_credit_mail(app, ada)
    assert len(read_mails(app)) == 1
    visitor.sign_in(ada)
    assert "You received $5.00 credit" in visitor.get("/notifications").text
    (notification,) = list_notifications(app)
    with app.test_request_context(), force_locale("de"):
        assert "5,00\N{NO-BREAK SPACE}$" in describe_notification(notification)


def test_what_was_not_chosen_does_not_come_except_what_is_about_security(
    app: Flask, make_user: UserFactory
) -> None:
    ada = make_user("ada")
    with app.app_context():
        choose_channels(ada.key, {Topic.MONEY: frozenset(), Topic.SECURITY: frozenset()})
    send_credit_mail(app, ada)
    send_security_mail(app, ada)
    assert [each.subject for each in read_mails(app)] == ["Your password was changed"]
    assert [each.kind for each in list_notifications(app)] == ["password_changed"]


def test_the_matrix_saves_what_is_checked_and_keeps_what_is_not_shown(
    app: Flask, visitor: Visitor, make_user: UserFactory
) -> None:
    ada = make_user("ada")
    with app.app_context():
        choose_channels(ada.key, {Topic.TASK: frozenset()})
    visitor.sign_in(ada)
    page = visitor.get("/notifications/settings").text
    assert "A task is assigned to me" not in page
    assert "E-mail: </span>always" in page
    sent = visitor.send("/notifications/settings", page=["receipt"], mail=["money"])
    assert sent.status_code == 303
    page = visitor.get("/notifications/settings").text
    checked = set(re.findall(r'id="([a-z_-]+)"[^>]* checked', page))
    assert checked == {"page-receipt", "mail-money"}
    api = ApiClient.of(app, ada)
    stored = {
        each["topic"]: each["channels"]
        for each in api.get("/api/v1/me/notification-channels").get_json()
    }
    assert stored["receipt"] == ["page"]
    assert stored["security"] == ["mail", "page"]
    assert "task" not in stored


def test_a_topic_that_is_made_up_is_refused(rider: Visitor) -> None:
    response = rider.send("/notifications/settings", page=["weather"])
    assert response.status_code == 422


def test_programs_list_and_read_them(app: Flask, make_user: UserFactory) -> None:
    ada = make_user("ada")
    write_notifications(app, ada)
    api = ApiClient.of(app, ada)
    (each,) = api.get("/api/v1/me/notifications").get_json()
    assert (each["kind"], each["url"], each["read_at"]) == ("report_answered", "/reports", None)
    assert api.post(f"/api/v1/me/notifications/{each['id']}/read").status_code == 204
    assert api.get("/api/v1/me/notifications").get_json()[0]["read_at"]


def test_every_kind_has_a_topic_that_can_reach_somebody(app: Flask) -> None:
    kinds = get_hooks(app).notification_kinds
    assert {kind.topic for kind in kinds.values()} == set(TOPICS)
    for settings in TOPICS.values():
        assert Channel.PAGE in settings.channels
        assert settings.fixed_channels | settings.default_channels <= settings.channels
    assert isinstance(TASK_ASSIGNED, NotificationKind)


def test_a_job_that_runs_twice_writes_one(app: Flask, make_user: UserFactory) -> None:
    ada, notification_id = make_user("ada"), uuid4()
    values = {"kind": "report_answered", "path": "", "facts": {}}
    with app.app_context():
        for _ in range(2):
            execute_write(insert_notification_statement(ada.key, notification_id, **values))
    assert len(list_notifications(app)) == 1
