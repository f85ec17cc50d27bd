"""Writing the vehicles of a feed, many at a time, without disturbing those in use."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.database import run_transaction
from webapp.fleet.gbfs import FeedVehicle
from webapp.fleet.models import Vehicle
from webapp.fleet.services import AT_REST
from webapp.regions import City

#: Vehicles in one statement, which is one round trip.
BATCH = 500
#: By these a vehicle is known again when the feed is read the next time.
IDENTITY = ("region", "city", "feed_system", "feed_vehicle")


@dataclass(frozen=True)
class Tally:
    """What became of the vehicles. Left alone: on a trip, reserved, missing or removed here."""

    new: int = 0
    updated: int = 0
    left_alone: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


def batches(vehicles: Sequence[FeedVehicle]) -> list[Sequence[FeedVehicle]]:
    """Return the vehicles in portions for ``write_batch``."""
    return [vehicles[start : start + BATCH] for start in range(0, len(vehicles), BATCH)]


def write_batch(city: City, system: str, vehicles: Sequence[FeedVehicle]) -> Tally:
    """Add the vehicles of a feed to a city, or update those that it has from that feed already.

    Writing them twice is the same as once. No id may occur twice among ``vehicles``.
    """
    # In one order, so that two imports at once wait for each other instead of dead-locking.
    in_order = sorted(vehicles, key=lambda vehicle: vehicle.id)
    rows = [_columns(city, system, vehicle) for vehicle in in_order]
    proposed = {row["id"] for row in rows}
    statement = upsert(rows)

    def work(session: Session) -> set[UUID]:
        return set(session.scalars(statement))

    written = run_transaction(work, idempotent=True, one_statement=True)
    # A row that was there keeps its own id; one that is not returned did not meet the condition.
    return Tally(len(written & proposed), len(written - proposed), len(rows) - len(written))


def upsert(rows: list[dict[str, Any]]) -> Any:
    """Return the statement that inserts the rows or, at rest, updates what their feed tells."""
    table = Vehicle.__table__
    assert isinstance(table, Table)  # noqa: S101 - for the type checker
    statement = insert(table).values(rows)
    told = [name for name in rows[0] if name not in ("id", *IDENTITY)]
    # No address in words comes with a feed, and the old one need not be true of the new place.
    changes: dict[str, Any] = {name: statement.excluded[name] for name in told} | {"address": None}
    return statement.on_conflict_do_update(
        index_elements=IDENTITY, set_=changes, where=table.c.state.in_([s.value for s in AT_REST])
    ).returning(table.c.id)


def _columns(city: City, system: str, vehicle: FeedVehicle) -> dict[str, Any]:
    return {
        "region": city.region,
        "id": uuid4(),
        "city": city.name,
        "feed_system": system,
        "feed_vehicle": vehicle.id,
        "form_factor": vehicle.type.form_factor.value,
        "propulsion_type": vehicle.type.propulsion_type.value,
        "brand": vehicle.type.brand,
        "color": vehicle.type.color,
        "state": vehicle.state.value,
        "lat": vehicle.point.lat,
        "lon": vehicle.point.lon,
        "cell": vehicle.point.cell,
        "range_m": vehicle.range_m,
    }
