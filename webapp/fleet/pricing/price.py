"""The price of a ride: a pure function of its tariff and its length.

Segments work as GBFS 3.0 ``per_min_pricing`` says: a segment charges ``rate`` at ``start``,
``start + interval``, ``start + 2 * interval``, ... as long as the ride lasts and before ``end``;
interval 0 charges once; overlapping segments add up. GBFS does not say what a started unit costs:
here it is charged in full, and a ride of no time costs the unlock fee.
Source: github.com/MobilityData/gbfs, v3.0, system_pricing_plans.json.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

DAY_S = 24 * 3600


@dataclass(frozen=True)
class Segment:
    """What riding costs from minute ``start`` until before minute ``end`` (None: for ever).

    rate: minor units for each ``interval`` minutes; interval 0: once.
    """

    start: int
    rate: int
    interval: int
    end: int | None = None

    def __post_init__(self) -> None:
        if min(self.start, self.rate, self.interval) < 0:
            raise ValueError("a segment has no numbers below nought")
        if self.end is not None and self.end <= self.start:
            raise ValueError("a segment ends after it starts")

    def charges(self, seconds: int) -> int:
        """Return how often it has charged before that moment of a ride."""
        if self.end is not None:
            seconds = min(seconds, self.end * 60)
        passed = seconds - self.start * 60
        if passed <= 0:
            return 0
        return -(-passed // (self.interval * 60)) if self.interval else 1


@dataclass(frozen=True)
class Tariff:
    """What the price of a ride follows from; money in minor units of ``currency``."""

    currency: str
    unlock_fee: int = 0
    segments: tuple[Segment, ...] = ()
    #: The most that unlocking and riding cost in each 24 hours of a ride, before tax.
    daily_cap: int | None = None
    #: Millionths; 200,000 is 20 %. Some cities charge 8.875 %.
    tax_ppm: int = 0
    #: Whether all the prices hold the tax already.
    tax_included: bool = True


@dataclass(frozen=True)
class Line:
    """One line of a receipt; ``amount`` in minor units."""

    #: ``unlock``, ``minutes``, ``cap``, ``parking``, ``hold``, ``tax`` or ``tax_included``.
    kind: str
    amount: int
    #: Of ``minutes``: how many charges of ``rate`` for ``interval`` minutes, from minute ``start``.
    units: int = 0
    rate: int = 0
    interval: int = 0
    start: int = 0
    #: Of ``tax_included``: what of the total is tax. Its amount is nought.
    holds: int = 0


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
        return sum(line.amount + line.holds for line in self.lines if line.kind.startswith("tax"))

    def as_json(self) -> list[dict[str, Any]]:
        """Return the lines as a receipt keeps them; ``quote_from`` reads them again."""
        lines = [asdict(line) for line in self.lines]
        return [{k: v for k, v in line.items() if v or k == "amount"} for line in lines]


def quote_from(currency: str, lines: list[dict[str, Any]]) -> Quote:
    """Return the quote that ``as_json`` wrote."""
    return Quote(currency, tuple(Line(**line) for line in lines))


def quote(tariff: Tariff, length: timedelta, parking_fee: int = 0) -> Quote:
    """Return what a ride of that length costs so far.

    parking_fee: for leaving the vehicle where it should not stand.
    The total never falls as the ride goes on.
    """
    seconds = max(0, length // timedelta(seconds=1))
    lines = [
        Line("unlock", tariff.unlock_fee),
        *_minutes(tariff, seconds),
        Line("cap", -_above_cap(tariff, seconds)),
        Line("parking", parking_fee),
    ]
    net = sum(line.amount for line in lines)
    lines.append(_tax(tariff, net))
    kept = tuple(line for line in lines if line.amount or line.holds or line.kind == "unlock")
    return Quote(tariff.currency, kept)


#: For how long the price of a running ride is told in advance, seconds.
FORESIGHT_S = 4 * 3600


def steps(tariff: Tariff, lasts: timedelta) -> list[tuple[int, int]]:
    """Return when the price of a ride that runs already will rise within the next hours, and to
    what: pairs of seconds since its start and the total, in minor units. The page shows it then
    without asking anybody."""
    now = max(0, int(lasts.total_seconds()))
    # Prices rise when a minute has begun.
    moments = [now, *range(now // 60 * 60 + 61, now + FORESIGHT_S, 60)]
    totals = [quote(tariff, timedelta(seconds=moment)).total for moment in moments]
    rises = zip(moments, totals, [-1, *totals[:-1]], strict=True)
    return [(moment, total) for moment, total, before in rises if total != before]


def hold_quote(tariff: Tariff, minutes: int, rate: int) -> Quote:
    """Return what it costs to hold a vehicle for so many minutes more, at ``rate`` for each."""
    held = Line("hold", minutes * rate, minutes, rate, 1)
    tax = _tax(tariff, held.amount)
    return Quote(tariff.currency, (held, tax) if tax.amount or tax.holds else (held,))


def _minutes(tariff: Tariff, seconds: int) -> list[Line]:
    charged = [(segment, segment.charges(seconds)) for segment in tariff.segments]
    return [
        Line("minutes", units * s.rate, units, s.rate, s.interval, s.start) for s, units in charged
    ]


def _above_cap(tariff: Tariff, seconds: int) -> int:
    """Return by how much the days of the ride, each by itself, cost more than the cap."""
    if tariff.daily_cap is None:
        return 0
    above = 0
    for begin in range(0, seconds + 1, DAY_S):
        until = min(seconds, begin + DAY_S)
        cost = sum(s.rate * (s.charges(until) - s.charges(begin)) for s in tariff.segments)
        cost += tariff.unlock_fee if begin == 0 else 0
        above += max(0, cost - tariff.daily_cap)
    return above


def _tax(tariff: Tariff, net: int) -> Line:
    """Half a minor unit is rounded up."""
    if tariff.tax_included:
        of = 1_000_000 + tariff.tax_ppm
        return Line("tax_included", 0, holds=(2 * net * tariff.tax_ppm + of) // (2 * of))
    return Line("tax", (2 * net * tariff.tax_ppm + 1_000_000) // 2_000_000)
