"""Notices and comments in the API are those of the pages."""

import pytest
from flask import Flask

from tests.api.client import ApiClient
from tests.factories import UserFactory, VehicleFactory
from tests.notices.steps import insert_comment, insert_ended_ride, insert_notice
from webapp.auth.models import User

API = "/api/v1"


@pytest.fixture
def rider(app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory) -> User:
    user = make_user("ada")
    insert_ended_ride(app, user, make_vehicle())
    return user


def test_notices_of_a_city_are_listed_with_all_their_languages(app: Flask) -> None:
    notice = insert_notice(app, texts={"en": "Marathon", "de": "Lauf"}, is_pinned=True)
    insert_notice(app, "Draft", published_at=None)
    program = ApiClient.of(app, None)
    [shown] = program.get(f"{API}/cities/new%20york/notices").get_json()
    assert program.get(f"{API}/notices/{notice}").get_json() == shown
    assert shown["texts"]["de"] == {"title": "Lauf", "text": "About *Lauf*."}
    assert (shown["is_pinned"], shown["takes_comments"]) == (True, True)
    assert shown["url"] == f"/notices/{notice}"


def test_a_program_comments_changes_and_deletes_by_the_rules_of_the_page(
    app: Flask, rider: User, make_user: UserFactory
) -> None:
    path = f"{API}/notices/{insert_notice(app)}/comments"
    program, stranger = ApiClient.of(app, rider), ApiClient.of(app, make_user())
    added = program.post(path, json={"text": "Nice."})
    assert (added.status_code, added.location) == (201, path)
    comment = f"{API}/comments/{added.get_json()['id']}"
    refused = stranger.post(path, json={"text": "Hi"})
    assert (refused.status_code, refused.get_json()["type"].rpartition("/")[2]) == (
        403, "not-ridden-there",
    )  # fmt: skip
    assert program.post(path, json={"text": " "}).status_code == 422
    assert stranger.put(comment, json={"text": "Mine"}).status_code == 404
    assert program.put(comment, json={"text": "Better."}).status_code == 204
    [shown] = stranger.get(path).get_json()
    assert (shown["text"], shown["author"], shown["is_own"]) == ("Better.", "Ada L.", False)
    assert shown["changed_at"] is not None
    assert stranger.delete(comment).status_code == 204  # nothing of its own
    assert len(program.get(path).get_json()) == 1
    assert program.delete(comment).status_code == 204
    assert program.get(path).get_json() == []


def test_a_program_flags_with_the_scope_and_twice_is_once(
    app: Flask, rider: User, make_user: UserFactory
) -> None:
    comment = insert_comment(app, insert_notice(app), make_user())
    path = f"{API}/comments/{comment.key}/flag"
    assert ApiClient.of(app, rider, "reports:write").post(path).status_code == 403
    program = ApiClient.of(app, rider, "comments:write")
    assert [program.post(path).status_code for _press in range(2)] == [204, 204]
