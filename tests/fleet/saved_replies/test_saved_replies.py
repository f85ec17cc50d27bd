"""Saved replies: who manages them, and how they get into an answer."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from tests.auth.steps import new_browser, read_audit_events
from tests.factories import UserFactory, VehicleFactory
from tests.fleet.reports.steps import FileReport
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.reports.models import Report
from webapp.fleet.saved_replies import services
from webapp.fleet.saved_replies.models import SavedReply
from webapp.fleet.saved_replies.services import ReplyData

SETTINGS = "/fleet/queues?city=new+york"
NEW = "/fleet/saved-replies/new?city=new+york"
REPLY = {
    "title": "Thanks",
    "queue": "reports",
    "language": "en",
    "text": "Hello {first_name},\nwe look after your {vehicle} in {city}.",
}

AddReply = Callable[..., UUID]


@pytest.fixture
def manager(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("fay", roles={"fleet": ["new york"]}))


@pytest.fixture
def add_reply(app: Flask, make_user: UserFactory) -> AddReply:
    """Add a reply of New York: ``add_reply(title="Merci", language="fr")``."""
    admin = make_user("root", roles=["admin"])

    def add(city: str | None = "new york", **data: str) -> UUID:
        reply = ReplyData(**{**REPLY, **data})
        with app.app_context():
            services.add_reply(admin, f"{city} {reply}", city, reply)
        return next(each.id for each in read_replies(app) if each.title == reply.title)

    return add


@pytest.fixture
def report(make_user: UserFactory, make_vehicle: VehicleFactory, file_report: FileReport) -> RowKey:
    return file_report(make_user("ada"), make_vehicle(), language="fr")


def read_replies(app: Flask) -> list[SavedReply]:
    with app.app_context():
        return list(db.session.scalars(select(SavedReply).order_by(SavedReply.title)))


def read_options(page: str) -> list[tuple[str, str]]:
    """Return the titles and texts of the replies that a page offers, in their order."""
    options = re.findall(r'<option [^>]*data-text="([^"]*)"[^>]*>([^<]*)', page)
    return [(unescape(title), unescape(text)) for text, title in options]


def read_textarea(page: str) -> str:
    match = re.search(r"<textarea[^>]*>\s*(.*?)</textarea>", page, re.DOTALL)
    assert match
    return unescape(match[1]).replace("\r\n", "\n")


def test_a_manager_adds_changes_and_removes_replies_of_the_city(
    app: Flask, manager: Visitor
) -> None:
    assert "None yet" in manager.get(SETTINGS).text
    for _twice in range(2):
        response = manager.send(NEW, **REPLY, city="new york", nonce="n")
        assert response.status_code == 303
    (reply,) = read_replies(app)
    assert (reply.city, reply.title, reply.text) == ("new york", "Thanks", REPLY["text"])
    page = f"/fleet/saved-replies/{reply.id}"
    assert f'href="{page}"' in manager.get(SETTINGS).text
    assert manager.send(page, **{**REPLY, "title": "Thank you"}).status_code == 303
    assert read_replies(app)[0].title == "Thank you"
    for _twice in range(2):
        assert manager.send(f"{page}/remove", city="new york").status_code == 303
    assert not read_replies(app)
    for kind in ("ADDED", "CHANGED", "REMOVED"):
        (event,) = read_audit_events(app, AuditKind[f"SAVED_REPLY_{kind}"])
        assert event.subject == "city new york"
        assert event.facts == {"reply": str(reply.id)}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", "", "Fill this in."),
        ("title", "x" * 81, "at most 80 characters"),
        ("text", "", "Fill this in."),
        ("text", "x" * 1001, "at most 1000 characters"),
        ("text", "{vehicle}" + "x" * 901, "it is 1 character too long for an answer"),
        ("text", "Hello {rider.email}", "{rider.email} is no placeholder."),
        ("language", "xx", "Choose an option"),
        ("queue", "other", "Choose an option"),
        ("city", "paris", "Choose an option"),
        ("city", "", "Choose an option"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(
    app: Flask, manager: Visitor, field: str, value: str, message: str
) -> None:
    response = manager.send(NEW, **{**REPLY, "city": "new york", "nonce": "n", field: value})
    assert response.status_code == 422
    assert message in response.text
    assert not read_replies(app)


def test_replies_of_all_cities_are_for_admins_of_all(
    app: Flask, manager: Visitor, make_user: UserFactory, add_reply: AddReply
) -> None:
    page = f"/fleet/saved-replies/{add_reply(None)}"
    listed = manager.get(SETTINGS).text
    assert "all cities" in listed
    assert page not in listed
    for browser in (
        manager,
        new_browser(app).sign_in(make_user("amy", roles={"admin": ["new york"]})),
    ):
        assert browser.get(page).status_code == 404
        assert browser.send(page, **REPLY).status_code == 404
        assert browser.send(f"{page}/remove").status_code == 404
    admin = new_browser(app).sign_in(make_user("abe", roles=["admin"]))
    assert "All cities" in admin.get(NEW).text
    assert admin.send(page, **{**REPLY, "title": "Hi"}).status_code == 303
    assert read_replies(app)[0].title == "Hi"


def test_staff_of_another_city_and_who_only_answers_change_nothing(
    app: Flask, make_user: UserFactory, add_reply: AddReply
) -> None:
    page = f"/fleet/saved-replies/{add_reply()}"
    for name, roles, status in (
        ("pia", {"fleet": ["paris"]}, 404),
        ("sue", {"support": ["new york"]}, 403),
    ):
        browser = new_browser(app).sign_in(make_user(name, roles=roles))
        assert browser.get(page).status_code == status
        assert browser.send(page, **REPLY).status_code == status
        assert browser.send(f"{page}/remove").status_code == status
    assert len(read_replies(app)) == 1


def test_a_city_has_a_limited_number_of_replies(
    app: Flask, manager: Visitor, add_reply: AddReply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MAX_REPLIES", 2)
    add_reply(None, title="For all")
    add_reply(title="One")
    fields: dict[str, Any] = {**REPLY, "city": "new york"}
    assert manager.send(NEW, **fields, nonce="a").status_code == 303
    refused = manager.send(NEW, **fields, nonce="b")
    assert refused.status_code == 409
    assert "saved replies already" in refused.text
    assert manager.send(NEW, **fields, nonce="a").status_code == 303, "the same form again"
    reused = manager.send(NEW, **{**fields, "text": "Other words."}, nonce="a")
    assert (reused.status_code, "was saved before" in reused.text) == (409, True)
    assert 'value="a"' not in reused.text, "it is a new form then"


def test_replies_in_the_language_of_the_reporter_come_first(
    manager: Visitor, report: RowKey, add_reply: AddReply
) -> None:
    for title, language in [("A", "de"), ("B", "en"), ("C", "fr"), ("D", "es"), ("E", "fr")]:
        add_reply(title=title, language=language)
    add_reply(title="F", queue="disputes", language="fr")
    add_reply("paris", title="G", language="fr")
    add_reply(None, title="H", language="fr")
    page = manager.get(f"/fleet/reports/{report}").text
    assert [title for title, _ in read_options(page)] == ["C", "E", "H", "B", "A", "D"]
    assert re.findall(r'<optgroup label="([^"]*)"', page) == [
        "French",
        "English",
        "German",
        "Spanish",
    ]


def test_a_reply_fills_the_text_and_keeps_what_was_typed(
    manager: Visitor, report: RowKey, add_reply: AddReply
) -> None:
    reply_id = add_reply(text="Hello {first_name}: {vehicle}, {city}.")
    filled = "Hello Ada: Okai scooter, New York."
    page = f"/fleet/reports/{report}"
    assert read_options(manager.get(page).text) == [("Thanks", filled)]
    typed = {"state": "dismissed", "returns_to_service": "y", "use_reply": "Use"}
    chosen = {"saved_reply": str(reply_id)}
    shown = manager.send(f"{page}/answer", **typed, **chosen, text="")
    assert shown.status_code == 200
    assert read_textarea(shown.text) == filled
    shown = manager.send(f"{page}/answer", **typed, **chosen, text="Dear Ada,\n")
    assert read_textarea(shown.text) == f"Dear Ada,\n\n{filled}"
    assert 'selected value="dismissed"' in shown.text
    gone = manager.send(f"{page}/answer", **typed, saved_reply="x", text="Dear Ada,")
    assert read_textarea(gone.text) == "Dear Ada,"
    assert "New" in gone.text, "nothing is answered"


def test_a_mechanic_does_not_read_the_name_of_the_reporter(
    app: Flask, make_user: UserFactory, report: RowKey, add_reply: AddReply
) -> None:
    add_reply(text="Hello {first_name}, thanks.")
    max_ = new_browser(app).sign_in(make_user("max", roles={"mechanic": ["new york"]}))
    page = max_.get(f"/fleet/reports/{report}").text
    assert read_options(page) == [("Thanks", "Hello, thanks.")]


def test_the_language_of_the_browser_is_kept_with_a_report(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    rider, vehicle = new_browser(app).sign_in(make_user("ada")), make_vehicle()
    url = f"/vehicles/{vehicle.public_key}/report"
    for number, (header, language) in enumerate(
        [("fr-CH, en;q=0.9", "fr"), ("*", ""), ("x" * 200, ""), ("EN", "en")]
    ):
        data = {"kind": "damage", "nonce": str(number), "csrf_token": rider.token()}
        sent = rider.open(url, method="POST", data=data, headers={"Accept-Language": header})
        assert sent.status_code == 303
        with app.app_context():
            query = select(Report.language).order_by(Report.created_at.desc()).limit(1)
            assert db.session.scalar(query) == language
