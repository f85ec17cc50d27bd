"""Staff give a vehicle to another owner, or retire it."""

from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, update

from tests.factories import RowReader, UserFactory, VehicleFactory, find_city
from tests.job_steps import read_mails, run_jobs
from tests.races.steps import ROUNDS
from tests.threads import run_together
from webapp.auth.models import User
from webapp.db.transactions import execute_write
from webapp.fleet.bulk_actions.selection import Selection
from webapp.fleet.bulk_actions.services import start_bulk_action
from webapp.fleet.models import Vehicle
from webapp.fleet.services.remove import remove_vehicle
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.services import act_on_vehicle
from webapp.fleet.vehicle_actions.transfer import UnknownOwner, transfer_vehicle
from webapp.fleet.vehicle_events.enums import VehicleAction

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def staff(make_user: UserFactory) -> User:
    return make_user("mia", roles={"fleet": ["new york"]})


@pytest.fixture
def former_owner(make_user: UserFactory) -> User:
    return make_user("ada", roles=["owner"])


@pytest.fixture
def vehicle(make_vehicle: VehicleFactory, former_owner: User) -> Vehicle:
    return make_vehicle(owner=former_owner)


def test_a_vehicle_gets_another_owner_and_both_are_told(
    app: Flask,
    vehicle: Vehicle,
    staff: User,
    former_owner: User,
    make_user: UserFactory,
    row: RowReader,
) -> None:
    bob, details = make_user("bob", city="paris"), ActionDetails()
    for _ in range(2):  # sent twice
        transfer_vehicle(staff, vehicle.key, "BOB", details)
    assert (row(Vehicle, vehicle.key).owner_region, row(Vehicle, vehicle.key).owner_id) == bob.key
    assert "owner" in row(User, bob.key).roles
    mails = [(mail.to, mail.subject) for mail in read_mails(app)]
    assert "owner" not in row(User, former_owner.key).roles
    assert sorted(mails) == [
        ([former_owner.email], "A vehicle is no longer yours"),
        ([bob.email], "A vehicle is yours now"),
    ]


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (VehicleAction.TRANSFER, "no longer listing this vehicle as yours"),
        (VehicleAction.RETIRE, "out of the fleet for good"),
    ],
)
def test_an_owner_whose_last_vehicle_the_operator_takes_is_told_and_loses_the_role(
    app: Flask,
    vehicle: Vehicle,
    staff: User,
    former_owner: User,
    row: RowReader,
    action: VehicleAction,
    words: str,
) -> None:
    if action is VehicleAction.TRANSFER:
        transfer_vehicle(staff, vehicle.key, "", ActionDetails())
    else:
        act_on_vehicle(staff, vehicle.key, action, ActionDetails())
    (mail,) = read_mails(app)
    assert mail.to == [former_owner.email]
    assert words in mail.body
    assert "owner" not in row(User, former_owner.key).roles


def test_each_owner_is_told_of_vehicles_that_are_retired_together(
    app: Flask, staff: User, vehicle: Vehicle, make_vehicle: VehicleFactory, make_user: UserFactory
) -> None:
    bob = make_user("bob", roles=["owner"])
    ids = {vehicle.id, make_vehicle(owner=bob).id, make_vehicle().id}
    selection = Selection(find_city(), ids)
    start_bulk_action(staff, uuid4(), VehicleAction.RETIRE, ActionDetails(), selection)
    run_jobs(app)
    assert sorted(mail.to for mail in read_mails(app)) == [["ada@example.org"], [bob.email]]


def test_an_owner_who_has_other_vehicles_stays_one(
    app: Flask,
    vehicle: Vehicle,
    staff: User,
    former_owner: User,
    make_vehicle: VehicleFactory,
    row: RowReader,
) -> None:
    make_vehicle(owner=former_owner)
    transfer_vehicle(staff, vehicle.key, "", ActionDetails())
    run_jobs(app)
    assert row(Vehicle, vehicle.key).owner_id is None
    assert "owner" in row(User, former_owner.key).roles


def test_a_vehicle_that_stays_with_its_owner_is_no_news(
    app: Flask, vehicle: Vehicle, staff: User, former_owner: User, row: RowReader
) -> None:
    transfer_vehicle(staff, vehicle.key, former_owner.email, ActionDetails())
    assert read_mails(app) == []
    assert "owner" in row(User, former_owner.key).roles


@pytest.mark.parametrize("column", ["disabled_at", "deleted_at"])
def test_no_vehicle_is_given_to_an_account_that_has_ended(
    vehicle: Vehicle, staff: User, make_user: UserFactory, row: RowReader, column: str
) -> None:
    bob = make_user("bob")
    execute_write(update(User).where(User.id == bob.id).values({column: func.now()}))
    for name in ("bob", "nobody"):
        with pytest.raises(UnknownOwner):
            transfer_vehicle(staff, vehicle.key, name, ActionDetails())
    assert row(Vehicle, vehicle.key).owner_id == vehicle.owner_id


def test_an_owner_who_removes_the_last_vehicle_while_another_comes_has_the_role(
    app: Flask, staff: User, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    for number in range(ROUNDS):
        owner = make_user(f"owner{number}", roles=["owner"])
        last, next_one = make_vehicle(owner=owner), make_vehicle()
        results = run_together(
            app,
            lambda: remove_vehicle(owner.key, last.key),  # noqa: B023
            lambda: transfer_vehicle(staff, next_one.key, owner.email, ActionDetails()),  # noqa: B023
        )
        assert results == [None, None]
        run_jobs(app)
        assert "owner" in row(User, owner.key).roles
