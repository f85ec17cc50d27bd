"""Notes of staff about accounts: added once, read by colleagues and by the person, never changed."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import delete

from tests.auth.steps import account_path, read_audit_events, read_rows
from tests.factories import UserFactory
from tests.form_steps import assert_form_reused, read_nonce
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.auth.notes import services
from webapp.auth.notes.models import MAX_TEXT_LENGTH, AccountNote
from webapp.extensions import db
from webapp.riders.services.account_deletion import delete_account

TEXT = "Called twice.\nSpeaks French."


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    return make_user("ada", city="paris")


@pytest.fixture
def sue(make_user: UserFactory) -> User:
    """Support of Paris, who lives in New York."""
    return make_user("sue", roles={"support": ["paris"]})


@pytest.fixture
def support(open_browser: Callable[[User], Visitor], sue: User) -> Visitor:
    return open_browser(sue)


def test_colleagues_read_a_note_with_its_author(
    app: Flask, support: Visitor, sue: User, ada: User
) -> None:
    notes = f"{account_path(ada)}/notes"
    assert "No notes yet" in support.get(notes).text
    for _ in range(2):
        assert support.send(notes, text=TEXT, nonce="n").location == notes
    assert support.send(notes, text="Second", nonce="m").status_code == 303
    page = support.get(notes).text
    assert page.count("Speaks French.") == page.count("Sue L.") - 1 == 1
    assert page.index("Second") < page.index("Called twice."), "the newest first"
    assert "Speaks French." in support.get(account_path(ada)).text
    events = read_audit_events(app, AuditKind.NOTE_ADDED)
    assert [(each.actor, each.region, each.city, each.details) for each in events] == [
        (sue.key, "europe-west1", "paris", {})
    ] * 2


@pytest.mark.parametrize("text", ["", " \n", "x" * (MAX_TEXT_LENGTH + 1)])
def test_an_invalid_note_is_refused_and_not_lost(support: Visitor, ada: User, text: str) -> None:
    response = support.send(f"{account_path(ada)}/notes", text=text)
    assert response.status_code == 422
    assert text.strip() in response.text
    assert "field-error" in response.text


def test_a_form_of_a_note_that_is_sent_again_with_other_words_is_a_new_one(
    app: Flask, support: Visitor, ada: User
) -> None:
    notes = f"{account_path(ada)}/notes"
    support.send(notes, text="First", nonce="n")
    refused = support.send(notes, text="Second", nonce="n")
    assert_form_reused(refused, "Second")
    assert [each.text for each in read_rows(app, AccountNote)] == ["First"]
    assert support.send(notes, text="Second", nonce=read_nonce(refused)).status_code == 303
    assert len(read_rows(app, AccountNote)) == 2


def test_an_account_has_so_many_notes_at_most(
    app: Flask, support: Visitor, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MAX_NOTES", 1)
    notes = f"{account_path(ada)}/notes"
    support.send(notes, text="First", nonce="n")
    refused = support.send(notes, text="Second", nonce="m")
    assert (refused.status_code, "Second" in refused.text) == (409, True)
    assert [each.text for each in read_rows(app, AccountNote)] == ["First"]


def test_a_person_gets_the_notes_and_deletes_them_with_the_account(
    app: Flask, open_browser: Callable[[User], Visitor], support: Visitor, ada: User
) -> None:
    support.send(f"{account_path(ada)}/notes", text=TEXT)
    export = open_browser(ada).send("/users/me/data.json").json
    assert [each["text"] for each in export["notes"]] == [TEXT]
    assert set(export["notes"][0]) == {"text", "created_at"}, "not who wrote it"
    with app.app_context():
        delete_account(ada)
    assert read_rows(app, AccountNote) == []


def test_a_note_outlives_the_account_of_its_author(
    app: Flask, open_browser: Callable[[User], Visitor], support: Visitor, sue: User, ada: User,
    make_user: UserFactory,
) -> None:  # fmt: skip
    support.send(f"{account_path(ada)}/notes", text=TEXT)
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(delete(User).where(User.id == sue.id))
    page = open_browser(make_user(roles=["support"])).get(f"{account_path(ada)}/notes").text
    assert "Speaks French." in page
    assert "a colleague" in page
