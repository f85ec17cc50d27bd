"""Writing the vehicles of a feed, many at a time, without disturbing those in use."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.audit.enums import AuditKind
from webapp.audit.writing import audit_event_statement
from webapp.db import types
from webapp.db.transactions import run_transaction
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.gbfs import Feed, FeedVehicle
from webapp.fleet.models import Vehicle, idle_condition, reservation_lapsed_condition
from webapp.fleet.reports.services import critical_report_condition
from webapp.fleet.services.add import retry_code_collisions
from webapp.fleet.services.places import MAX_CITY_DISTANCE_M
from webapp.regions.geography import distance_m
from webapp.regions.models import City

#: Vehicles in one statement, which is one round trip.
BATCH = 500
#: By these a vehicle is known again when the feed is read the next time.
IDENTITY = ("region", "city", "feed_system", "feed_vehicle")


@dataclass(frozen=True)
class Tally:
    """What became of the vehicles. Left alone: on a trip, reserved or removed here."""

    new: int = 0
    updated: int = 0
    left_alone: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


def without_strays(city: City, feed: Feed) -> Feed:
    """Return the feed with single vehicles that are reported far from the city among the skipped.

    If all of them are far, it may be the wrong city or a centre that is not well placed: that is
    for the operator to say (``is_far_away``).
    """
    strays = [v for v in feed.vehicles if distance_m(city.centre, v.point) > MAX_CITY_DISTANCE_M]
    if not strays or len(strays) == len(feed.vehicles):
        return feed
    reason = f"stands more than {MAX_CITY_DISTANCE_M // 1000} km from {city.label}"
    skipped = {**feed.skipped, reason: [vehicle.id for vehicle in strays]}
    here = [vehicle for vehicle in feed.vehicles if vehicle not in strays]
    return replace(feed, vehicles=here, skipped=skipped)


def is_far_away(city: City, feed: Feed) -> bool:
    """Tell whether the feed's vehicles stand so far from the city that it may be the wrong one."""
    return any(distance_m(city.centre, v.point) > MAX_CITY_DISTANCE_M for v in feed.vehicles)


def mark_missing(city: City, feed: Feed) -> int:
    """Call the vehicles missing that the feed does not name any more; return how many.

    Feeds give a vehicle a new id after each ride, so that nobody can be followed: without this a
    fleet would double with each import. One that is named again is there again.
    """
    of_feed = (
        Vehicle.region == city.region,
        Vehicle.city == city.name,
        Vehicle.feed_system == feed.system,
        or_(
            Vehicle.state.in_((VehicleState.AVAILABLE, VehicleState.NON_OPERATIONAL)),
            reservation_lapsed_condition(),
        ),
    )
    named = {v.id for v in feed.vehicles}.union(*feed.skipped.values())
    rows = db.session.execute(select(Vehicle.id, Vehicle.feed_vehicle).where(*of_feed))
    gone = sorted(id_ for id_, name in rows if name not in named)
    for start in range(0, len(gone), BATCH):
        _mark_missing(of_feed, gone[start : start + BATCH])
    return len(gone)


def _mark_missing(of_feed: tuple[Any, ...], ids: list[UUID]) -> None:
    statement = (
        update(Vehicle)
        .where(*of_feed, Vehicle.id.in_(ids))
        .values(state=VehicleState.MISSING.value)
        .execution_options(synchronize_session=False)
    )
    run_transaction(lambda session: session.execute(statement), idempotent=True, one_statement=True)


def write_down(city: City, system: str, tally: Tally) -> None:
    """Tell in the trail that a feed was taken in."""
    audit_event = audit_event_statement(
        AuditKind.FLEET_IMPORTED,
        subject=f"city {city.name}",
        system=system[:100],
        new=tally.new,
        updated=tally.updated,
    )
    run_transaction(lambda session: session.execute(audit_event), one_statement=True)


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

    written = retry_code_collisions(
        lambda: run_transaction(work, idempotent=True, one_statement=True)
    )
    # A row that was there keeps its own id; one that is not returned did not meet the condition.
    return Tally(len(written & proposed), len(written - proposed), len(rows) - len(written))


def upsert(rows: list[dict[str, Any]]) -> Any:
    """Return the statement that inserts the rows or, at rest, updates what their feed tells."""
    table = types.table(Vehicle)
    statement = insert(table).values(rows)
    told = [name for name in rows[0] if name not in ("id", *IDENTITY)]
    # No address in words comes with a feed, and the old one need not be true of the new place.
    changes: dict[str, Any] = {name: statement.excluded[name] for name in told}
    changes |= {"address": None, "reserved_until": None}
    # What a rider has found broken stays out of service until somebody here has looked.
    broken = critical_report_condition(table.c.region, table.c.id)
    out = VehicleState.NON_OPERATIONAL.value
    changes["state"] = case((broken, out), else_=statement.excluded.state)
    # Maps ask for what has changed: a feed that tells the same again is no news to them.
    is_news = or_(*(table.c[name].is_distinct_from(value) for name, value in changes.items()))
    changes["changed_at"] = case((is_news, func.now()), else_=table.c.changed_at)
    return statement.on_conflict_do_update(
        index_elements=IDENTITY, set_=changes, where=idle_condition()
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
