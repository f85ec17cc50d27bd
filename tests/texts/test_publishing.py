"""Admins publish texts: in versions, for their cities, with a preview, a history and a reason."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from tests.auth.steps import new_browser
from tests.factories import RowReader, UserFactory
from tests.texts.steps import insert_text
from tests.visitor import Visitor
from webapp.audit.models import AuditEvent
from webapp.extensions import db
from webapp.texts.models import MAX_TEXT_LENGTH, TextVersion

TERMS = "/admin/texts/edit?kind=terms&city="
PUBLISH = {"publish": "y", "version": "0"}


@pytest.fixture
def admin(visitor: Visitor, make_user: UserFactory) -> Visitor:
    return visitor.sign_in(make_user("ada", roles=["admin"]))


def find_id(response: object) -> UUID:
    assert getattr(response, "status_code", None) == 303, getattr(response, "text", "")
    return UUID(str(response.location).rpartition("/")[2])  # type: ignore[attr-defined]


def test_a_text_is_previewed_as_it_will_look_and_then_published(
    admin: Visitor, app: Flask, row: RowReader
) -> None:
    form = {"text": "# Rules\n\nBe **kind**.", "version": "0", "why": "we open"}
    preview = admin.send(TERMS, preview="y", **form).text
    shown = '<h2 id="section-rules">Rules</h2>\n<p>Be <strong>kind</strong>.</p>'
    assert shown in preview
    assert "Be <strong>kind</strong>" not in admin.get("/terms").text
    version = row(TextVersion, [find_id(admin.send(TERMS, publish="y", **form))])
    assert (version.version, version.city, version.language) == (1, None, "en")
    assert version.author_id is not None
    assert shown in admin.get("/terms").text
    with app.app_context():
        event = db.session.scalars(
            select(AuditEvent).where(AuditEvent.kind == "city.text_published")
        ).one()
    assert event.subject == f"text {version.id}"
    assert event.details["why"] == "we open"
    assert event.details["before"] is None
    assert event.details["after"]["version"] == 1
    assert "Terms of service (English), version 1" in admin.get("/events").text


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "Fill this in."),
        (" \n ", "Fill this in."),
        ("x" * (MAX_TEXT_LENGTH + 1), f"Use at most {MAX_TEXT_LENGTH} characters."),
        ("Hello\n\n<script>alert(1)</script>", "Line 3: HTML can&#39;t be used."),
        ("![x](https://x.example/x.png)", "Line 1: Images can&#39;t be used."),
        ("[x](javascript:alert(1))", "Line 1: Links begin with"),
    ],
)
def test_what_a_text_may_not_be_is_said_beside_it(admin: Visitor, text: str, error: str) -> None:
    response = admin.post(
        TERMS, data={"csrf_token": admin.token(), "text": text, **PUBLISH},
        content_type="multipart/form-data",
    )  # fmt: skip
    assert response.status_code == 422
    assert re.search(rf'id="text-error">{re.escape(error)}', response.text)
    assert "<textarea" in response.text


def test_the_example_text_cannot_be_published_as_it_is(admin: Visitor) -> None:
    form = admin.get(TERMS).text
    assert "This is an example." in form
    with open("webapp/texts/defaults/terms.md", encoding="utf-8") as file:
        response = admin.send(TERMS, text=file.read(), **PUBLISH)
    assert "This is the example text. Write your own." in response.text


def test_of_two_who_publish_at_once_the_later_is_told_and_loses_nothing(admin: Visitor) -> None:
    first = find_id(admin.send(TERMS, text="First", **PUBLISH))
    assert find_id(admin.send(TERMS, text="First", **PUBLISH)) == first  # a second press
    response = admin.send(TERMS, text="Second", **PUBLISH)
    assert response.status_code == 409
    assert "Somebody else has changed this since you opened it" in response.text
    assert ">\r\nSecond</textarea>" in response.text
    find_id(admin.send(TERMS, text="Second", publish="y", version="1"))
    assert "Second" in admin.get("/terms").text


@pytest.mark.parametrize(
    "change", [{"effective_from": "2099-05-01T11:00"}, {"why": "the police asked"}]
)
def test_a_text_that_is_sent_again_with_other_times_or_reason_is_not_called_published(
    admin: Visitor, change: dict[str, str]
) -> None:
    form = {"text": "Be kind", "why": "", **PUBLISH}
    first = find_id(admin.send(TERMS, **form))
    assert find_id(admin.send(TERMS, **form)) == first  # a second press
    response = admin.send(TERMS, **{**form, **change})
    assert response.status_code == 409
    assert next(iter(change.values())) in response.text
    assert find_id(admin.send(TERMS, **{**form, **change, "version": "1"})) != first


def test_a_version_begins_at_its_time_and_never_in_the_past(admin: Visitor, row: RowReader) -> None:
    later, paris = "2099-05-01T12:00", "/admin/texts/edit?kind=terms&city=paris"
    key = find_id(admin.send(paris, text="Later", effective_from=later, **PUBLISH))
    assert row(TextVersion, [key]).effective_from == datetime(2099, 5, 1, 10, tzinfo=UTC)
    assert "Later" not in admin.get("/terms?city=paris").text
    assert "1 May 2099, 12:00" in admin.get("/admin/texts?city=paris").text
    past = {"publish": "y", "version": "1", "effective_from": "2020-01-01T00:00"}
    key = find_id(admin.send(paris, text="Now", **past))
    assert row(TextVersion, [key]).effective_from > datetime.now(UTC) - timedelta(minutes=5)


def test_the_history_shows_who_and_why_and_what_differs_and_an_old_text_comes_back(
    admin: Visitor,
) -> None:
    old = "One line.\n\nRide slowly in parks.\n\nBye."
    new = "One line.\n\nRide carefully in parks.\n\nBye.\n\nMore."
    first = find_id(admin.send(TERMS, text=old, **PUBLISH))
    second = find_id(admin.send(TERMS, text=new, publish="y", version="1", why="the parks asked"))
    history = admin.get("/admin/texts/history?kind=terms&city=").text
    assert "Ada L." in history
    assert "the parks asked" in history
    page = admin.get(f"/admin/texts/versions/{second}").text
    assert "Ride <del>slowly </del><ins>carefully </ins>in parks." in page
    form = admin.get(f"{TERMS}&restore={first}").text
    assert "Ride slowly in parks." in form
    assert 'name="version" type="hidden" value="2"' in form
    restored = find_id(admin.send(TERMS, text=old, publish="y", version="2"))
    assert "version 3" in admin.get(f"/admin/texts/versions/{restored}").text


def test_terms_to_which_riders_must_agree_again_say_what_has_changed(admin: Visitor) -> None:
    form = {"text": "New", "requires_agreement": "y", **PUBLISH}
    response = admin.send(TERMS, **form)
    assert 'id="summary-error">Say in a few words what has changed.' in response.text
    find_id(admin.send(TERMS, summary="Helmets", **form))
    german = TERMS + "&language=de"
    preview = admin.send(german, text="Neu", summary="Helme", requires_agreement="y", preview="y")
    assert "The terms in other languages (English) will then be out of date." in preview.text


def test_a_notice_of_the_release_before_is_shown_and_can_be_ended(
    admin: Visitor, app: Flask
) -> None:
    notice = insert_text(app, "Marathon", kind="notice", city="paris")
    assert "Marathon" in admin.get("/city/paris").text
    assert f"/admin/texts/versions/{notice}" in admin.get("/admin/texts?city=paris").text
    assert admin.send(f"/admin/texts/versions/{notice}/end").status_code == 303
    assert "Marathon" not in admin.get("/city/paris").text
    assert admin.get("/admin/texts/edit?kind=notice&city=paris").status_code == 404


def test_a_notice_that_is_called_off_hides_no_other(admin: Visitor, app: Flask) -> None:
    insert_text(app, "All week", kind="notice", city="paris")
    coming = insert_text(
        app, "Saturday", kind="notice", city="paris", version=2,
        effective_from=datetime.now(UTC) + timedelta(minutes=1),
    )  # fmt: skip
    assert admin.send(f"/admin/texts/versions/{coming}/end").status_code == 303
    assert "Saturday" not in admin.get("/admin/texts?city=paris").text
    assert "All week" in admin.get("/city/paris").text


def test_admins_of_some_cities_publish_there_only(app: Flask, make_user: UserFactory) -> None:
    common = insert_text(app, "Everywhere")
    boston = insert_text(app, "Boston", city="boston")
    admin = new_browser(app).sign_in(make_user(roles={"admin": ["paris"]}))
    assert "Terms and help: Paris" in admin.get("/admin/texts").text
    for path in (TERMS, "/admin/texts?city=", "/admin/texts?city=boston", f"{TERMS}boston",
                 f"/admin/texts/versions/{common}", f"/admin/texts/versions/{boston}"):  # fmt: skip
        assert admin.get(path).status_code == 404, path
    assert admin.send(TERMS, text="Mine now", **PUBLISH).status_code == 404
    assert admin.get(f"{TERMS}paris&restore={boston}").status_code == 404
    find_id(admin.send(f"{TERMS}paris", text="Paris", **PUBLISH))
