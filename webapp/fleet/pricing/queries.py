"""Reading pricing plans: the current one, the current ones of cities, and earlier versions."""

from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, ScalarSelect, Select, and_, select

from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.plan_terms import PlanType
from webapp.regions.models import City

T = TypeVar("T")


def find_current_plan(city: City, plan_type: PlanType) -> PricingPlan | None:
    """Return the newest version of the plan of exactly this type, or None."""
    return db.session.scalar(_versions_query(city, plan_type).limit(1))


def list_current_plans(cities: Iterable[City]) -> list[PricingPlan]:
    """Return the current plans of some cities from the database; the most general ones first."""
    names = [city.name for city in cities]
    return list(db.session.scalars(current_plans_query().where(PricingPlan.city.in_(names))))


def list_versions(city: City, plan_type: PlanType, after: Cursor | None) -> Page[PricingPlan]:
    """Return a page of the versions of a plan, newest first."""
    versions = _versions_query(city, plan_type).limit(page_size() + 1)
    if after:
        versions = versions.where(PricingPlan.version < after[0])
    rows = db.session.scalars(versions).all()
    return make_page(rows, lambda plan: (plan.version, plan.id))


def current_plans_query() -> Select[tuple[PricingPlan]]:
    """Return the query of the newest version of each plan, by city; the most general ones first."""
    plan = (PricingPlan.city, PricingPlan.form_factor, PricingPlan.propulsion_type)
    return select(PricingPlan).distinct(*plan).order_by(*plan, PricingPlan.version.desc())


def current_plan_subquery(
    column: ColumnElement[T], vehicle: FromClause | None = None
) -> ScalarSelect[T]:
    """Return a column of the plan with which a ride would start now; NULL where riding is free.

    A scalar subquery for the row of ``vehicles`` in the statement around it. It makes the same
    choice as ``PlanCache.find_plan``.

    vehicle: another source with the columns city, form_factor and propulsion_type of a vehicle.
    """
    source = table(Vehicle) if vehicle is None else vehicle
    plan = table(PricingPlan).c
    return (
        select(column)
        .where(
            plan.city == source.c.city,
            plan.form_factor.in_((source.c.form_factor, "")),
            plan.propulsion_type.in_((source.c.propulsion_type, "")),
        )
        # The most specific plan applies; '' (any) comes last.
        .order_by(plan.form_factor.desc(), plan.propulsion_type.desc(), plan.version.desc())
        .limit(1)
        .correlate(source)
        .scalar_subquery()
    )


def current_plan_id_subquery(vehicle: FromClause | None = None) -> ScalarSelect[UUID]:
    """Return the id of that plan; NULL where riding is free."""
    return current_plan_subquery(table(PricingPlan).c.id, vehicle)


def plan_type_condition(city_name: str, plan_type: PlanType) -> ColumnElement[bool]:
    """Return the condition that a plan is of this city and exactly this type."""
    form_factor, propulsion_type = plan_type
    return and_(
        PricingPlan.city == city_name,
        PricingPlan.form_factor == form_factor,
        PricingPlan.propulsion_type == propulsion_type,
    )


def _versions_query(city: City, plan_type: PlanType) -> Select[tuple[PricingPlan]]:
    versions = select(PricingPlan).where(plan_type_condition(city.name, plan_type))
    return versions.order_by(PricingPlan.version.desc())
