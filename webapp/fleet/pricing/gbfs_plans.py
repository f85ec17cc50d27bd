"""Pricing plans from a GBFS 3.x ``system_pricing_plans.json``.

Of 3.1 it also takes ``reservation_price_per_min`` and ``fare_capping`` of a day. Fields that GBFS
does not have: ``form_factor`` and ``propulsion_type`` of the vehicles, ``reserve_min`` and
``reserve_max_min`` (minutes), ``parking_fee``, ``tax_percent``.
Source: github.com/MobilityData/gbfs, v3.1-RC, system_pricing_plans.json.
"""

import json
from collections.abc import Mapping
from decimal import Decimal

from webapp.errors import DomainError
from webapp.fleet.pricing.plan_terms import InvalidTerms, PlanTerms
from webapp.fleet.pricing.quotes import DAILY_CAP_PERIOD_S, Segment
from webapp.money import parse_amount

REQUIRED_FIELDS = {"name", "currency", "price", "is_taxable"}
#: Every other field is refused: it could be a price that MovR would never charge.
OPTIONAL_FIELDS = {
    "plan_id", "url", "description", "per_min_pricing", "per_km_pricing", "surge_pricing",
    "reservation_price_per_min", "fare_capping", "parking_fee", "tax_percent",
    "form_factor", "propulsion_type", "reserve_min", "reserve_max_min",
}  # fmt: skip


class PlanFileUnreadable(DomainError):
    """The file cannot be used; the message says where, and why."""

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


def read_plans(text: str, currency: str) -> list[PlanTerms]:
    """Return the terms of all plans in a file, in minor units of ``currency``.

    Nothing is rounded, and nothing is left out. Raises PlanFileUnreadable.
    """
    try:
        content: object = json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise PlanFileUnreadable(f"This is not JSON: {error}") from None
    while isinstance(content, dict):
        content = content.get("data") or content.get("plans")
    if not isinstance(content, list) or not content:
        raise PlanFileUnreadable("There are no plans in this file.")
    terms = [_read_plan(number, plan, currency) for number, plan in enumerate(content, 1)]
    if len({each.plan_type for each in terms}) < len(terms):
        raise PlanFileUnreadable("Two plans in this file are for the same vehicles.")
    return terms


def _read_plan(number: int, plan: object, currency: str) -> PlanTerms:
    try:
        return _read_terms(_check_fields(plan, REQUIRED_FIELDS, OPTIONAL_FIELDS), currency)
    except InvalidTerms as error:
        raise PlanFileUnreadable(f"Plan {number}: {error.field}: {error.message}") from None
    except ValueError as error:
        raise PlanFileUnreadable(f"Plan {number}: {error}") from None


def _read_terms(plan: Mapping[str, object], currency: str) -> PlanTerms:
    if plan.get("per_km_pricing") or plan.get("surge_pricing"):
        raise ValueError("prices here depend neither on distance nor on demand")
    if plan["currency"] != currency:
        raise ValueError(f"its currency is {plan['currency']}, and the city's is {currency}")
    tax_ppm = _read_millionths(plan.get("tax_percent", 0))
    if plan["is_taxable"] and not tax_ppm:
        raise ValueError("it is taxable, but tax_percent does not say how much")
    reserve_min = _read_whole_number(plan, "reserve_min", 0)
    segments = _read_list(plan, "per_min_pricing")
    return PlanTerms(
        name=_read_text(plan["name"]),
        form_factor=_read_text(plan.get("form_factor", "")),
        propulsion_type=_read_text(plan.get("propulsion_type", "")),
        unlock_fee=_read_amount(plan["price"], currency),
        segments=tuple(_read_segment(segment, currency) for segment in segments),
        reserve_min=reserve_min,
        reservation_rate=_read_amount(plan.get("reservation_price_per_min", 0), currency),
        reserve_max_min=_read_whole_number(plan, "reserve_max_min", reserve_min),
        daily_cap=_read_daily_cap(_read_list(plan, "fare_capping"), currency),
        parking_fee=_read_amount(plan["parking_fee"], currency) if "parking_fee" in plan else None,
        tax_ppm=tax_ppm,
        tax_included=not plan["is_taxable"],
    )


def _read_segment(value: object, currency: str) -> Segment:
    segment = _check_fields(value, {"start", "rate", "interval"}, {"end"})
    return Segment(
        start=_read_whole_number(segment, "start"),
        rate=_read_amount(segment["rate"], currency),
        interval=_read_whole_number(segment, "interval"),
        end=_read_whole_number(segment, "end") if "end" in segment else None,
    )


def _read_daily_cap(caps: list[object], currency: str) -> int | None:
    if not caps:
        return None
    cap = _check_fields(caps[0], {"duration", "price"}, set())
    period_min = DAILY_CAP_PERIOD_S // 60
    if len(caps) > 1 or cap["duration"] != period_min:
        raise ValueError(f"fare_capping: only one, of {period_min} minutes")
    return _read_amount(cap["price"], currency)


def _check_fields(value: object, required: set[str], optional: set[str]) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError(f"{value!r} is not an object")
    if missing := required - value.keys():
        raise ValueError(f"{', '.join(sorted(missing))} is missing")
    if unknown := value.keys() - required - optional:
        raise ValueError(f"{', '.join(sorted(unknown))} is not known here")
    return value


def _read_list(fields: Mapping[str, object], name: str) -> list[object]:
    value = fields.get(name) or []
    if not isinstance(value, list):
        raise ValueError(f"{name} is not a list")
    return value


def _read_whole_number(fields: Mapping[str, object], name: str, default: int | None = None) -> int:
    value = fields.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} is not a whole number")
    return value


def _read_amount(value: object, currency: str) -> int:
    return parse_amount(value if isinstance(value, int | Decimal) else str(value), currency)


def _read_text(value: object) -> str:
    """Read a text, or the first one of the languages in which GBFS 3 has it."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = value[0].get("text")
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a text")
    return value.strip()


def _read_millionths(percent: object) -> int:
    if isinstance(percent, bool) or not isinstance(percent, int | Decimal) or percent * 10_000 % 1:
        raise ValueError("tax_percent is a number with four decimals at most")
    return int(percent * 10_000)
