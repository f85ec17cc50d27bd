"""Pages of profiles, and the list of riders for staff."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, select

from tests.auth.steps import new_browser
from tests.factories import RowReader, UserFactory
from tests.visitor import Visitor
from webapp.auth.models import LoginSession, User
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.riders.coarse_facts import describe_last_active, describe_ride_count
from webapp.riders.models import Profile

PROFILE = {
    "city": "new york",
    "first_name": "Ada",
    "last_name": "Byron",
    "about": "I like bridges.",
}


def test_the_own_profile_shows_private_data(visitor: Visitor, make_user: UserFactory) -> None:
    visitor.sign_in(make_user("ada"))
    page = visitor.get("/users/me", follow_redirects=True).text
    assert "ada@example.org" in page
    assert "Ada Lovelace" in page


@pytest.fixture
def insert_profile(app: Flask) -> Callable[..., None]:
    """Store what somebody shows: ``insert_profile(ada, shows_ride_count=True)``."""

    def insert_profile(user: User, **columns: bool) -> None:
        row = {"region": user.region, "user_id": user.id, "about": "", "shown_to_riders": True}
        with app.app_context():
            execute_write(insert(table(Profile)).values({**row, **columns}))

    return insert_profile


def test_a_profile_is_shown_to_nobody_but_staff_until_its_owner_says_so(
    app: Flask, rider: Visitor, visitor: Visitor, make_user: UserFactory
) -> None:
    ada, path = make_user("ada"), "/users/me/edit"
    own = new_browser(app).sign_in(ada)
    staff = new_browser(app).sign_in(make_user(roles={"support": ["new york"]}))
    elsewhere = new_browser(app).sign_in(make_user(roles={"support": ["paris"]}))

    def find_statuses() -> list[int]:
        browsers = (own, staff, rider, elsewhere)
        return [each.get(f"/users/{ada.key}").status_code for each in browsers]

    assert find_statuses() == [200, 200, 404, 404]
    own.send(path, **PROFILE, shown_to_riders="y")
    assert find_statuses() == [200, 200, 200, 200]
    assert re.search('<input[^>]*checked[^>]*name="shown_to_riders"', own.get(path).text)
    own.send(path, **PROFILE)
    assert find_statuses() == [200, 200, 404, 404]


def test_activity_is_shown_in_coarse_words_and_only_if_its_owner_says_so(
    app: Flask, rider: Visitor, make_user: UserFactory, insert_profile: Callable[..., None]
) -> None:
    ada, bob = make_user("ada"), make_user("bob")
    insert_profile(ada, shows_last_active=True, shows_ride_count=True)
    insert_profile(bob)
    new_browser(app).sign_in(ada)
    page = rider.get(f"/users/{ada.key}").text
    assert "active today" in page
    assert "fewer than 10 rides" in page
    other = rider.get(f"/users/{bob.key}").text
    assert "active" not in other.split("<h1>")[1].split("</header>")[0]
    assert "rides" not in other.split("<h1>")[1].split("</header>")[0]


@pytest.mark.usefixtures("app_context")
@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "active today"),
        (1, "active this week"),
        (6, "active this week"),
        (7, "active this month"),
        (31, "active longer ago"),
        (None, "active longer ago"),
    ],
)
def test_the_last_activity_is_told_in_days(days: int | None, words: str) -> None:
    now = datetime(2026, 5, 31, 0, 30, tzinfo=UTC)
    seen_at = None if days is None else now - timedelta(days=days)
    assert str(describe_last_active(seen_at, now)) == words


@pytest.mark.usefixtures("app_context")
def test_rides_are_told_in_steps() -> None:
    words = [describe_ride_count(count) for count in (0, 9, 10, 49, 50, 100)]
    assert words[:2] == ["fewer than 10 rides"] * 2
    assert words[2:] == ["10 rides or more"] * 2 + ["50 rides or more", "100 rides or more"]


def test_other_riders_see_first_name_initial_city_and_date(
    rider: Visitor, make_user: UserFactory, insert_profile: Callable[..., None]
) -> None:
    ada = make_user("ada", city="paris")
    insert_profile(ada)
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


def test_names_and_texts_are_saved_and_escaped(visitor: Visitor, make_user: UserFactory) -> None:
    visitor.sign_in(make_user("ada"))
    words = "<script>alert(1)</script> {{ 7*7 }} ' OR 1=1 --\nsecond line"
    response = visitor.send("/users/me/edit", **{**PROFILE, "about": words})
    assert response.status_code == 303
    page = visitor.get(response.location).text
    assert "Ada Byron" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in page
    assert "<script>alert" not in page
    assert "second line" in visitor.get("/users/me/edit").text


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"first_name": ""}, "Fill this in."),
        ({"about": "x" * 501}, "Use at most 500 characters."),
        ({"city": "atlantis"}, "Choose an option from the list."),
        ({"last_name": "\x07"}, "This text contains a character that can"),
        ({"first_name": "\u200b\u202e"}, "Fill this in."),
    ],
)
def test_an_invalid_profile_shows_its_error_at_the_field(
    rider: Visitor, wrong: dict[str, str], message: str
) -> None:
    response = rider.send("/users/me/edit", **{**PROFILE, **wrong})
    assert response.status_code == 422
    assert message in response.text
    if "about" not in wrong:
        assert "I like bridges." in response.text


def test_moving_to_another_region_keeps_the_rider_signed_in(
    visitor: Visitor, make_user: UserFactory, row: RowReader
) -> None:
    ada = make_user("ada")
    other_device = visitor.application.test_client().sign_in(ada)  # type: ignore[attr-defined]
    visitor.sign_in(ada)
    response = visitor.send("/users/me/edit", **{**PROFILE, "city": "paris"})
    assert response.location == f"/users/europe-west1.{ada.id}"
    assert "Paris" in visitor.get(response.location).text
    assert row(User, ada.key) is None
    assert "Paris" in other_device.get("/users/me", follow_redirects=True).text


def test_extra_fields_of_a_form_change_nothing(
    visitor: Visitor, make_user: UserFactory, row: RowReader
) -> None:
    ada = make_user("ada")
    visitor.sign_in(ada)
    extra = {"role": "admin", "grants": "admin", "id": "1", "username": "root", "region": "x"}
    visitor.send("/users/me/edit", **PROFILE, **extra)
    now = row(User, ada.key)
    assert now.roles == {"rider"}
    assert now.username == "ada"


def test_the_list_of_riders_is_for_staff_and_paged(
    rider: Visitor, make_user: UserFactory, visitor: Visitor
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


def test_profile_pages_cost_two_round_trips(
    rider: Visitor,
    make_user: UserFactory,
    round_trips: Callable[[], int],
    insert_profile: Callable[..., None],
) -> None:
    ada = make_user("ada")
    insert_profile(ada, shows_last_active=True, shows_ride_count=True)
    rider.get("/")
    round_trips()
    for page in (f"/users/{ada.key}", "/users/me/edit"):
        rider.get(page)
        assert round_trips() == 2


def test_invisible_characters_are_removed_from_names(
    visitor: Visitor, make_user: UserFactory, row: RowReader
) -> None:
    ada = make_user("ada")
    visitor.sign_in(ada)
    visitor.send("/users/me/edit", **{**PROFILE, "first_name": "\u202eA\u200bda"})
    assert row(User, ada.key).first_name == "Ada"


def test_a_move_that_takes_too_long_says_so_and_saving_without_it_works(
    app: Flask,
    visitor: Visitor,
    make_user: UserFactory,
    row: RowReader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ada = make_user("ada")
    visitor.sign_in(ada)
    monkeypatch.setitem(app.config, "ACCOUNT_MOVE_TIMEOUT_MS", 200)
    with app.app_context(), db.engines["write"].connect() as holder:
        sessions = select(LoginSession.id).where(LoginSession.user_id == ada.id)
        holder.execute(sessions.with_for_update()).all()
        response = visitor.send("/users/me/edit", **PROFILE | {"city": "paris"})
        assert response.status_code == 422
        assert (
            "Moving your account took too long, so nothing was saved. Keep your city to save the rest, and try to move again later."
            in response.text
        )
        assert visitor.send("/users/me/edit", **PROFILE).status_code == 303
        holder.rollback()
    assert row(User, ada.key).last_name == "Byron"
    monkeypatch.setitem(app.config, "ACCOUNT_MOVE_TIMEOUT_MS", 60_000)
    assert visitor.send("/users/me/edit", **PROFILE | {"city": "paris"}).status_code == 303
