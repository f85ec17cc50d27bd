"""The vehicles that a city has from a feed, before an import, and what the import would change."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import current_app
from sqlalchemy import ColumnElement, Row, Select, and_, literal, or_, select, true

from webapp.cli import show_text
from webapp.db import types
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.feeds.errors import FleetLoss
from webapp.fleet.feeds.writing import STATES_IN_FEEDS, same_source_condition, split_batches
from webapp.fleet.gbfs.feed import Feed
from webapp.fleet.models import Vehicle, held_by_staff_condition, reservation_expired_condition
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.origins import EventOrigin
from webapp.fleet.vehicle_events.transitions import MARKED_MISSING
from webapp.fleet.vehicle_events.writing import (
    change_state_statement,
    returned_columns,
    vehicle_events_cte,
)
from webapp.regions.labels import city_label
from webapp.regions.models import City

ImportedVehicleRow = Row[tuple[UUID, str, str | None, bool, bool]]


@dataclass(frozen=True)
class ImportedVehicles:
    """The vehicles that a city has from a feed."""

    #: id, feed_vehicle, feed_source, is_on_map, is_missing.
    rows: Sequence[ImportedVehicleRow]

    def __add__(self, other: "ImportedVehicles") -> "ImportedVehicles":
        return ImportedVehicles([*self.rows, *other.rows])

    @property
    def sources(self) -> set[str]:
        """Where the vehicles were read, without those by a release that did not keep it."""
        return {row.feed_source for row in self.rows if row.feed_source}

    def find_vanished_ids(self, feed: Feed) -> list[UUID]:
        """Return the ids of vehicles on the map that the feed does not name any more."""
        ids = feed.ids
        return sorted(row.id for row in self.rows if row.is_on_map and row.feed_vehicle not in ids)

    def check_loss(self, city: City, feed: Feed) -> None:
        """Raise FleetLoss if the import takes most of the vehicles off the map.

        Ids that change with each ride are no loss: what counts is how many vehicles there are.
        """
        on_map = sum(row.is_on_map for row in self.rows)
        present = {row.feed_vehicle for row in self.rows if not row.is_missing}
        appearing = sum(vehicle.id not in present for vehicle in feed.vehicles)
        loss = len(self.find_vanished_ids(feed)) - appearing
        is_large = loss > max(
            on_map * current_app.config["FEED_MAX_LOSS_SHARE"], current_app.config["FEED_MAX_LOSS"]
        )
        if is_large or (loss and loss >= on_map):
            raise FleetLoss(
                f"This import would take {loss} of {on_map} vehicles of {show_text(feed.system)}"
                f" off the map of {city_label(city)}: the feed has {len(feed.vehicles)} usable"
                " vehicles now."
            )


def read_imported_vehicles(city: City, system: str) -> ImportedVehicles:
    """Return the vehicles that a city has from a system, also missing and removed ones."""
    return ImportedVehicles(db.session.execute(_imported_vehicles_query(city, system)).all())


def _imported_vehicles_query(
    city: City, system: str
) -> Select[tuple[UUID, str, str | None, bool, bool]]:
    columns = types.table(Vehicle).c
    return select(
        columns.id,
        columns.feed_vehicle,
        columns.feed_source,
        on_map_condition().is_(true()).label("is_on_map"),
        (columns.state == VehicleState.MISSING.value).label("is_missing"),
    ).where(system_condition(city, system))


def system_condition(city: City, system: str) -> ColumnElement[bool]:
    """Return the condition that a vehicle of the city was imported from the system."""
    columns = types.table(Vehicle).c
    return and_(
        columns.region == city.region,
        columns.city == city.name,
        columns.feed_system == system,
    )


def mark_missing(city: City, feed: Feed, ids: Sequence[UUID]) -> None:
    """Set the state ``missing`` for those of the vehicles that nobody uses.

    Feeds give a vehicle a new id after each ride: without this, each import would add the fleet
    again. A vehicle that is in the feed again gets its state from there.
    """
    is_of_feed = and_(
        system_condition(city, feed.system), same_source_condition(literal(feed.source))
    )
    for batch in split_batches(ids):
        statement = mark_missing_statement(and_(is_of_feed, Vehicle.id.in_(batch)))
        execute_write(statement, idempotent=True)


def mark_missing_statement(condition: ColumnElement[bool]) -> Select[tuple[UUID]]:
    """Return the statement that makes vehicles missing that nobody uses, but for those that staff
    hold out of service. It returns their ids."""
    missing = (
        change_state_statement(MARKED_MISSING, VehicleState.MISSING)
        .where(condition, on_map_condition(), ~held_by_staff_condition())
        .returning(*returned_columns())
        .cte("missing")
    )
    events = vehicle_events_cte(MARKED_MISSING, missing, EventOrigin(EventCause.FEED))
    return select(missing.c.id).add_cte(events)


def on_map_condition() -> ColumnElement[bool]:
    """Return the condition for vehicles that nobody uses and that are not missing."""
    return or_(types.table(Vehicle).c.state.in_(STATES_IN_FEEDS), reservation_expired_condition())
