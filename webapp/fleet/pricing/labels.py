"""Prices as people read them: plans before a ride, receipts after it."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from flask import current_app
from flask_babel import format_percent

from webapp.fleet.labels import FORM_FACTOR_LABELS, type_label
from webapp.fleet.pricing.cache import find_plan_id, plan_cache
from webapp.fleet.pricing.enums import LineKind
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.quotes import MINUTES_PER_DAY, Line, Quote, Tariff, quote_ride
from webapp.fleet.vehicle_columns import VehicleColumns
from webapp.money import format_amount
from webapp.translations import Language, current_language, find_label, label_in_language, pgettext
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.translations.collation import sort_key

#: The durations of a ride whose price is shown beforehand, minutes.
ESTIMATE_MINUTES = (10, 30, 60)

#: The lines of a receipt whose label depends on nothing else.
LINE_LABELS = {
    LineKind.UNLOCK: _l("Unlocking"),
    LineKind.CAP: _l("Above the fare cap"),
    LineKind.PARKING: _l("Parked where it is not allowed"),
    LineKind.TAX: _l("Tax"),
}


def plan_type_label(form_factor: str, propulsion_type: str) -> str:
    """Return for which vehicles a plan is: ``E-bike``, ``Bikes``, ``All other vehicles``."""
    if not form_factor:
        return str(_("All other vehicles"))
    if not propulsion_type:
        return find_label(FORM_FACTOR_LABELS, form_factor)
    return type_label(form_factor, propulsion_type)


def plan_name(form_factor: str, propulsion_type: str) -> str:
    """Return what a new plan is called until somebody names it: riders read it on receipts, and do
    not know which other plans there are."""
    if not form_factor:
        return str(_("Standard price"))
    return plan_type_label(form_factor, propulsion_type)


# --- plans -------------------------------------------------------------------------------------


def plan_label(plan: PricingPlan) -> str:
    """Return the name of a plan in the language of the reader."""
    return label_in_language(plan.labels, plan.name)


def format_price(plan: PricingPlan | None) -> str:
    """Return a plan in one line: ``$1.00 to unlock, $0.25 a minute, plus tax``; or ``Free``."""
    if plan is None:
        return str(_("Free"))
    return _format_tariff(plan.tariff, current_language())


@lru_cache(maxsize=1_000)
def _format_tariff(tariff: Tariff, _language: Language) -> str:
    parts = list(_format_segments(tariff))
    if tariff.unlock_fee:
        fee = format_amount(tariff.unlock_fee, tariff.currency)
        parts.insert(0, _("%(price)s to unlock", price=fee))
    if parts and tariff.tax_ppm and not tariff.tax_included:
        parts.append(_("plus tax"))
    return ", ".join(parts) or str(_("Free"))


class ListedPrice(NamedTuple):
    """The price of some types of vehicles in a list."""

    #: Empty: riding is free.
    plan_id: str
    #: ``Bike, E-bike``.
    types: str
    price: str


class PricedType(NamedTuple):
    """A type of vehicles in a city, and the plan of its price."""

    city: str
    form_factor: str
    propulsion_type: str
    #: Empty: riding is free.
    plan_id: str


def find_priced_types(vehicles: Iterable[VehicleColumns]) -> frozenset[PricedType]:
    """Return the types of vehicles, with their plans."""
    types = {(vehicle.city, vehicle.form_factor, vehicle.propulsion_type) for vehicle in vehicles}
    return frozenset([PricedType(*each, find_plan_id(*each)) for each in types])


def list_prices(priced_types: Iterable[PricedType]) -> list[ListedPrice]:
    """Return the prices of types of vehicles, each once, by the labels of the types."""
    types: dict[str, set[str]] = {}
    prices: dict[str, str] = {}
    for city, form_factor, propulsion_type, plan_id in priced_types:
        prices[plan_id] = format_price(plan_cache().find(city, form_factor, propulsion_type))
        types.setdefault(plan_id, set()).add(type_label(form_factor, propulsion_type))
    listed = [
        ListedPrice(id_, ", ".join(sorted(types[id_], key=sort_key)), prices[id_]) for id_ in prices
    ]
    return sorted(listed, key=lambda price: sort_key(price.types))


def describe_plan(plan: PricingPlan) -> Iterator[tuple[str, str]]:
    """Yield everything in a plan, as pairs of a heading and a text."""
    tariff, currency = plan.tariff, plan.currency
    yield _("Unlocking"), format_amount(plan.unlock_fee, currency)
    yield pgettext("price", "Riding"), "; ".join(_format_segments(tariff)) or _("Free")
    if any(segment.interval for segment in tariff.segments):
        yield _("Rounding"), _("Started intervals are charged in full.")
    if plan.fare_cap is not None:
        cap, period = format_amount(plan.fare_cap, currency), _format_minutes(plan.fare_cap_min)
        yield _("At most"), _("%(cap)s in each %(period)s of a ride", cap=cap, period=period)
    longest = _format_minutes(current_app.config["RIDE_MAX_S"] // 60)
    yield _("Longest ride"), _("%(longest)s; after that the price stops rising", longest=longest)
    yield _("Reserving"), _format_reservation(plan)
    yield _("Parking elsewhere"), _format_parking_fee(plan)
    if plan.tax_ppm:
        yield _("Tax"), _format_tax(tariff)


def estimate_prices(plan: PricingPlan, with_day: bool = False) -> list[tuple[str, int]]:
    """Return what rides cost in all, with tax, as pairs of their duration and minor units."""
    minutes = (*ESTIMATE_MINUTES, MINUTES_PER_DAY) if with_day else ESTIMATE_MINUTES
    return [
        (_format_minutes(n), quote_ride(plan.tariff, timedelta(minutes=n)).total) for n in minutes
    ]


def _format_minutes(minutes: int) -> str:
    if minutes > 60 and minutes % 60 == 0:
        return str(_("%(n)d h", n=minutes // 60))
    return str(_("%(n)d min", n=minutes))


def _format_segments(tariff: Tariff) -> Iterator[str]:
    for segment in tariff.segments:
        if segment.rate:
            price = _format_rate(format_amount(segment.rate, tariff.currency), segment.interval)
            yield _add_limits(price, segment.start, segment.end if segment.interval else None)


def _format_rate(price: str, interval: int) -> str:
    if interval == 0:
        return str(_("%(price)s once", price=price))
    if interval == 1:
        return str(_("%(price)s a minute", price=price))
    if interval == 60:
        return str(_("%(price)s an hour", price=price))
    return str(_("%(price)s each %(n)d min", price=price, n=interval))


def _format_started_rate(price: str, interval: int) -> str:
    """Return a rate as receipts name it, whose number of units is rounded up."""
    if interval == 1:
        return str(_("%(price)s a started minute", price=price))
    if interval == 60:
        return str(_("%(price)s a started hour", price=price))
    return str(_("%(price)s each started %(n)d min", price=price, n=interval))


def _add_limits(price: str, start: int, end: int | None) -> str:
    if start and end:
        return str(_("%(price)s from %(start)d to %(end)d min", price=price, start=start, end=end))
    if start:
        return str(_("%(price)s after %(start)d min", price=price, start=start))
    if end:
        return str(_("%(price)s for the first %(end)d min", price=price, end=end))
    return price


def _format_reservation(plan: PricingPlan) -> str:
    if not plan.reserve_min:
        return str(_("Not possible"))
    free = _("Free for %(n)d min", n=plan.reserve_min)
    if plan.reserve_max_min == plan.reserve_min:
        return str(free)
    price = _format_rate(format_amount(plan.reservation_rate, plan.currency), 1)
    extension = _("then %(price)s, up to %(n)d min in all", price=price, n=plan.reserve_max_min)
    return f"{free}, {extension}"


def _format_parking_fee(plan: PricingPlan) -> str:
    if plan.parking_fee is None:
        return str(_("Rides can only end where parking is allowed."))
    fee = format_amount(plan.parking_fee, plan.currency)
    return str(
        _(
            "%(fee)s for ending a ride where parking is not allowed, if the zone has no own fee",
            fee=fee,
        )
    )


def _format_tax(tariff: Tariff) -> str:
    percent = format_percent(Decimal(tariff.tax_ppm) / 1_000_000, "#,##0.####%")
    if tariff.tax_included:
        return str(_("%(percent)s, included in all prices", percent=percent))
    return str(_("%(percent)s, added to all prices", percent=percent))


# --- receipts ----------------------------------------------------------------------------------


def describe_receipt(quote: Quote) -> list[tuple[str, int]]:
    """Return the lines of a receipt that have an amount: label and minor units."""
    lines = (line for line in quote.lines if line.kind != LineKind.TAX_INCLUDED)
    return [(_line_label(line, quote.currency), line.amount) for line in lines]


def _line_label(line: Line, currency: str) -> str:
    if line.kind == LineKind.MINUTES:
        price = format_amount(line.rate, currency)
        if line.interval == 0:
            return _add_limits(_format_rate(price, 0), line.start, None)
        rate = _add_limits(_format_started_rate(price, line.interval), line.start, None)
        return f"{line.units} × {rate}"
    if line.kind == LineKind.RESERVATION:
        return str(_("Reservation extended by %(n)d min", n=line.units))
    return str(LINE_LABELS[line.kind])
