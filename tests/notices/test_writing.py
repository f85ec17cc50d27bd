"""Staff write notices: drafts that are published, changed, ended and removed, in their cities."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from tests.auth.steps import new_browser
from tests.factories import RowReader, UserFactory
from tests.notices.steps import insert_notice
from tests.visitor import Visitor
from webapp.audit.models import AuditEvent
from webapp.extensions import db
from webapp.notices.models import MAX_TEXT_LENGTH, Notice, NoticeText

NEW = "/fleet/notices/new?city=new+york&language=en"
DRAFT = {"title": "Marathon", "text": "Be **early**.", "nonce": "n", "alert_type": "other"}


@pytest.fixture
def staff(visitor: Visitor, make_user: UserFactory) -> Visitor:
    return visitor.sign_in(make_user("flo", roles=["fleet"]))


def add(staff: Visitor, **fields: Any) -> UUID:
    response = staff.send(NEW, **DRAFT | fields)
    assert response.status_code == 303, response.text
    return UUID(response.location.rpartition("/")[2])


def test_a_draft_is_seen_by_staff_only_until_it_is_published(
    app: Flask, staff: Visitor, row: RowReader
) -> None:
    notice = add(staff)
    assert add(staff) == notice  # a second press
    page = f"/fleet/notices/{notice}"
    assert "Be <strong>early</strong>." in staff.get(page).text
    assert "Marathon" not in staff.get("/notices?city=new+york").text
    for _press in range(2):
        assert staff.send(f"{page}/publish", why="the police asked").status_code == 303
    assert "Marathon" in staff.get("/notices?city=new+york").text
    assert row(Notice, [notice]).author_id is not None
    with app.app_context():
        query = select(AuditEvent).where(AuditEvent.kind == "city.notice_published")
        [event] = db.session.scalars(query)
    assert (event.subject, event.city) == (f"notice {notice}", "new york")
    assert event.details["why"] == "the police asked"
    assert event.details["before"]["published_at"] is None
    assert event.details["after"]["published_at"]


def test_a_form_that_was_saved_is_not_sent_again_with_other_words(staff: Visitor) -> None:
    add(staff)
    response = staff.send(NEW, **DRAFT | {"title": "Other"})
    assert response.status_code == 409
    assert 'value="Other"' in response.text


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"title": ""}, 'id="title-error">Fill this in.'),
        ({"text": "x" * (MAX_TEXT_LENGTH + 1)}, 'id="text-error">Use at most'),
        ({"text": "<script>"}, 'id="text-error">Line 1: HTML'),
        ({"shown_from": "2099-01-02T00:00", "shown_until": "2099-01-01T00:00"},
         'id="shown_until-error">Choose a time later'),
        ({"shown_until": "2020-01-01T00:00"}, 'id="shown_until-error">Choose a time later'),
        ({"shown_from": "soon"}, 'id="shown_from-error">Enter a date and a time'),
        ({"alert_type": "station_move"}, 'id="alert_type-error">Choose an option'),
    ],
)  # fmt: skip
def test_what_a_notice_may_not_be_is_said_beside_it(
    staff: Visitor, fields: dict[str, str], error: str
) -> None:
    response = staff.send(NEW, **DRAFT | fields)
    assert response.status_code == 422
    assert error in response.text


def test_another_language_is_added_and_a_change_says_what_was_before(
    app: Flask, staff: Visitor, row: RowReader
) -> None:
    notice = insert_notice(app, "Marathon")
    german = f"/fleet/notices/{notice}/edit?language=de"
    words = {"title": "Lauf", "text": "Früh da sein."}
    assert staff.send(german, **words, alert_type="other").status_code == 303
    assert row(NoticeText, [notice, "de"]).title == "Lauf"
    assert row(NoticeText, [notice, "en"]).title == "Marathon"
    words["title"] = "Stadtlauf"
    assert staff.send(german, **words, alert_type="other", is_pinned="y").status_code == 303
    with app.app_context():
        query = select(AuditEvent).where(AuditEvent.kind == "city.notice_changed")
        event = db.session.scalars(query.order_by(AuditEvent.at.desc())).first()
    assert event is not None
    before, after = event.details["before"], event.details["after"]
    assert (before["title"], after["title"]) == ("Lauf", "Stadtlauf")
    assert (before["is_pinned"], after["is_pinned"]) == (False, True)


def test_times_are_by_the_clocks_of_the_city(staff: Visitor, row: RowReader) -> None:
    notice = add(staff, shown_from="2099-07-01T12:00", shown_until="2099-07-02T12:00")
    assert row(Notice, [notice]).shown_from == datetime(2099, 7, 1, 16, tzinfo=UTC)
    form = staff.get(f"/fleet/notices/{notice}/edit?language=en").text
    assert 'value="2099-07-01T12:00"' in form
    staff.send(f"/fleet/notices/{notice}/publish")
    assert "Marathon" not in staff.get("/notices?city=new+york").text
    assert "Coming" in staff.get("/fleet/notices?city=new+york").text


def test_a_notice_is_ended_or_called_off(app: Flask, staff: Visitor, row: RowReader) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    shown, coming = insert_notice(app, "Now"), insert_notice(app, "Later", shown_from=later)
    for notice in (shown, coming):
        for _press in range(2):
            assert staff.send(f"/fleet/notices/{notice}/end").status_code == 303
    assert "Now" not in staff.get("/notices?city=new+york").text
    stored = row(Notice, [coming])
    assert stored.shown_until == stored.shown_from


def test_only_a_draft_is_removed(app: Flask, staff: Visitor) -> None:
    draft, shown = insert_notice(app, "Draft", published_at=None), insert_notice(app, "Shown")
    assert staff.send(f"/fleet/notices/{draft}/remove").status_code == 303
    assert staff.get(f"/fleet/notices/{draft}").status_code == 404
    assert staff.send(f"/fleet/notices/{shown}/remove").status_code == 409
    assert staff.get(f"/fleet/notices/{shown}").status_code == 200


def test_staff_of_some_cities_write_there_only(app: Flask, make_user: UserFactory) -> None:
    everywhere, boston = insert_notice(app, city=None), insert_notice(app, city="boston")
    staff = new_browser(app).sign_in(make_user(roles={"fleet": ["paris"]}))
    for path in ("/fleet/notices?city=", "/fleet/notices?city=boston",
                 "/fleet/notices/new?city=", f"/fleet/notices/{everywhere}",
                 f"/fleet/notices/{boston}/edit"):  # fmt: skip
        assert staff.get(path).status_code == 404, path
    for act in ("publish", "end", "remove"):
        assert staff.send(f"/fleet/notices/{boston}/{act}").status_code == 404
    assert staff.send("/fleet/notices/new?city=paris", **DRAFT).status_code == 303
