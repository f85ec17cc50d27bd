"""Files of pricing plans: GBFS ``system_pricing_plans.json``, and for which vehicles they are.

GBFS says that in ``vehicle_types.json``: the ``default_pricing_plan_id`` of a vehicle type is its
plan; a type without one may have a single plan in ``pricing_plan_ids``. MovR has one plan for each
form factor and propulsion.
Source: github.com/MobilityData/gbfs, v3.0, vehicle_types.json and system_pricing_plans.json.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from webapp.cli import show_text
from webapp.errors import DomainError
from webapp.fleet.gbfs.documents import FeedUnreadable, load
from webapp.fleet.gbfs.vehicle_types import FeedVehicleType, identifier, read_types
from webapp.fleet.pricing.gbfs_plans import (
    CityTerms,
    has_lost_reservation_price,
    read_plan_type,
    read_terms,
)
from webapp.fleet.pricing.labels import plan_type_label
from webapp.fleet.pricing.plan_terms import (
    MAX_RESERVATION_MIN,
    InvalidTerms,
    PlanTerms,
    PlanType,
)

PLANS_FILE = "system_pricing_plans.json"
VEHICLE_TYPES_FILE = "vehicle_types.json"
#: All vehicles whose type has no plan of its own.
ANY_VEHICLE: PlanType = ("", "")


class PlanFileUnreadable(DomainError):
    """The file cannot be used; the message says where, and why."""

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


@dataclass
class PlanFile:
    """The terms of the plans of a file, and what of the file is not kept."""

    terms: list[PlanTerms] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Plan:
    """A plan of a file. title: what messages call it."""

    id: str
    title: str
    fields: Mapping[str, object]


@dataclass(frozen=True)
class _PricedType:
    """A vehicle type of a file that MovR has, and the plans that it names.

    reserve_min: GBFS ``default_reserve_time``.
    """

    id: str
    plan_type: PlanType
    plan_ids: list[str]
    reserve_min: int


def read_plan_file(
    path: Path, city: CityTerms, only: Collection[str] = (), types_path: Path | None = None
) -> PlanFile:
    """Return the plans of a file, or of the GBFS files in a folder.

    only: the ids of the plans that are read; empty: all.
    types_path: the ``vehicle_types.json``; by default the one beside the file, if there is one.
    Raises PlanFileUnreadable.
    """
    path = path / PLANS_FILE if path.is_dir() else path
    types_path = types_path or path.with_name(VEHICLE_TYPES_FILE)
    try:
        plans = _list_plans(load(path).content)
        types = _list_types(load(types_path).content) if types_path.exists() else []
    except FeedUnreadable as error:
        raise PlanFileUnreadable(error.message) from None
    if missing := set(only) - {plan.id for plan in plans}:
        ids = ", ".join(map(show_text, sorted(missing)))
        raise PlanFileUnreadable(f"{show_text(path)} has no plan {ids}.")
    return _read_plans([plan for plan in plans if not only or plan.id in only], types, city)


def _list_plans(content: object) -> list[_Plan]:
    match content:
        case {"data": {"plans": [*plans]}} | {"plans": [*plans]} | [*plans] if plans:
            return [_identify_plan(number, plan) for number, plan in enumerate(plans, 1)]
    raise PlanFileUnreadable("There are no plans in this file.")


def _identify_plan(number: int, plan: object) -> _Plan:
    if not isinstance(plan, dict):
        raise PlanFileUnreadable(f"Plan {number} is not an object.")
    id_ = identifier(plan.get("plan_id")) or ""
    return _Plan(id_, f"Plan {number} ({show_text(id_)})" if id_ else f"Plan {number}", plan)


# --- which plan is for which vehicles ----------------------------------------------------------


def _list_types(content: object) -> list[_PricedType]:
    """Return the types of ``vehicle_types.json`` that MovR has."""
    match content:
        case {"data": {"vehicle_types": [*listed]}}:
            types = read_types(listed).by_id
            return [
                _read_priced_type(id_, vehicle_type, fields)
                for fields in listed
                if isinstance(fields, dict)
                and (id_ := identifier(fields.get("vehicle_type_id")))
                and isinstance(vehicle_type := types.get(id_), FeedVehicleType)
            ]
    raise PlanFileUnreadable(f"There are no vehicle types in {VEHICLE_TYPES_FILE}.")


def _read_priced_type(
    id_: str, vehicle_type: FeedVehicleType, fields: Mapping[str, object]
) -> _PricedType:
    default = fields.get("default_pricing_plan_id")
    listed = fields.get("pricing_plan_ids")
    named = [default] if default else listed if isinstance(listed, list) else []
    reserve_min = fields.get("default_reserve_time")
    return _PricedType(
        id_,
        (vehicle_type.form_factor.value, vehicle_type.propulsion_type.value),
        [plan_id for each in named if (plan_id := identifier(each))],
        min(max(0, reserve_min), MAX_RESERVATION_MIN) if type(reserve_min) is int else 0,
    )


@dataclass(frozen=True)
class _PlanUse:
    """A plan and the vehicles that it is for. reserve_min: free minutes of a reservation."""

    plan: _Plan
    plan_type: PlanType
    reserve_min: int = 0


def _list_uses(plans: list[_Plan], types: list[_PricedType], notes: list[str]) -> list[_PlanUse]:
    """Return for which vehicles the plans are; adds to ``notes`` what is for none.

    If no vehicle type names a plan, one that does not say itself is for all other vehicles.
    """
    own_types = {plan.title: _read_plan_type(plan) for plan in plans}
    uses = [_PlanUse(plan, plan_type) for plan in plans if (plan_type := own_types[plan.title])]
    named = {each.id: _find_named_plan(each, plans) for each in types}
    if any(named.values()):
        uses += [
            _PlanUse(plan, each.plan_type, each.reserve_min)
            for each in types
            if (plan := named[each.id])
        ]
        if unpriced := [id_ for id_, plan in named.items() if not plan]:
            notes.append(f"Vehicle types that name none of these plans: {_join(unpriced)}.")
    else:
        uses += [_PlanUse(plan, ANY_VEHICLE) for plan in plans if not own_types[plan.title]]
    used = {use.plan.title for use in uses}
    if unused := [plan.title for plan in plans if plan.title not in used]:
        notes.append(f"Skipped, because no vehicle type has it as its plan: {_join(unused)}.")
    return uses


def _find_named_plan(priced_type: _PricedType, plans: list[_Plan]) -> _Plan | None:
    named = [plan for plan in plans if plan.id and plan.id in priced_type.plan_ids]
    if len(named) > 1:
        raise PlanFileUnreadable(
            f"Vehicle type {show_text(priced_type.id)} names {_join(plan.title for plan in named)}"
            " and no default_pricing_plan_id: choose one of them with --plan."
        )
    return named[0] if named else None


def _join(names: Iterable[str]) -> str:
    return ", ".join(map(show_text, names))


# --- the terms ---------------------------------------------------------------------------------


def _read_plans(plans: list[_Plan], types: list[_PricedType], city: CityTerms) -> PlanFile:
    file = PlanFile()
    read: dict[PlanType, tuple[_Plan, PlanTerms]] = {}
    for use in _list_uses(plans, types, file.notes):
        terms = _read_terms(use, city)
        other_plan, other_terms = read.setdefault(use.plan_type, (use.plan, terms))
        if _make_comparable(other_terms) != _make_comparable(terms):
            raise _make_same_vehicles_error(other_plan, use)
        lost = f"{use.plan.title} has a price from the first minute reserved: not reservable."
        if has_lost_reservation_price(use.plan.fields) and lost not in file.notes:
            file.notes.append(lost)
    file.terms = [terms for _plan, terms in read.values()]
    return file


def _read_terms(use: _PlanUse, city: CityTerms) -> PlanTerms:
    with _name_plan_in_errors(use.plan):
        return read_terms(use.plan.fields, use.plan_type, use.reserve_min, city)


def _read_plan_type(plan: _Plan) -> PlanType | None:
    with _name_plan_in_errors(plan):
        return read_plan_type(plan.fields)


@contextmanager
def _name_plan_in_errors(plan: _Plan) -> Iterator[None]:
    """Say of which plan an error is."""
    try:
        yield
    except InvalidTerms as error:
        raise PlanFileUnreadable(f"{plan.title}: {error.field}: {error.message}") from None
    except ValueError as error:
        raise PlanFileUnreadable(f"{plan.title}: {error}") from None


def _make_comparable(terms: PlanTerms) -> PlanTerms:
    """Return the terms without what two plans for the same vehicles may differ in."""
    return replace(terms, name="-", labels={}, reserve_min=0, reserve_max_min=0)


def _make_same_vehicles_error(plan: _Plan, use: _PlanUse) -> PlanFileUnreadable:
    return PlanFileUnreadable(
        f"{plan.title} and {use.plan.title} are for the same vehicles here"
        f" ({plan_type_label(*use.plan_type)}): a {VEHICLE_TYPES_FILE} beside the file says for"
        " which vehicles a plan is (default_pricing_plan_id), or choose plans with --plan."
    )
