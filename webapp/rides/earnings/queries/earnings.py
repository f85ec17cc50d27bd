"""What an owner has earned: by city and month, and by vehicle. Each page is one statement."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select

from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.regions.data_regions import list_data_regions
from webapp.regions.models import City
from webapp.rides.earnings.models import OwnerLedgerEntry, OwnerMonth, RevenueShare
from webapp.rides.earnings.queries.shares import share_query
from webapp.rides.earnings.queries.sums import entry_amounts, owner_conditions, sum_columns
from webapp.rides.history import subtract_months

#: How many months a chart shows, with the one that is not over.
MONTHS = 12
#: Vehicles that one statement of a file reads.
BATCH = 500


class MonthEarnings(NamedTuple):
    """The sums of a month; amounts in minor units."""

    month: date
    currency: str
    rides: int = 0
    net_price: int = 0
    earned: int = 0
    paid: int = 0


@dataclass(frozen=True)
class CityEarnings:
    """What an owner has earned in a city."""

    city: str
    #: The share that holds now.
    basis_points: int
    #: The newest first.
    months: list[MonthEarnings]

    @property
    def balance(self) -> int:
        """What was earned and not paid out yet, minor units; negative: refunds took back more."""
        return sum(each.earned - each.paid for each in self.months)


class VehicleEarnings(NamedTuple):
    """What a vehicle has earned in a month; amounts in minor units."""

    #: None: its row is gone.
    vehicle: Vehicle | None
    vehicle_id: UUID
    rides: int
    net_price: int
    earned: int


def read_city_earnings(owner_key: RowKey) -> list[CityEarnings]:
    """Return what an owner has earned in each city with a share."""
    rows = db.session.execute(city_earnings_query(owner_key)).all()
    return [
        CityEarnings(
            city, basis_points, [MonthEarnings(*row[2:]) for row in group if row.month is not None]
        )
        for (city, basis_points), group in groupby(rows, lambda row: (row[0], row[1]))
    ]


def city_earnings_query(owner_key: RowKey) -> Select[Any]:  # Any: of several types
    """Return the query for cities with their share, and the months of each."""
    shares, months = table(RevenueShare).c, table(OwnerMonth).c
    share_cities = (
        # While the city moves its shares are in two regions, in both all of them.
        select(func.max(shares.region).label("region"), shares.city)
        .where(key_condition(table(RevenueShare), owner_key, "owner_region", "owner_id"))
        .group_by(shares.city)
        .subquery("share_city")
    )
    sums = (
        select(months.city, months.month, months.currency, *sum_columns(months))
        .where(months.region.in_(list_data_regions()), months.owner_id == owner_key.id)
        .group_by(months.city, months.month, months.currency)
        .subquery("month")
    )
    share = share_query(share_cities.c.region, share_cities.c.city, owner_key.id, func.now())
    columns = (sums.c[name] for name in MonthEarnings._fields)
    return (
        select(share_cities.c.city, func.coalesce(share, 0), *columns)
        .select_from(share_cities.outerjoin(sums, sums.c.city == share_cities.c.city))
        .order_by(share_cities.c.city, sums.c.month.desc())
    )


def list_last_months(
    months: Sequence[MonthEarnings], today: date, currency: str
) -> list[MonthEarnings]:
    """Return the last ``MONTHS``, the oldest first; those without rides too."""
    by_month = {each.month: each for each in months}
    days = [subtract_months(today, ago) for ago in reversed(range(MONTHS))]
    return [by_month.get(day, MonthEarnings(day, currency)) for day in days]


def list_vehicle_earnings(
    owner_key: RowKey, city: City, month: date, after: Cursor | None, size: int | None = None
) -> Page[VehicleEarnings]:
    """Return one page of the vehicles that have earned something in a month, by their ids."""
    size = size or page_size()
    query = vehicle_earnings_query(owner_key.id, city, month, after, size + 1)
    rows = [VehicleEarnings(*row) for row in db.session.execute(query)]
    return make_page(rows, lambda row: (row.vehicle_id,), size)


def iterate_vehicle_earnings(
    owner_key: RowKey, city: City, month: date
) -> Iterator[VehicleEarnings]:
    """Yield all of them; one statement for each ``BATCH``."""
    after: Cursor | None = None
    while True:
        page = list_vehicle_earnings(owner_key, city, month, after, BATCH)
        yield from page.rows
        if not page.after:
            return
        after = (page.rows[-1].vehicle_id,)


def vehicle_earnings_query(
    owner_id: UUID, city: City, month: date, after: Cursor | None, limit: int
) -> Select[Any]:  # Any: of several types
    """Return the query of the fields of VehicleEarnings."""
    entries = table(OwnerLedgerEntry).c
    conditions = [
        *owner_conditions(entries, city, owner_id),
        entries.month == month,
        entries.vehicle_id.is_not(None),
    ]
    if after:
        conditions.append(entries.vehicle_id > after[0])
    sums = (
        select(entries.vehicle_id, *_entry_sum_columns())
        .where(*conditions)
        .group_by(entries.vehicle_id)
        .order_by(entries.vehicle_id.nulls_last())
        .limit(limit)
        .subquery("vehicle_sums")
    )
    is_vehicle = and_(Vehicle.region == city.region, Vehicle.id == sums.c.vehicle_id)
    return (
        select(Vehicle, *sums.c)
        .select_from(sums)
        .outerjoin(Vehicle, is_vehicle)
        .order_by(sums.c.vehicle_id.nulls_last())
    )


def _entry_sum_columns() -> Iterator[ColumnElement[int]]:
    amounts = entry_amounts(table(OwnerLedgerEntry).c)
    return sum_columns(amounts, ("rides", "net_price", "earned"))


def read_vehicle_months(
    owner_key: RowKey, vehicle_key: RowKey
) -> tuple[Vehicle, list[MonthEarnings]]:
    """Return an owner's vehicle, and what the owner has earned with it in the last ``MONTHS`` or a
    little longer.

    Raises NotFound, also for another's.
    """
    today = datetime.now(UTC).date()
    rows = db.session.execute(vehicle_months_query(owner_key, vehicle_key, today)).all()
    if not rows:
        raise NotFound
    return rows[0][0], [MonthEarnings(*row[1:]) for row in rows if row.month is not None]


def vehicle_months_query(
    owner_key: RowKey, vehicle_key: RowKey, today: date
) -> Select[Any]:  # Any: of several types
    """Return the query for a vehicle with its months; with one row without a month if it has
    none."""
    entries = table(OwnerLedgerEntry).c
    # One more on both sides: the vehicle's city may have another month than UTC.
    months = [subtract_months(today, ago) for ago in range(-1, MONTHS + 1)]
    sums = (
        select(entries.month, entries.currency, *_entry_sum_columns())
        .where(
            entries.region == Vehicle.region,
            entries.owner_id == owner_key.id,
            entries.city == Vehicle.city,
            entries.month.in_(months),
            entries.vehicle_id == Vehicle.id,
        )
        .group_by(entries.month, entries.currency)
        .lateral("month")
    )
    return (
        select(Vehicle, *sums.c)
        .outerjoin(sums, sums.c.month.is_not(None))
        .where(
            key_condition(Vehicle, vehicle_key),
            key_condition(Vehicle, owner_key, "owner_region", "owner_id"),
        )
        .order_by(sums.c.month)
    )
