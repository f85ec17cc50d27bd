"""The terms of one plan of a GBFS ``system_pricing_plans.json``, versions 2.2 to 3.1.

Fields that GBFS does not have: ``form_factor`` and ``propulsion_type`` of the vehicles,
``reserve_min`` and ``reserve_max_min`` (minutes), ``parking_fee``, ``tax_percent``.
Source: github.com/MobilityData/gbfs, v3.1-RC3, system_pricing_plans.json.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from webapp.fleet.gbfs.localized_names import read_labels
from webapp.fleet.gbfs.vehicle_types import clean, read_localized_text
from webapp.fleet.pricing.models import MAX_NAME_LENGTH
from webapp.fleet.pricing.plan_terms import PlanTerms, PlanType
from webapp.fleet.pricing.quotes import MINUTES_PER_DAY, Segment
from webapp.money import parse_amount

REQUIRED_FIELDS = {"name", "currency", "price", "is_taxable"}
#: Every other field with a value is refused: it could be a price that MovR would never charge.
OPTIONAL_FIELDS = {
    "plan_id", "url", "description", "per_min_pricing", "per_km_pricing", "surge_pricing",
    "reservation_price_per_min", "reservation_price_flat_rate", "fare_capping", "parking_fee",
    "tax_percent", "form_factor", "propulsion_type", "reserve_min", "reserve_max_min",
}  # fmt: skip
#: JSON numbers are binary: 0.1 + 0.2 is written as 0.30000000000000004. Decimals after these are no
#: part of a price.
PRICE_DECIMALS = 9


@dataclass(frozen=True)
class CityTerms:
    """What a plan file leaves to the city.

    currency: ISO 4217 code of the city.
    tax_percent: of taxable plans that do not say it, as in GBFS; None: such plans are refused.
    """

    currency: str
    tax_percent: float | None = None


def read_terms(
    fields: Mapping[str, object], plan_type: PlanType, reserve_min: int, city: CityTerms
) -> PlanTerms:
    """Return the terms of a plan for vehicles of a type, in minor units of the city's currency.

    reserve_min: free minutes of a reservation, if the plan has no price of reserving.
    Nothing is rounded. Raises ValueError and InvalidTerms.
    """
    plan = _check_fields(fields, REQUIRED_FIELDS, OPTIONAL_FIELDS)
    _check_kinds_of_price(plan, city.currency)
    tax = plan.get("tax_percent", city.tax_percent if plan["is_taxable"] else 0)
    if plan["is_taxable"] and not tax:
        raise ValueError("it is taxable, but tax_percent does not say how much (or add --tax)")
    form_factor, propulsion_type = plan_type
    reservation_rate = _read_amount(plan.get("reservation_price_per_min", 0), city.currency)
    reserve_min = _read_whole_number(
        plan, "reserve_min", 0 if has_lost_reservation_price(plan) else reserve_min
    )
    segments = _read_list(plan, "per_min_pricing")
    fare_cap, fare_cap_min = _read_fare_cap(plan.get("fare_capping"), city.currency)
    name = _read_name(plan["name"])
    return PlanTerms(
        name=name,
        form_factor=form_factor,
        propulsion_type=propulsion_type,
        unlock_fee=_read_amount(plan["price"], city.currency),
        segments=tuple(_read_segment(segment, city.currency) for segment in segments),
        reserve_min=reserve_min,
        reservation_rate=reservation_rate,
        reserve_max_min=_read_whole_number(plan, "reserve_max_min", reserve_min),
        fare_cap=fare_cap,
        fare_cap_min=fare_cap_min,
        parking_fee=_read_optional_amount(plan, "parking_fee", city.currency),
        tax_ppm=_read_millionths(tax or 0),
        tax_included=not plan["is_taxable"],
        labels=read_labels(plan["name"], name, _fit_name),
    )


def has_lost_reservation_price(fields: Mapping[str, object]) -> bool:
    """Return whether a plan has a price from the first minute of a reservation, as in GBFS 3.1.

    In MovR the first minutes are free, so vehicles of such a plan cannot be reserved.
    """
    prices = fields.get("reservation_price_per_min"), fields.get("reservation_price_flat_rate")
    return any(prices) and not fields.get("reserve_min")


def read_plan_type(fields: Mapping[str, object]) -> PlanType | None:
    """Return the vehicles that a plan itself is for; None if it does not say."""
    form_factor, propulsion_type = fields.get("form_factor"), fields.get("propulsion_type")
    if not form_factor and not propulsion_type:
        return None
    return _read_text(form_factor or ""), _read_text(propulsion_type or "")


def _check_kinds_of_price(plan: Mapping[str, object], currency: str) -> None:
    if plan.get("surge_pricing") or any(map(_has_rate, _read_list(plan, "per_km_pricing"))):
        raise ValueError("prices here depend neither on distance nor on demand")
    if plan["currency"] != currency:
        raise ValueError(
            f"its currency is {_quote(plan['currency'])}, and the city's is {currency}"
        )


def _has_rate(segment: object) -> bool:
    return not isinstance(segment, dict) or segment.get("rate") != 0


def _read_segment(value: object, currency: str) -> Segment:
    segment = _check_fields(value, {"start", "rate", "interval"}, {"end"})
    return Segment(
        start=_read_whole_number(segment, "start"),
        rate=_read_amount(segment["rate"], currency),
        interval=_read_whole_number(segment, "interval"),
        end=_read_whole_number(segment, "end") if "end" in segment else None,
    )


def _read_fare_cap(value: object, currency: str) -> tuple[int | None, int]:
    """Return the most that a ride costs in each period, and the length of the period in minutes.

    3.1 has an object; a list of one is read, too.
    """
    caps = value if isinstance(value, list) else [value] if value else []
    if not caps:
        return None, MINUTES_PER_DAY
    if len(caps) > 1:
        raise ValueError("fare_capping: a plan has only one")
    cap = _check_fields(caps[0], {"duration", "price"}, set())
    return _read_amount(cap["price"], currency), _read_whole_number(cap, "duration")


def _check_fields(value: object, required: set[str], optional: set[str]) -> Mapping[str, object]:
    """Return the fields of an object that have a value."""
    if not isinstance(value, dict):
        raise ValueError(f"{_quote(value)} is not an object")
    fields = {name: each for name, each in value.items() if each is not None}
    if missing := required - fields.keys():
        raise ValueError(f"{', '.join(sorted(missing))} is missing")
    if unknown := {name for name, each in fields.items() if each} - required - optional:
        raise ValueError(f"{', '.join(map(_quote, sorted(unknown)))} is not known here")
    return fields


def _read_list(fields: Mapping[str, object], name: str) -> list[object]:
    value = fields.get(name) or []
    if not isinstance(value, list):
        raise ValueError(f"{name} is not a list")
    return value


def _read_whole_number(fields: Mapping[str, object], name: str, default: int | None = None) -> int:
    value = fields.get(name, default)
    if isinstance(value, float) and value.is_integer():
        return int(value)  # JSON Schema: 1.0 is an integer
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} is not a whole number")
    return value


def _read_amount(value: object, currency: str) -> int:
    if isinstance(value, float):
        value = Decimal(str(round(value, PRICE_DECIMALS)))
    return parse_amount(value if isinstance(value, int | Decimal) else _quote(value), currency)


def _read_optional_amount(fields: Mapping[str, object], name: str, currency: str) -> int | None:
    return _read_amount(fields[name], currency) if name in fields else None


def _read_name(value: object) -> str:
    """Return the English name, else the first one."""
    name = _fit_name(read_localized_text(value))
    if not name:
        raise ValueError("its name is not a text")
    return name


def _fit_name(text: str) -> str:
    """Return a name cleaned and cut to the length of the column."""
    return clean(text)[:MAX_NAME_LENGTH].rstrip()


def _read_text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{_quote(value)} is not a text")
    return value.strip()


def _read_millionths(percent: object) -> int:
    if isinstance(percent, bool) or not isinstance(percent, int | float) or not 0 <= percent <= 100:
        raise ValueError("tax_percent is not a number between 0 and 100")
    millionths = Decimal(str(percent)) * 10_000
    if millionths % 1:
        raise ValueError("tax_percent is a number with four decimals at most")
    return int(millionths)


def _quote(value: object) -> str:
    """Return a value for a message; a container is not printed, as it may be large or deep."""
    return type(value).__name__ if isinstance(value, dict | list) else str(value)
