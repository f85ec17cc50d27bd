"""Booking what owners earn: part of the statement that ends a ride or refunds its price."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    bindparam,
    func,
    literal,
    select,
)

from webapp.db.inserts import insert
from webapp.db.types import table
from webapp.regions.catalogue import catalogue
from webapp.rides.earnings.enums import OwnerLedgerEntryKind
from webapp.rides.earnings.models import BALANCE_SHARDS, WHOLE_PRICE, OwnerLedgerEntry, OwnerMonth
from webapp.rides.earnings.queries.sums import SUMS, entry_amounts

#: The columns of an entry that its cause decides; the others have a default.
COLUMNS = (
    "region", "id", "city", "owner_id", "kind", "currency", "amount", "net_price", "basis_points",
    "ride_id", "vehicle_id", "month", "note",
)  # fmt: skip
#: Those that are parameters of the statement that ends a ride.
PARAMETERS = ("city", "owner_id", "currency", "amount", "net_price", "basis_points", "month")
# Any: columns of several types.
Row = Mapping[str, ColumnElement[Any]]


def compute_share(net_price: int, basis_points: int) -> int:
    """Return the owner's share of a price without tax, in minor units.

    Rounded to the nearest, halves up, for each ride by itself.
    """
    return (2 * net_price * basis_points + WHOLE_PRICE) // (2 * WHOLE_PRICE)


def compute_share_change(
    net_price: int, refunded_before: int, refunded_after: int, basis_points: int
) -> int:
    """Return how the share of a ride changes with a refund: the share of the price that is left is
    as if the ride had cost that. So several refunds take back no more than one of the same sum."""
    before = compute_share(net_price - refunded_before, basis_points)
    return compute_share(net_price - refunded_after, basis_points) - before


def find_month(moment: datetime, city_name: str) -> date:
    """Return the first day of the month of a moment, by the clocks of a city."""
    city = catalogue().find(city_name)
    zone = city.zone if city else UTC  # a city is there as long as its rides
    return moment.astimezone(zone).date().replace(day=1)


@dataclass(frozen=True)
class Earning:
    """What the owner of a vehicle earns by a ride. net_price: minor units, without tax."""

    owner_id: UUID
    vehicle_id: UUID
    city: str
    currency: str
    net_price: int
    basis_points: int
    month: date

    @property
    def amount(self) -> int:
        """The owner's share, minor units."""
        return compute_share(self.net_price, self.basis_points)


def earning_parameters_cte(parked: CTE) -> CTE:
    """Return the part of the statement that ends a ride which records the earning; it is executed
    with ``bind_earning``.

    parked: the vehicle, with ``ride_id`` and ``owner_id``. If it has just got another owner, nobody
        earns.
    """
    columns = table(OwnerLedgerEntry).c
    parameters = {
        name: bindparam(f"earning_{name}", type_=columns[name].type) for name in PARAMETERS
    }
    row = {
        **parameters,
        "region": parked.c.region,
        "id": parked.c.ride_id,
        "kind": literal(OwnerLedgerEntryKind.RIDE.value),
        "ride_id": parked.c.ride_id,
        "vehicle_id": parked.c.id,
        "note": literal(""),
    }
    source = select(*(row[name] for name in COLUMNS)).select_from(parked)
    source = source.where(parked.c.owner_id == parameters["owner_id"])
    return _write_cte(source, bindparam("earning_shard", type_=BigInteger()))


def bind_earning(earning: Earning) -> dict[str, object]:
    """Return the values of ``earning_parameters_cte``."""
    values = {f"earning_{name}": getattr(earning, name) for name in PARAMETERS}
    return {**values, "earning_shard": find_shard(earning.vehicle_id)}


def find_shard(vehicle_id: UUID) -> int:
    """Return in which shard of a month the entries of a vehicle are summed up."""
    return vehicle_id.int % BALANCE_SHARDS


@dataclass(frozen=True)
class EarningRefund:
    """What a refund takes back of an earning, or of what is left of it. amounts: minor units."""

    earning: OwnerLedgerEntry
    id: UUID
    net_price: int
    amount: int
    month: date


def refund_earning_cte(refund: EarningRefund, after: CTE) -> CTE:
    """Return the part of a statement that records what a refund takes back of an earning.

    after: it is recorded if this part has a row.
    """
    city = catalogue().find(refund.earning.city)
    # It may have moved with its city since it was read.
    regions = {refund.earning.region, city.region if city else refund.earning.region}
    entries, earning = table(OwnerLedgerEntry), table(OwnerLedgerEntry).alias("earning")
    changed = {
        "id": refund.id,
        "kind": OwnerLedgerEntryKind.REFUND.value,
        "amount": refund.amount,
        "net_price": refund.net_price,
        "month": refund.month,
    }
    row = {
        name: literal(changed[name], entries.c[name].type) if name in changed else earning.c[name]
        for name in COLUMNS
    }
    source = (
        select(*row.values())
        .select_from(earning.join(after, literal(True)))
        .where(
            earning.c.region.in_(sorted(regions)),
            earning.c.id == refund.earning.id,
            earning.c.owner_id.is_not(None),
        )
    )
    vehicle_id = refund.earning.vehicle_id
    return _write_cte(source, literal(find_shard(vehicle_id) if vehicle_id else 0))


def _write_cte(source: Select[Any], shard: ColumnElement[int]) -> CTE:
    """Return the part that writes entries from the rows of a query with ``COLUMNS``, each once, and
    adds them to the sums of their month."""
    entries = table(OwnerLedgerEntry)
    inserted = insert(entries).from_select(list(COLUMNS), source).on_conflict_do_nothing()
    written = inserted.returning(*(entries.c[name] for name in COLUMNS)).cte("owner_entry")
    return add_to_month_cte(written, shard)


def add_to_month_cte(written: CTE, shard: ColumnElement[int]) -> CTE:
    """Return the part that adds an entry, which another part has written, to its month."""
    months, entry = table(OwnerMonth), written.c
    key = ("region", "owner_id", "city", "month")
    row = {"id": func.gen_random_uuid(), **{name: entry[name] for name in key}}
    row |= {"part": shard, "currency": entry.currency, **entry_amounts(entry)}
    inserted = insert(months).from_select(list(row), select(*row.values()))
    return (
        inserted.on_conflict_do_update(
            index_elements=[*key, "part"],
            set_={name: months.c[name] + inserted.excluded[name] for name in SUMS},
        )
        .returning(months.c.id)
        .cte("owner_month")
    )
