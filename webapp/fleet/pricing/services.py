"""Publishing prices, and what they were before."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.transactions import finding_out, run_transaction
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.plan_terms import Terms
from webapp.fleet.pricing.plans import plans
from webapp.regions.models import City


class PlanChanged(DomainError):
    message = _l("Somebody has published another price in the meantime. Look at that one first.")


def publish(city: City, told: Terms, after: int) -> PricingPlan:
    """Publish a plan as the version that follows ``after``, and return it. 0: there is none yet.

    Rides and reservations that have begun keep their own. Raises PlanChanged when ``after`` is not
    the current version any more.
    """
    plan = draft(city, told, after + 1)
    statement = _publishing(plan)
    published = run_transaction(
        lambda session: session.scalar(statement), idempotent=True, one_statement=True
    )
    plans().forget()
    return plan if published else _found_or_refused(plan)


def draft(city: City, told: Terms, version: int = 0) -> PricingPlan:
    """Return a plan that nobody has published."""
    return PricingPlan(
        id=uuid4(), city=city.name, currency=city.currency, version=version, **told.columns()
    )


def _publishing(plan: PricingPlan) -> Any:
    """Write the plan if its version is the next one; else there is no row."""
    columns = table(PricingPlan).c
    names = [name for name in columns.keys() if name != "published_at"]  # noqa: SIM118
    its = _of(plan.city, plan.form_factor, plan.propulsion_type)
    version = func.coalesce(select(func.max(columns.version)).where(its).scalar_subquery(), 0)
    row = [literal(getattr(plan, name), columns[name].type) for name in names]
    published = (
        insert(table(PricingPlan))
        .from_select(names, select(*row).where(version == plan.version - 1))
        .on_conflict_do_nothing()
        .returning(columns.id)
        .cte("published")
    )
    audit_event = audit_event_statement(
        AuditKind.PLAN_PUBLISHED,
        subject=f"plan {plan.id}",
        after=published,
        city=plan.city,
        version=plan.version,
    )
    return select(published.c.id).add_cte(as_cte(audit_event))


def _found_or_refused(plan: PricingPlan) -> PricingPlan:
    """The answer may have been lost on the way; else somebody was faster."""
    with finding_out():
        found = db.session.get(PricingPlan, plan.id)
    if found is None:
        raise PlanChanged
    return found


def _of(city: str, form_factor: str, propulsion_type: str) -> ColumnElement[bool]:
    return and_(
        PricingPlan.city == city,
        PricingPlan.form_factor == form_factor,
        PricingPlan.propulsion_type == propulsion_type,
    )


def terms_of(plan: PricingPlan) -> Terms:
    """Return what a plan says, to say it again with a change."""
    said = {name: getattr(plan, name) for name in Terms.__dataclass_fields__}
    return Terms(**{**said, "segments": plan.tariff.segments})


# --- looking -----------------------------------------------------------------------------------


def current(city: City, type_: tuple[str, str]) -> PricingPlan | None:
    """Return the plan of exactly that form factor and propulsion that is in force, or None."""
    found: PricingPlan | None = db.session.scalar(_versions(city, type_).limit(1))
    return found


def in_force(cities: Iterable[City]) -> list[PricingPlan]:
    """Return the current plans of some cities, fresh from the database; the general ones first."""
    by_type = (PricingPlan.city, PricingPlan.form_factor, PricingPlan.propulsion_type)
    newest = select(PricingPlan).distinct(*by_type)
    named = newest.where(PricingPlan.city.in_([city.name for city in cities]))
    return list(db.session.scalars(named.order_by(*by_type, PricingPlan.version.desc())))


def history(city: City, type_: tuple[str, str], after: Cursor | None) -> Page[PricingPlan]:
    """Return a page of the versions of a plan, the newest first."""
    versions = _versions(city, type_).limit(page_size() + 1)
    if after:
        versions = versions.where(PricingPlan.version < after[0])
    rows = db.session.scalars(versions).all()
    return make_page(rows, lambda plan: (plan.version, plan.id))


def _versions(city: City, type_: tuple[str, str]) -> Any:
    plans_of_type = select(PricingPlan).where(_of(city.name, *type_))
    return plans_of_type.order_by(PricingPlan.version.desc())
