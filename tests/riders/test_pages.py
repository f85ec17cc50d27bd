"""Profiles, the staff's list, and leaving, as riders meet them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.conftest import PASSWORD, Visitor
from webapp.audit.models import AuditEvent
from webapp.auth.models import User
from webapp.extensions import db
from webapp.fleet.models import Vehicle

PROFILE = {
    "city": "new york",
    "first_name": "Ada",
    "last_name": "Byron",
    "about": "I like bridges.",
}


def test_my_page_shows_what_only_i_may_see(
    visitor: Visitor, make_user: Callable[..., User]
) -> None:
    visitor.sign_in(make_user("ada"))
    page = visitor.get("/users/me", follow_redirects=True).text
    assert "ada@example.org" in page
    assert "Ada Lovelace" in page


def test_others_see_first_name_initial_city_and_since(
    rider: Visitor, make_user: Callable[..., User]
) -> None:
    ada = make_user("ada", city="paris")
    page = rider.get(f"/users/{ada.key}").text
    assert "Ada L." in page
    assert "Paris" in page
    assert "member since" in page
    assert "Lovelace" not in page
    assert "example.org" not in page
    assert "Delete account" not in page


def test_an_unknown_rider_is_not_found(rider: Visitor) -> None:
    for key in ("us-east1.00000000-0000-4000-8000-000000000000", "us-east1", "nonsense", "me.x"):
        assert rider.get(f"/users/{key}").status_code == 404


def test_editing_keeps_names_and_words_and_escapes_them(
    visitor: Visitor, make_user: Callable[..., User]
) -> None:
    visitor.sign_in(make_user("ada"))
    words = "<script>alert(1)</script> {{ 7*7 }} ' OR 1=1 --\nsecond line"
    answer = visitor.send("/users/me/edit", **{**PROFILE, "about": words})
    assert answer.status_code == 303
    page = visitor.get(answer.location).text
    assert "Ada Byron" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in page
    assert "<script>alert" not in page
    assert "second line" in visitor.get("/users/me/edit").text


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"first_name": ""}, "Please fill this in."),
        ({"about": "x" * 501}, "500 characters at most"),
        ({"city": "atlantis"}, "Choose one from the list."),
        ({"last_name": "\x07"}, "cannot be shown"),
        ({"first_name": "\u200b\u202e"}, "Please fill this in."),
    ],
)
def test_a_wrong_profile_is_told_beside_the_field(
    rider: Visitor, wrong: dict[str, str], message: str
) -> None:
    answer = rider.send("/users/me/edit", **{**PROFILE, **wrong})
    assert answer.status_code == 422
    assert message in answer.text
    if "about" not in wrong:
        assert "I like bridges." in answer.text


def test_moving_to_another_region_keeps_the_rider_signed_in(
    visitor: Visitor, make_user: Callable[..., User], row: Callable[..., Any]
) -> None:
    ada = make_user("ada")
    other_device = visitor.application.test_client().sign_in(ada)  # type: ignore[attr-defined]
    visitor.sign_in(ada)
    answer = visitor.send("/users/me/edit", **{**PROFILE, "city": "paris"})
    assert answer.location == f"/users/europe-west1.{ada.id}"
    assert "Paris" in visitor.get(answer.location).text
    assert row(User, ada.key) is None
    assert "Paris" in other_device.get("/users/me", follow_redirects=True).text


def test_extra_fields_of_a_form_change_nothing(
    visitor: Visitor, make_user: Callable[..., User], row: Callable[..., Any]
) -> None:
    ada = make_user("ada")
    visitor.sign_in(ada)
    extra = {"role": "admin", "grants": "admin", "id": "1", "username": "root", "region": "x"}
    visitor.send("/users/me/edit", **PROFILE, **extra)
    now = row(User, ada.key)
    assert now.roles == {"rider"}
    assert now.username == "ada"


def test_the_list_of_riders_is_for_staff_and_paged(
    rider: Visitor, make_user: Callable[..., User], visitor: Visitor
) -> None:
    assert rider.get("/users").status_code == 403
    names = [f"rider{n}" for n in range(7)]
    for name in names:
        make_user(name, city="paris")
    visitor.sign_in(make_user("boss", roles=["fleet"]))
    first = visitor.get("/users?city=paris").text
    assert first.count("@example.org") == 5
    more = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = visitor.get(more).text
    assert second.count("@example.org") == 2
    assert all(f"{name}@" in first + second for name in names)
    assert visitor.get("/users?city=atlantis").status_code == 404
    assert visitor.get("/users?after=nonsense").status_code == 404


def test_deleting_wants_a_tick_and_ends_every_session(
    visitor: Visitor, app: Flask, make_user: Callable[..., User], row: Callable[..., Any]
) -> None:
    ada = make_user("ada")
    other_device: Visitor = app.test_client().sign_in(ada)  # type: ignore[attr-defined]
    visitor.sign_in(ada)
    answer = visitor.send("/users/me/delete")
    assert answer.status_code == 422
    assert "Tick this box if you are sure." in answer.text
    assert row(User, ada.key)
    assert visitor.send("/users/me/delete", sure="y").status_code == 303
    assert row(User, ada.key) is None
    assert "Your account is gone." in visitor.get("/").text
    for device in (visitor, other_device):
        assert device.get("/rides").location.startswith("/login")


def test_deleting_wants_to_know_who_it_is(
    visitor: Visitor, make_user: Callable[..., User], row: Callable[..., Any]
) -> None:
    ada = make_user("ada")
    visitor.sign_in(ada, authenticated_at=datetime.now(UTC) - timedelta(hours=1))
    assert visitor.get("/users/me/delete").location == "/login/again?next=/users/me/delete"
    assert visitor.send("/users/me/delete", sure="y").location.startswith("/login/again")
    assert row(User, ada.key)


def test_a_cookie_of_a_deleted_account_is_a_strangers(
    visitor: Visitor, app: Flask, make_user: Callable[..., User]
) -> None:
    visitor.sign_in(make_user("ada"))
    visitor.get("/rides")
    kept = visitor.get_cookie("movr")
    visitor.send("/users/me/delete", sure="y")
    thief = app.test_client()
    thief.set_cookie("movr", kept.value)  # type: ignore[union-attr]
    assert thief.get("/rides").location.startswith("/login")
    assert "ada" not in thief.get("/").text.lower().replace("canada", "")


def test_who_has_left_gets_a_last_mail_and_may_come_back(
    visitor: Visitor, app: Flask, make_user: Callable[..., User]
) -> None:
    visitor.sign_in(make_user("ada"))
    visitor.send("/users/me/delete", sure="y")
    (letter,) = app.extensions["mailman"].outbox
    assert (letter.to, letter.subject) == (["ada@example.org"], "Your account is gone")
    make_user("ada")


def test_nothing_that_names_a_person_is_left_in_any_table(
    visitor: Visitor, app: Flask, make_vehicle: Callable[..., Vehicle]
) -> None:
    """Every column of every table is searched, of those tables too that are added later."""
    came_from = {"REMOTE_ADDR": "198.51.100.77"}
    visitor.environ_base.update(came_from)
    names = {
        "first_name": "Grizelda", "last_name": "Featherstone", "username": "grizzly",
        "email": "grizelda.featherstone@example.org",
    }  # fmt: skip
    words = {"password": PASSWORD, "password_again": PASSWORD}
    joined = visitor.send("/register", city="paris", **names, **words)
    assert joined.status_code == 303, joined.text
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(update(User).values(email_confirmed_at=func.now()))
    visitor.send("/users/me/edit", **PROFILE | {"about": "Grizelda Featherstone rides."})
    visitor.get("/fleet")
    visitor.send("/account/email", email="new.featherstone@example.org")
    visitor.send("/vehicles/add", type="bike", brand="Cube", color="red", address="Here",
                 lat="40.73", lon="-73.99")  # fmt: skip
    ride = visitor.send(f"/rides/start/{make_vehicle().public_key}").location
    visitor.send(ride.replace("/rides/", "/rides/end/"), address="There")
    visitor.send("/users/me/data.json")
    stranger = app.test_client()
    stranger.environ_base.update(came_from)
    stranger.send("/login", username="grizzly", password="guessed wrongly")  # type: ignore[attr-defined]
    stranger.send("/forgotten", email=names["email"])  # type: ignore[attr-defined]
    about = ("grizelda", "featherstone", "grizzly", "198.51.100.77")
    assert len(left_of(app, *about)) > 10, "the search finds what is there"

    assert visitor.send("/users/me/delete", sure="y").status_code == 303

    assert left_of(app, *about) == []
    with app.app_context():
        told = db.session.scalars(
            select(AuditEvent.kind).where(AuditEvent.actor_id.is_not(None))
        ).all()
    assert "account.deleted" in told
    assert "ride.ended" in told, "that it happened stays"


def left_of(app: Flask, *words: str) -> list[str]:
    """Return the columns in which one of the words stands, in any case."""
    with app.app_context():
        return [
            f"{each.name}.{column.name}: {value}"
            for each in db.metadata.sorted_tables
            for column in each.c
            for value in db.session.scalars(select(column))
            if any(word in str(value).lower() for word in words)
        ]


def test_nobody_leaves_in_the_middle_of_a_ride(
    visitor: Visitor,
    make_user: Callable[..., User],
    make_vehicle: Callable[..., Vehicle],
    row: Callable[..., Any],
) -> None:
    ada = make_user("ada")
    visitor.sign_in(ada)
    visitor.send(f"/rides/start/{make_vehicle().public_key}")
    answer = visitor.send("/users/me/delete", sure="y")
    assert "You are on a ride. End it first." in answer.text
    assert row(User, ada.key)


def test_profile_pages_cost_two_round_trips(
    rider: Visitor, make_user: Callable[..., User], round_trips: Callable[[], int]
) -> None:
    ada = make_user("ada")
    rider.get("/")
    round_trips()
    for page in (f"/users/{ada.key}", "/users/me/edit"):
        rider.get(page)
        assert round_trips() == 2


def test_leaving_while_riding_ones_own_vehicle_says_to_end_the_ride(
    visitor: Visitor, make_user: Callable[..., User], make_vehicle: Callable[..., Vehicle]
) -> None:
    ada = make_user("ada", roles=["owner"])
    visitor.sign_in(ada)
    visitor.send(f"/rides/start/{make_vehicle(owner=ada).public_key}")
    answer = visitor.send("/users/me/delete", sure="y")
    assert "You are on a ride. End it first." in answer.text
    assert 'id="sure-error"' not in answer.text


def test_characters_that_turn_text_around_are_left_out_of_names(
    visitor: Visitor, make_user: Callable[..., User], row: Callable[..., Any]
) -> None:
    ada = make_user("ada")
    visitor.sign_in(ada)
    visitor.send("/users/me/edit", **{**PROFILE, "first_name": "\u202eA\u200bda"})
    assert row(User, ada.key).first_name == "Ada"
