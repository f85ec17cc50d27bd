"""What people read on the pages of numbers."""

from datetime import datetime, timedelta

from babel.dates import parse_pattern
from babel.numbers import (
    format_compact_currency,
    format_decimal,
    format_percent,
    get_currency_precision,
)

from webapp.fleet.labels import vehicle_state_label
from webapp.measures import format_distance
from webapp.money import format_amount
from webapp.numbers.day_suppression import IN_USE
from webapp.numbers.enums import GIVEN_UP_AFTER_S, Period
from webapp.numbers.figures import AMOUNTS, Figure
from webapp.numbers.ranges import RangeName
from webapp.regions.models import City
from webapp.templating import format_duration, localize_pattern
from webapp.translations import lazy_gettext as _l
from webapp.translations import request_language, request_units

RANGE_LABELS = {
    RangeName.DAY: _l("24 hours"),
    RangeName.WEEK: _l("7 days"),
    RangeName.MONTH: _l("30 days"),
    RangeName.QUARTER: _l("90 days"),
    RangeName.YEAR: _l("12 months"),
}
PERIOD_LABELS = {
    Period.HOUR: _l("Hour"),
    Period.DAY: _l("Day"),
    Period.MONTH: _l("Month"),
}
_UNFINISHED_LABELS = {
    Period.HOUR: _l("The last hour is not over."),
    Period.DAY: _l("The last day is not over."),
    Period.MONTH: _l("The last month is not over."),
}
#: Each with its definition.
FIGURE_LABELS = {
    Figure.RIDES: (_l("Rides"), _l("Rides that ended.")),
    Figure.RIDES_PER_VEHICLE_DAY: (
        _l("Rides per vehicle and day"),
        _l("Rides of a minute or more, for each vehicle on the street, per day."),
    ),
    Figure.REVENUE: (
        _l("Revenue"),
        _l("What the rides that ended cost, with tax. Later refunds are not deducted."),
    ),
    Figure.REFUNDS: (
        _l("Refunds"),
        _l("What staff gave back of the prices of rides, on the day on which they did."),
    ),
    Figure.NET_REVENUE: (_l("Net revenue"), _l("Revenue less refunds.")),
    Figure.MEAN_DURATION_S: (_l("Duration of a ride"), _l("The average, from start to end.")),
    Figure.MEAN_DISTANCE_M: (_l("Distance of a ride"), _l("The average.")),
    Figure.AVAILABLE_SHARE: (
        _l("Available"),
        _l("Of the time that vehicles were on the street, how much they could be rented."),
    ),
    Figure.IN_USE_SHARE: (
        _l("In use"),
        _l("Of the time that vehicles were on the street, how much they were ridden or reserved."),
    ),
    Figure.OUT_OF_SERVICE_SHARE: (
        _l("Out of service"),
        _l("Of the time that vehicles were on the street, how much nobody could rent them."),
    ),
    Figure.MEDIAN_IDLE_S: (
        _l("Time between rides"),
        _l("How long a vehicle usually stands between two rides (median)."),
    ),
    Figure.RESERVATIONS_RIDDEN: (
        _l("Reservations that became rides"),
        _l("Of the reservations, how many of their vehicles were then ridden."),
    ),
    Figure.GIVEN_UP_SHARE: (
        _l("Rides under a minute"),
        _l("Rides that ended within %(n)d seconds.", n=GIVEN_UP_AFTER_S),
    ),
}
_PATTERNS = {Period.HOUR: "HH:mm", Period.DAY: "d MMM", Period.MONTH: "MMM"}
_LONG_PATTERNS = {Period.HOUR: "d MMM, HH:mm", Period.DAY: "EEE d MMM y", Period.MONTH: "MMMM y"}
_SHARES = frozenset(
    {
        Figure.AVAILABLE_SHARE,
        Figure.IN_USE_SHARE,
        Figure.OUT_OF_SERVICE_SHARE,
        Figure.RESERVATIONS_RIDDEN,
        Figure.GIVEN_UP_SHARE,
    }
)


def period_label(period: Period) -> str:
    """Return ``Day``."""
    return str(PERIOD_LABELS[period])


def street_state_label(state: str) -> str:
    """Return ``In use`` for what is shown to those who may not see persons, or the label of the
    state."""
    return (
        str(FIGURE_LABELS[Figure.IN_USE_SHARE][0])
        if state == IN_USE
        else vehicle_state_label(state)
    )


def unfinished_label(period: Period) -> str:
    """Return ``The last day is not over.``"""
    return str(_UNFINISHED_LABELS[period])


def format_period(start: datetime, city: City, period: Period, *, is_short: bool = False) -> str:
    """Return when a period began, by the clock of the city: ``3 Mar``, ``Tue 3 Mar 2026``."""
    pattern = (_PATTERNS if is_short else _LONG_PATTERNS)[period]
    locale = request_language().locale
    pattern = localize_pattern(pattern, locale, request_units())
    return parse_pattern(pattern).apply(start.astimezone(city.zone), locale)


def format_figure(value: float | None, figure: Figure, city: City) -> str:
    """Return the value of a figure as people read it; ``–``: there is none."""
    if value is None:
        return "–"
    if figure in _SHARES:
        return format_share(value)
    if figure in AMOUNTS:
        return format_amount(round(value), city.currency)
    if figure is Figure.MEAN_DISTANCE_M:
        return format_distance(round(value))
    if figure in (Figure.MEAN_DURATION_S, Figure.MEDIAN_IDLE_S):
        return format_seconds(value)
    pattern = "#,##0" if figure is Figure.RIDES else "#,##0.00"
    return str(format_decimal(value, pattern, locale=request_language().locale))


def format_seconds(seconds: float | None) -> str:
    """Return ``4 min``; ``–``: there is no duration."""
    return "–" if seconds is None else format_duration(timedelta(seconds=round(seconds)))


def format_short_amount(amount: float, currency: str) -> str:
    """Return an amount of minor units, rounded: ``$1.5K``."""
    whole = amount / 10 ** get_currency_precision(currency)
    locale = request_language().locale
    return str(format_compact_currency(whole, currency, locale=locale, fraction_digits=1))


def format_share(share: float) -> str:
    """Return ``12%``."""
    return str(format_percent(share, locale=request_language().locale))
