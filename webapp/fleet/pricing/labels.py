"""Prices as people read them: plans before a ride, receipts after it."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal

from flask_babel import format_percent
from flask_babel import gettext as _

from webapp.fleet.enums import FormFactor
from webapp.fleet.labels import FORM_FACTOR_LABELS, type_label
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.plans import plans
from webapp.fleet.pricing.price import Line, Quote, Tariff, quote
from webapp.money import shown

#: The lengths of a ride whose price is shown beforehand, minutes.
EXAMPLES = (10, 30, 60)


def plan_of(vehicle: Vehicle) -> PricingPlan | None:
    """Return the plan with which a ride on the vehicle would begin; None: it is free."""
    return plans().plan_for(vehicle)


def plan_type(form_factor: str, propulsion_type: str) -> str:
    """Return for which vehicles a plan is: ``E-bike``, ``Bikes``, ``All other vehicles``."""
    if not form_factor:
        return str(_("All other vehicles"))
    if not propulsion_type:
        return str(FORM_FACTOR_LABELS[FormFactor(form_factor)])
    return type_label(form_factor, propulsion_type)


# --- before a ride -----------------------------------------------------------------------------


def price_words(plan: PricingPlan | None) -> str:
    """Return a plan in one line: ``$1.00 to unlock, $0.25 a minute, plus tax``; or ``Free``."""
    if plan is None:
        return str(_("Free"))
    tariff = plan.tariff
    words = [_("%(price)s to unlock", price=shown(tariff.unlock_fee, tariff.currency))]
    words = (words if tariff.unlock_fee else []) + list(_riding(tariff))
    if words and tariff.tax_ppm and not tariff.tax_included:
        words.append(_("plus tax"))
    return ", ".join(words) or str(_("Free"))


def price_facts(plan: PricingPlan) -> Iterator[tuple[str, str]]:
    """Yield what a plan says, fact by fact: what it is about, and the words."""
    tariff, currency = plan.tariff, plan.currency
    yield _("Unlocking"), shown(plan.unlock_fee, currency)
    riding = list(_riding(tariff))
    yield _("Riding"), "; ".join(riding) or _("Free")
    if any(segment.interval for segment in tariff.segments):
        yield _("Rounding"), _("Time that has begun is charged in full.")
    if plan.daily_cap is not None:
        cap = shown(plan.daily_cap, currency)
        yield _("At most"), _("%(cap)s in each 24 hours of a ride", cap=cap)
    yield _("Reserving"), _reserving(plan)
    yield _("Wrong place"), _parking(plan)
    if plan.tax_ppm:
        yield _("Tax"), _tax(tariff)


def estimates(plan: PricingPlan, minutes: Iterable[int] = EXAMPLES) -> list[tuple[str, int]]:
    """Return what rides of some lengths cost in all, with tax: their length in words, and minor
    units."""
    return [(_length(n), quote(plan.tariff, timedelta(minutes=n)).total) for n in minutes]


def _length(minutes: int) -> str:
    if minutes > 60 and minutes % 60 == 0:
        return str(_("%(n)d h", n=minutes // 60))
    return str(_("%(n)d min", n=minutes))


def _riding(tariff: Tariff) -> Iterator[str]:
    for segment in tariff.segments:
        if segment.rate:
            price = _each(shown(segment.rate, tariff.currency), segment.interval)
            yield _when(price, segment.start, segment.end if segment.interval else None)


def _each(price: str, interval: int) -> str:
    if interval == 0:
        return str(_("%(price)s once", price=price))
    if interval == 1:
        return str(_("%(price)s a minute", price=price))
    if interval == 60:
        return str(_("%(price)s an hour", price=price))
    return str(_("%(price)s each %(n)d min", price=price, n=interval))


def _when(price: str, start: int, end: int | None) -> str:
    if start and end:
        return str(_("%(price)s from %(start)d to %(end)d min", price=price, start=start, end=end))
    if start:
        return str(_("%(price)s after %(start)d min", price=price, start=start))
    if end:
        return str(_("%(price)s for the first %(end)d min", price=price, end=end))
    return price


def _reserving(plan: PricingPlan) -> str:
    if not plan.reserve_min:
        return str(_("Not possible"))
    free = _("Free for %(n)d min", n=plan.reserve_min)
    if plan.reserve_max_min == plan.reserve_min:
        return str(free)
    price = _each(shown(plan.reservation_rate, plan.currency), 1)
    longer = _("then %(price)s, up to %(n)d min in all", price=price, n=plan.reserve_max_min)
    return f"{free}, {longer}"


def _parking(plan: PricingPlan) -> str:
    if plan.parking_fee is None:
        return str(_("Rides end only where parking is allowed."))
    fee = shown(plan.parking_fee, plan.currency)
    return str(_("%(fee)s for ending a ride where parking is not allowed", fee=fee))


def _tax(tariff: Tariff) -> str:
    percent = format_percent(Decimal(tariff.tax_ppm) / 1_000_000, "#,##0.####%")
    if tariff.tax_included:
        return str(_("%(percent)s, in all prices already", percent=percent))
    return str(_("%(percent)s on top of all prices", percent=percent))


# --- after it ----------------------------------------------------------------------------------


def receipt_words(quote: Quote) -> list[tuple[str, int]]:
    """Return the lines of a receipt that have an amount: words and minor units."""
    lines = (line for line in quote.lines if line.kind != "tax_included")
    return [(_line(line, quote.currency), line.amount) for line in lines]


def _line(line: Line, currency: str) -> str:
    if line.kind == "minutes":
        price = _when(_each(shown(line.rate, currency), line.interval), line.start, None)
        return price if line.interval == 0 else f"{line.units} × {price}"
    if line.kind == "hold":
        return str(_("Reserved %(n)d min longer", n=line.units))
    words = {
        "unlock": _("Unlocking"),
        "cap": _("Above the most for a day"),
        "parking": _("Left where parking is not allowed"),
        "tax": _("Tax"),
    }
    return str(words[line.kind])
