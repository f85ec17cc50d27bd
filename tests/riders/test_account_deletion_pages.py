"""The page that deletes an account."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.factories import PASSWORD, RowReader, UserFactory, VehicleFactory
from tests.job_steps import read_mails, run_jobs
from tests.riders.steps import count_rows
from tests.visitor import Visitor
from webapp.audit.models import AuditEvent
from webapp.auth.models import User
from webapp.extensions import db
from webapp.riders.models import Profile

PROFILE = {
    "city": "new york",
    "first_name": "Ada",
    "last_name": "Byron",
    "about": "I like bridges.",
}


def test_account_deletion_needs_confirmation_and_ends_every_session(
    visitor: Visitor, app: Flask, make_user: UserFactory, row: RowReader
) -> None:
    ada = make_user("ada")
    other_device: Visitor = app.test_client().sign_in(ada)  # type: ignore[attr-defined]
    visitor.sign_in(ada)
    response = visitor.send("/users/me/delete")
    assert response.status_code == 422
    assert "Tick this box to confirm." in response.text
    assert row(User, ada.key)
    assert visitor.send("/users/me/delete", sure="y").status_code == 303
    assert row(User, ada.key) is None
    assert "Your account has been deleted. Thank you for riding with us." in visitor.get("/").text
    for device in (visitor, other_device):
        assert device.get("/rides").location.startswith("/login")


def test_account_deletion_needs_a_fresh_login(
    visitor: Visitor, make_user: UserFactory, row: RowReader
) -> None:
    ada = make_user("ada")
    visitor.sign_in(ada, authenticated_at=datetime.now(UTC) - timedelta(hours=1))
    assert visitor.get("/users/me/delete").location == "/login/again?next=/users/me/delete"
    assert visitor.send("/users/me/delete", sure="y").location.startswith("/login/again")
    assert row(User, ada.key)


def test_the_cookie_of_a_deleted_account_signs_nobody_in(
    visitor: Visitor, app: Flask, make_user: UserFactory
) -> None:
    visitor.sign_in(make_user("ada"))
    visitor.get("/rides")
    cookie = visitor.get_cookie("movr")
    visitor.send("/users/me/delete", sure="y")
    other_browser = app.test_client()
    other_browser.set_cookie("movr", cookie.value)  # type: ignore[union-attr]
    assert other_browser.get("/rides").location.startswith("/login")
    assert ">Ada<" not in other_browser.get("/").text


def test_a_deleted_account_gets_a_last_mail_and_can_be_registered_again(
    visitor: Visitor, app: Flask, make_user: UserFactory
) -> None:
    visitor.sign_in(make_user("ada"))
    visitor.send("/users/me/delete", sure="y")
    (letter,) = read_mails(app)
    assert (letter.to, letter.subject) == (["ada@example.org"], "Your account has been deleted")
    make_user("ada")


def test_an_account_with_many_rows_ends_at_once_for_everybody(
    visitor: Visitor,
    app: Flask,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    row: RowReader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "ACCOUNT_DELETION_MAX_ROWS_AT_ONCE", 0)
    ada = make_user("ada", roles=["owner"])
    make_vehicle(owner=ada)
    visitor.sign_in(ada).send("/users/me/edit", **PROFILE)
    boss: Visitor = app.test_client().sign_in(make_user("boss", roles=["admin"]))  # type: ignore[attr-defined]
    assert visitor.send("/users/me/delete", sure="y").status_code == 303
    assert "Your account has been deleted" in visitor.get("/").text
    assert visitor.get("/rides").location.startswith("/login")
    fresh: Visitor = app.test_client()  # type: ignore[assignment]
    for name in ("ada", "ada@example.org"):
        assert fresh.send("/login", username=name, password=PASSWORD).status_code == 422
    for path in (f"/users/{ada.key}", f"/users/{ada.key}/account"):
        assert boss.get(path).status_code == 404, path
    assert boss.send(f"/users/{ada.key}/account/reopen", why="asked for it").status_code == 404
    assert "Byron" not in boss.get("/users").text
    assert "Byron" not in boss.get("/fleet/vehicles").text
    assert boss.get("/events").status_code == 200
    left = row(User, ada.key)
    assert (left.first_name, left.last_name, left.password_hash) == ("", "", "")
    assert left.username.startswith("~")
    assert left.email.endswith("@deleted.invalid")
    with app.app_context():
        assert count_rows(Profile) == 0
    read_mails(app)
    assert row(User, ada.key) is None


@pytest.mark.slow
@pytest.mark.parametrize("max_rows_at_once", [1_000, 0])
def test_account_deletion_leaves_nothing_that_names_the_person(
    visitor: Visitor,
    app: Flask,
    make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
    max_rows_at_once: int,
) -> None:
    """It searches every column of every table, so that tables that come later are covered."""
    monkeypatch.setitem(app.config, "ACCOUNT_DELETION_MAX_ROWS_AT_ONCE", max_rows_at_once)
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
    visitor.send(ride.replace("/rides/", "/rides/end/"), address="There", spot="city")
    visitor.send("/users/me/data.json")
    stranger = app.test_client()
    stranger.environ_base.update(came_from)
    stranger.send("/login", username="grizzly", password="guessed wrongly")  # type: ignore[attr-defined]
    stranger.send("/forgotten", email=names["email"])  # type: ignore[attr-defined]
    about = ("grizelda", "featherstone", "grizzly", "198.51.100.77")
    assert len(find_in_all_tables(app, *about)) > 10, "the search finds what is there"

    assert visitor.send("/users/me/delete", sure="y").status_code == 303
    if not max_rows_at_once:
        run_jobs(app)

    assert find_in_all_tables(app, *about) == []
    with app.app_context():
        event_kinds = db.session.scalars(
            select(AuditEvent.kind).where(AuditEvent.actor_id.is_not(None))
        ).all()
    assert "account.deleted" in event_kinds
    assert "ride.ended" in event_kinds, "the event itself stays"


def find_in_all_tables(app: Flask, *words: str) -> list[str]:
    """Return the values that contain one of the words, case-insensitively."""
    with app.app_context():
        return [
            f"{each.name}.{column.name}: {value}"
            for each in db.metadata.sorted_tables
            for column in each.c
            for value in db.session.scalars(select(column))
            if any(word in str(value).lower() for word in words)
        ]


def test_an_account_cannot_be_deleted_during_a_ride(
    visitor: Visitor,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    row: RowReader,
) -> None:
    ada = make_user("ada")
    visitor.sign_in(ada)
    visitor.send(f"/rides/start/{make_vehicle().public_key}")
    response = visitor.send("/users/me/delete", sure="y")
    assert "You are on a ride. End it first." in response.text
    assert row(User, ada.key)


def test_deletion_while_riding_ones_own_vehicle_says_to_end_the_ride(
    visitor: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    ada = make_user("ada", roles=["owner"])
    visitor.sign_in(ada)
    visitor.send(f"/rides/start/{make_vehicle(owner=ada).public_key}")
    response = visitor.send("/users/me/delete", sure="y")
    assert "You are on a ride. End it first." in response.text
    assert 'id="sure-error"' not in response.text


def test_the_last_admin_reads_what_to_do_before_deleting_the_account(
    visitor: Visitor, make_user: UserFactory, row: RowReader
) -> None:
    boss = make_user("boss", roles=["admin"])
    response = visitor.sign_in(boss).send("/users/me/delete", sure="y")
    assert response.status_code == 409
    assert "Make another person admin first" in response.text
    assert row(User, boss.key)
