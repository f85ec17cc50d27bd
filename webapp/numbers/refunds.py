"""What was given back of the prices of rides, by the day on which staff gave it back.

Read from the answers to disputes. One statement writes an answer and its entry in the ledger, so
both have the same sums.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, Select, and_, cast, func, select

from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.numbers.enums import DayMetric
from webapp.numbers.rollups import MetricKey, SumsByPeriod
from webapp.numbers.sources import period_column
from webapp.regions.models import City
from webapp.rides.disputes.models import Dispute, DisputeMessage
from webapp.rides.models import Ride


class RefundSums(NamedTuple):
    """Refunds of a period."""

    #: The period: 1 for the first one.
    period: int
    form_factor: str
    currency: str
    refunds: int
    #: With tax, minor units.
    amount: int


def read_refunds(city: City, edges: Sequence[datetime]) -> SumsByPeriod:
    """Return what was refunded in each of the days between edges, and how often."""
    sums = SumsByPeriod()
    for row in map(RefundSums._make, db.session.execute(refund_sums_query(city, edges))):
        for metric, dimension, value in (
            (DayMetric.REFUNDS, row.currency, row.amount),
            (DayMetric.REFUND_COUNT, "", row.refunds),
        ):
            sums[row.period - 1, MetricKey(metric, dimension, row.form_factor)] += value
    return sums


def refund_sums_query(
    city: City, starts: Sequence[datetime]
) -> Select[tuple[int, str, str, int, int]]:
    """Return the query of ``RefundSums`` of the periods.

    starts: when they begin, and at last when the last one ends.
    """
    messages, disputes = table(DisputeMessage), table(Dispute)
    rides, vehicles = table(Ride), table(Vehicle)
    key = (
        period_column(messages.c.at, starts).label("period"),
        vehicles.c.form_factor,
        func.coalesce(rides.c.currency, "").label("currency"),
    )
    source = (
        messages.join(
            disputes,
            and_(disputes.c.region == messages.c.region, disputes.c.ride_id == messages.c.ride_id),
        )
        .join(rides, and_(rides.c.region == disputes.c.region, rides.c.id == disputes.c.ride_id))
        .join(
            vehicles,
            and_(vehicles.c.region == rides.c.region, vehicles.c.id == rides.c.vehicle_id),
        )
    )
    return (
        select(*key, func.count(), cast(func.sum(messages.c.refund), BigInteger))
        .select_from(source)
        .where(
            messages.c.region == city.region,
            messages.c.refund > 0,
            messages.c.at >= starts[0],
            messages.c.at < starts[-1],
            disputes.c.city == city.name,
        )
        .group_by(*key)
    )
