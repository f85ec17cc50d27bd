"""The streets of a city where vehicles stand."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Select, false, select, true, union_all

from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.filters import VehicleFilter

#: How many vehicles with all words are read, and how many of the city for words with a mistake.
MAX_FOUND, MAX_SAMPLE = 200, 300


def list_addresses(vehicle_filter: VehicleFilter) -> Sequence[str]:
    """Return the addresses of the vehicles that the filter takes by words; if there are none, those
    of a sample of the city. One statement."""
    rows = db.session.execute(
        addresses_query(vehicle_filter), bind_arguments=vehicle_filter.bind_arguments()
    ).all()
    found = [row.address for row in rows if row.is_found]
    return found or [row.address for row in rows]


def addresses_query(vehicle_filter: VehicleFilter) -> Select[tuple[str, bool]]:
    """Return the query of ``list_addresses``. Both parts are in the order of an index: without one,
    the whole table may be read for a word that many vehicles have."""
    vehicles = table(Vehicle).c
    states = [VehicleState.AVAILABLE]
    whole_city = replace(vehicle_filter, words="")
    found = (
        select(vehicles.address, true().label("is_found"))
        .where(*vehicle_filter.index_conditions(states))
        .order_by(vehicles.public_id)
        .limit(MAX_FOUND)
    )
    sample = (
        select(vehicles.address, false().label("is_found"))
        .where(*whole_city.index_conditions(states))
        .order_by(vehicles.public_id)
        .limit(MAX_SAMPLE)
    )
    both = union_all(select(found.subquery()), select(sample.subquery())).subquery()
    # Only now: in a city without any address, the sample would else be looked for everywhere.
    return select(both.c.address, both.c.is_found).where(both.c.address.is_not(None))
