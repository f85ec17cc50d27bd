"""Plans from a file in the words of GBFS 3.x ``system_pricing_plans.json``.

Of 3.1 it also takes ``reservation_price_per_min`` and ``fare_capping`` of a day. GBFS has no words
for these of ours: ``form_factor`` and ``propulsion_type`` of the vehicles, ``reserve_min`` and
``reserve_max_min`` (minutes), ``parking_fee``, ``tax_percent``.
Source: github.com/MobilityData/gbfs, v3.1-RC, system_pricing_plans.json.
"""

import json
from decimal import Decimal
from typing import Any

from webapp.errors import DomainError
from webapp.fleet.pricing.plan_terms import MOST_MINUTES, BadTerms, Terms
from webapp.fleet.pricing.price import Segment
from webapp.money import minor

NEEDED = {"name", "currency", "price", "is_taxable"}
#: What a plan may say besides; anything else could be a price that riders would never pay.
MAY = {
    "plan_id", "url", "description", "per_min_pricing", "per_km_pricing", "surge_pricing",
    "reservation_price_per_min", "fare_capping", "parking_fee", "tax_percent",
    "form_factor", "propulsion_type", "reserve_min", "reserve_max_min",
}  # fmt: skip


class BadFile(DomainError):
    """``message`` says where in the file, and what."""

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


def read_plans(text: str, currency: str) -> list[Terms]:
    """Return the terms of all plans in a file, in minor units of ``currency``; raises BadFile.

    All of it must be understood and exact: nothing is rounded, and nothing left out.
    """
    try:
        found = json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise BadFile(f"This is not JSON: {error}") from None
    while isinstance(found, dict):
        found = found.get("data") or found.get("plans")
    if not isinstance(found, list) or not found:
        raise BadFile("There are no plans in this file.")
    terms = [_read(number, plan, currency) for number, plan in enumerate(found, 1)]
    if len({(each.form_factor, each.propulsion_type) for each in terms}) < len(terms):
        raise BadFile("Two plans in this file are for the same vehicles.")
    return terms


def _read(number: int, plan: Any, currency: str) -> Terms:
    try:
        return _terms(plan, currency)
    except BadTerms as refusal:
        raise BadFile(f"Plan {number}: {refusal.field}: {refusal.message}") from None
    except ValueError as error:
        raise BadFile(f"Plan {number}: {error}") from None


def _terms(plan: Any, currency: str) -> Terms:
    _check_words(plan, NEEDED, MAY)
    if plan.get("per_km_pricing") or plan.get("surge_pricing"):
        raise ValueError("prices here depend neither on distance nor on demand")
    if plan["currency"] != currency:
        raise ValueError(f"its currency is {plan['currency']}, and the city's is {currency}")
    tax_ppm = _millionths(plan.get("tax_percent", 0))
    if plan["is_taxable"] and not tax_ppm:
        raise ValueError("it is taxable, but tax_percent does not say how much")
    free = _whole(plan, "reserve_min", 0)
    return Terms(
        name=_text(plan["name"]),
        form_factor=_text(plan.get("form_factor", "")),
        propulsion_type=_text(plan.get("propulsion_type", "")),
        unlock_fee=minor(plan["price"], currency),
        segments=tuple(_segment(each, currency) for each in _list(plan, "per_min_pricing")),
        reserve_min=free,
        reservation_rate=minor(plan.get("reservation_price_per_min", 0), currency),
        reserve_max_min=_whole(plan, "reserve_max_min", free),
        daily_cap=_daily_cap(_list(plan, "fare_capping"), currency),
        parking_fee=minor(plan["parking_fee"], currency) if "parking_fee" in plan else None,
        tax_ppm=tax_ppm,
        tax_included=not plan["is_taxable"],
    )


def _segment(found: Any, currency: str) -> Segment:
    _check_words(found, {"start", "rate", "interval"}, {"end"})
    end = _whole(found, "end") if "end" in found else None
    return Segment(
        _whole(found, "start"), minor(found["rate"], currency), _whole(found, "interval"), end
    )


def _daily_cap(found: list[Any], currency: str) -> int | None:
    if not found:
        return None
    (cap,) = found[:1]
    _check_words(cap, {"duration", "price"}, set())
    if len(found) > 1 or cap["duration"] != MOST_MINUTES:
        raise ValueError(f"fare_capping: only one, of {MOST_MINUTES} minutes")
    return minor(cap["price"], currency)


def _check_words(found: Any, needed: set[str], may: set[str]) -> None:
    if not isinstance(found, dict):
        raise ValueError(f"{found!r} is not an object")
    if missing := needed - found.keys():
        raise ValueError(f"{', '.join(sorted(missing))} is missing")
    if unknown := found.keys() - needed - may:
        raise ValueError(f"{', '.join(sorted(unknown))} is not known here")


def _list(found: dict[str, Any], name: str) -> list[Any]:
    value = found.get(name) or []
    if not isinstance(value, list):
        raise ValueError(f"{name} is not a list")
    return value


def _whole(found: dict[str, Any], name: str, default: int | None = None) -> int:
    value = found.get(name, default)
    if type(value) is not int:
        raise ValueError(f"{name} is not a whole number")
    return value


def _text(value: Any) -> str:
    """Read a text, or the first of the languages in which GBFS 3 says it."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = value[0].get("text")
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a text")
    return value.strip()


def _millionths(percent: Any) -> int:
    if isinstance(percent, bool) or not isinstance(percent, int | Decimal) or percent * 10_000 % 1:
        raise ValueError("tax_percent is a number with four decimals at most")
    return int(percent * 10_000)
