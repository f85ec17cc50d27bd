"""The notifications of the riders and owners of the demo, some of them unread."""

from datetime import UTC, datetime, timedelta
from uuid import uuid5

from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.fleet.models import Vehicle
from webapp.fleet.notification_kinds import SAVED_VEHICLE_FREE, make_vehicle_facts
from webapp.notification_kinds import Facts
from webapp.ops.demo.revenue_shares import BASIS_POINTS
from webapp.ops.demo.rides import PastRide
from webapp.ops.demo.vehicles import VehicleRow
from webapp.ops.demo.wallet import CREDIT_AMOUNT
from webapp.rides.earnings.notification_kinds import SHARE_SET
from webapp.rides.following.notification_kinds import FOLLOWED_PLACE
from webapp.rides.notification_kinds import RECEIPT_WRITTEN
from webapp.web.urls import find_local_path, public_url

#: The columns of a row.
Row = dict[str, object]


def notification_rows(
    rider: User, owner: User, rides: list[PastRide], vehicle: VehicleRow, place: Row
) -> list[Row]:
    """Return notifications of the rider and the owner.

    rides: the newest of the rider, two or more. vehicle: one that is free. place: one that the
    rider follows.
    """
    now = datetime.now(UTC)
    last, earlier = rides[:2]
    return [
        _receipt_row(rider, last),
        _followed_place_row(rider, place, now - timedelta(hours=1)),
        _free_vehicle_row(rider, vehicle, now - timedelta(hours=3)),
        _credit_row(rider, last.row["currency"], now - timedelta(hours=26)),
        {**_receipt_row(rider, earlier), "read_at": now},
        _share_row(owner, last.row["city"], now - timedelta(days=1)),
    ]


def _receipt_row(rider: User, ride: PastRide) -> Row:
    facts = {"city": ride.row["city"]}
    return _make_row(rider, RECEIPT_WRITTEN.name, ride.ended_at, _ride_path(ride), facts)


def _followed_place_row(rider: User, place: Row, created_at: datetime) -> Row:
    position = {"city_name": place["city"], "lat": place["lat"], "lon": place["lon"]}
    path = find_local_path(public_url("fleet.search.city", **position))
    return _make_row(rider, FOLLOWED_PLACE.name, created_at, path, {"place": place["label"]})


def _free_vehicle_row(rider: User, vehicle: VehicleRow, created_at: datetime) -> Row:
    path = find_local_path(public_url("fleet.favourites.index"))
    facts = make_vehicle_facts(Vehicle(**vehicle))
    return _make_row(rider, SAVED_VEHICLE_FREE.name, created_at, path, facts)


def _credit_row(rider: User, currency: object, created_at: datetime) -> Row:
    path = find_local_path(public_url("riders.wallet.overview.index"))
    facts = {"amount_minor": CREDIT_AMOUNT, "currency": currency}
    return _make_row(rider, "credit_given", created_at, path, facts)


def _share_row(owner: User, city_name: object, created_at: datetime) -> Row:
    path = find_local_path(public_url("rides.earnings.index"))
    facts = {"city": city_name, "basis_points": BASIS_POINTS}
    return _make_row(owner, SHARE_SET.name, created_at, path, facts)


def _ride_path(ride: PastRide) -> str:
    key = RowKey(str(ride.row["region"]), ride.id)
    return find_local_path(public_url("rides.ride.show", ride_key=key))


def _make_row(
    user: User,
    kind: str,
    created_at: datetime,
    path: str,
    facts: Facts,
) -> Row:
    return {
        "region": user.region,
        "id": uuid5(user.id, f"the demo's notification {kind} {path}"),
        "user_id": user.id,
        "kind": kind,
        "path": path,
        "facts": dict(facts),
        "created_at": created_at,
        "read_at": None,
    }
