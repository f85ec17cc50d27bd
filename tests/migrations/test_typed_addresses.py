"""The revision that clears the addresses which riders typed, and no others."""

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text, update

from config import ROOT
from tests.factories import RowReader, UserFactory, VehicleFactory
from webapp.db.transactions import execute_write, run_transaction
from webapp.fleet.models import Vehicle
from webapp.regions.geography import Place, Point
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

TYPED = "By my sister's house"


@pytest.mark.usefixtures("app_context")
def test_only_addresses_that_riders_typed_are_cleared(
    make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    ada, vehicle, other = make_user().key, make_vehicle(), make_vehicle(address="Depot 3")
    for ridden in (vehicle, other):
        ride = start_ride(ada, ridden.public_key)
        end_ride(ada, ride, Place(TYPED, Point(40.7359, -73.9911)))
    # As an older release left them.
    execute_write(update(Vehicle).where(Vehicle.id == vehicle.id).values(address=TYPED))
    execute_write(update(Vehicle).where(Vehicle.id == other.id).values(address="Depot 3"))
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    statement = ScriptDirectory.from_config(config).get_revision("0104").module.STATEMENT
    run_transaction(lambda session: session.execute(text(statement)))
    assert row(Vehicle, vehicle.key).address is None
    assert row(Vehicle, other.key).address == "Depot 3"
