"""The price of a ride: a pure function of its tariff and its duration.

Segments work as GBFS 3.0 ``per_min_pricing`` says: a segment charges ``rate`` at ``start``,
``start + interval``, ``start + 2 * interval``, ... as long as the ride lasts and before ``end``;
interval 0 charges once; overlapping segments add up. GBFS does not say what a started interval
costs: here it is charged in full, and a ride of no duration costs the unlock fee.
A fare cap works as ``fare_capping`` of GBFS 3.1.
Source: github.com/MobilityData/gbfs, v3.0 and v3.1-RC3, system_pricing_plans.json.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from webapp.fleet.pricing.enums import LineKind

MINUTES_PER_DAY = 24 * 60
#: How far ahead ``forecast_price`` looks, seconds.
FORECAST_S = 4 * 3600
#: The key of ``Line.included_tax`` in ``rides.price_lines``.
INCLUDED_TAX_KEY = "holds"


@dataclass(frozen=True)
class Segment:
    """What riding costs from minute ``start`` until before minute ``end`` (None: no end).

    rate: minor units for each ``interval`` minutes; interval 0: once.
    """

    start: int
    rate: int
    interval: int
    end: int | None = None

    def __post_init__(self) -> None:
        if min(self.start, self.rate, self.interval) < 0:
            raise ValueError("the numbers of a segment can't be negative")
        if self.end is not None and self.end <= self.start:
            raise ValueError("a segment ends after it starts")

    def count_charges(self, seconds: int) -> int:
        """Return how many times the rate is charged for a ride of ``seconds``."""
        if self.end is not None:
            seconds = min(seconds, self.end * 60)
        elapsed = seconds - self.start * 60
        if elapsed <= 0:
            return 0
        return -(-elapsed // (self.interval * 60)) if self.interval else 1


@dataclass(frozen=True)
class Tariff:
    """The terms that the price of a ride follows from; money in minor units of ``currency``."""

    currency: str
    unlock_fee: int = 0
    segments: tuple[Segment, ...] = ()
    #: The most that unlocking and riding cost in each ``fare_cap_min`` of a ride, before tax.
    fare_cap: int | None = None
    #: Minutes.
    fare_cap_min: int = MINUTES_PER_DAY
    #: Millionths; 200,000 is 20 %. Some cities charge 8.875 %.
    tax_ppm: int = 0
    #: Whether all the prices include the tax.
    tax_included: bool = True


@dataclass(frozen=True)
class Line:
    """One line of a receipt; ``amount`` in minor units."""

    kind: LineKind
    amount: int
    #: Of ``MINUTES``: how many charges of ``rate`` for ``interval`` minutes, from minute ``start``.
    units: int = 0
    rate: int = 0
    interval: int = 0
    start: int = 0
    #: Of ``TAX_INCLUDED``: how much of the total is tax.
    included_tax: int = 0


@dataclass(frozen=True)
class Quote:
    """What a ride costs: its total is the sum of its lines."""

    currency: str
    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def tax(self) -> int:
        """How much of the total is tax."""
        added = sum(line.amount for line in self.lines if line.kind == LineKind.TAX)
        return added + sum(line.included_tax for line in self.lines)

    def to_json(self) -> list[dict[str, str | int]]:
        """Return the lines for ``rides.price_lines``, without the fields that are 0."""
        return [_convert_line_to_json(line) for line in self.lines]

    # Any: values of a JSON column.
    @classmethod
    def from_json(cls, currency: str, lines: Iterable[Mapping[str, Any]]) -> "Quote":
        """Return the quote that ``to_json`` wrote."""
        return cls(currency, tuple(_read_line_from_json(**line) for line in lines))


def quote_ride(tariff: Tariff, duration: timedelta, parking_fee: int = 0) -> Quote:
    """Return what a ride of that duration costs.

    parking_fee: for ending the ride where parking is not allowed, minor units.
    The total never falls as the duration grows.
    """
    seconds = max(0, duration // timedelta(seconds=1))
    (above_cap,) = _list_amounts_above_cap(tariff, [seconds])
    return _make_quote(tariff, seconds, above_cap, parking_fee)


def _make_quote(tariff: Tariff, seconds: int, above_cap: int, parking_fee: int = 0) -> Quote:
    lines = [
        Line(LineKind.UNLOCK, tariff.unlock_fee),
        *_make_minutes_lines(tariff, seconds),
        Line(LineKind.CAP, -above_cap),
        Line(LineKind.PARKING, parking_fee),
    ]
    lines.append(_make_tax_line(tariff, sum(line.amount for line in lines)))
    required = (lines[0], *(line for line in lines[1:] if line.amount or line.included_tax))
    return Quote(tariff.currency, required)


def quote_reservation(tariff: Tariff, minutes: int, rate: int) -> Quote:
    """Return what it costs to extend a reservation by ``minutes``, at ``rate`` for each."""
    line = Line(LineKind.RESERVATION, minutes * rate, minutes, rate, 1)
    tax = _make_tax_line(tariff, line.amount)
    return Quote(tariff.currency, (line, tax) if tax.amount or tax.included_tax else (line,))


def forecast_price(tariff: Tariff, elapsed: timedelta) -> list[tuple[int, int]]:
    """Return what a running ride costs now, and each rise of the price within ``FORECAST_S``.

    Pairs of seconds since the start of the ride, and the total from then on in minor units. The
    page of the ride shows the price from it without asking the server.
    """
    now = max(0, int(elapsed.total_seconds()))
    # Prices rise in the first second of a minute.
    moments = [now, *range(-(-now // 60) * 60 + 1, now + FORECAST_S, 60)]
    above_cap = _list_amounts_above_cap(tariff, moments)
    totals = [
        _make_quote(tariff, moment, above).total
        for moment, above in zip(moments, above_cap, strict=True)
    ]
    forecast = zip(moments, totals, [-1, *totals[:-1]], strict=True)
    return [(moment, total) for moment, total, previous in forecast if total != previous]


def find_price_duration(tariff: Tariff, amount: int, longest: timedelta) -> timedelta | None:
    """Return how long a ride lasts when its price reaches ``amount``, in whole seconds; None if no
    ride up to ``longest`` costs so much.

    amount: minor units.
    """
    durations = range(longest // timedelta(seconds=1) + 1)
    seconds = bisect_left(  # a price never falls
        durations, amount, key=lambda each: quote_ride(tariff, timedelta(seconds=each)).total
    )
    return timedelta(seconds=seconds) if seconds < len(durations) else None


def _make_minutes_lines(tariff: Tariff, seconds: int) -> list[Line]:
    charges = [(segment, segment.count_charges(seconds)) for segment in tariff.segments]
    return [
        Line(LineKind.MINUTES, units * s.rate, units, s.rate, s.interval, s.start)
        for s, units in charges
    ]


def _list_amounts_above_cap(tariff: Tariff, durations: Iterable[int]) -> Iterator[int]:
    """Yield by how much the periods of each ride, each by itself, cost more than the cap.

    durations: seconds, ascending; the periods that they share are counted once.
    """
    period_s = tariff.fare_cap_min * 60
    start = above = 0
    for seconds in durations:
        while tariff.fare_cap is not None and start + period_s <= seconds:
            above += _compute_excess_cost(tariff, start, start + period_s)
            start += period_s
        yield above + _compute_excess_cost(tariff, start, seconds)


def _compute_excess_cost(tariff: Tariff, start: int, end: int) -> int:
    """Return by how much a period between two seconds of a ride costs more than the cap."""
    if tariff.fare_cap is None:
        return 0
    charges = ((s.rate, s.count_charges(end) - s.count_charges(start)) for s in tariff.segments)
    cost = sum(rate * units for rate, units in charges)
    return max(0, cost + (tariff.unlock_fee if start == 0 else 0) - tariff.fare_cap)


def _make_tax_line(tariff: Tariff, net: int) -> Line:
    """Return the tax on ``net``, or what of it is tax; half a minor unit is rounded up."""
    if tariff.tax_included:
        denominator = 1_000_000 + tariff.tax_ppm
        tax = (2 * net * tariff.tax_ppm + denominator) // (2 * denominator)
        return Line(LineKind.TAX_INCLUDED, 0, included_tax=tax)
    return Line(LineKind.TAX, (2 * net * tariff.tax_ppm + 1_000_000) // 2_000_000)


def _convert_line_to_json(line: Line) -> dict[str, str | int]:
    fields = asdict(line)
    fields[INCLUDED_TAX_KEY] = fields.pop("included_tax")
    return {name: value for name, value in fields.items() if value or name == "amount"}


def _read_line_from_json(kind: str, **fields: int) -> Line:
    return Line(LineKind(kind), included_tax=fields.pop(INCLUDED_TAX_KEY, 0), **fields)
