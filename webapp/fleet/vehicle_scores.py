"""What riders said of a vehicle, for other riders: too coarse to tell when it was ridden."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from webapp.db.keys import RowKey

#: Ratings below this number say more of a rider than of a vehicle.
MIN_RATINGS = 3
#: Remarks that a page shows.
MAX_REMARKS = 3


class Remark(NamedTuple):
    """What a rider wrote about a ride."""

    ride_key: RowKey
    stars: int
    text: str
    #: The first day of the month in which the ride ended.
    month: date
    #: By staff, who alone see it.
    is_hidden: bool


class VehicleScore(NamedTuple):
    """The ratings and remarks of the last rides."""

    #: Counted up to the last of RIDE_COUNT_STEPS.
    ride_count: int
    #: Stars, in halves; None: too few riders have rated it.
    stars: float | None
    #: Of past months, the newest first.
    remarks: list[Remark]
    #: The same, for staff who may show them again.
    hidden_remarks: list[Remark]


def read_score(values: Mapping[str, Any], now: datetime) -> VehicleScore:
    """Return the score in a value of ``VehicleRideColumns.score``. Any: JSON.

    now: by the clocks of the vehicle's city. What was written in this month is not shown yet.
    """
    stars = None
    if values["rating_count"] >= MIN_RATINGS:
        stars = round(values["rating_sum"] / values["rating_count"] * 2) / 2
    remarks = [_read_remark(remark, now) for remark in values["remarks"] or ()]
    this_month = now.date().replace(day=1)
    past_remarks = [remark for remark in remarks if remark.month < this_month]
    shown = [remark for remark in past_remarks if not remark.is_hidden]
    hidden = [remark for remark in past_remarks if remark.is_hidden]
    return VehicleScore(values["ride_count"], stars, shown[:MAX_REMARKS], hidden)


def _read_remark(values: Sequence[Any], now: datetime) -> Remark:
    ended_at, key, stars, text, is_hidden = values
    ended = datetime.fromisoformat(ended_at).astimezone(now.tzinfo)
    return Remark(RowKey.parse(key), stars, text, ended.date().replace(day=1), is_hidden)
