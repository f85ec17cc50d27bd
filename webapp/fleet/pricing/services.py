"""Publishing pricing plans."""

from uuid import UUID, uuid4

from sqlalchemy import CTE, ColumnElement, Select, func, literal, select

from webapp.audit.changes import RecordedChange, old_values_cte, select_values
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, city_event_statement
from webapp.db.inserts import Insert, insert
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import table
from webapp.errors import EditConflict
from webapp.extensions import db
from webapp.fleet.pricing.cache import plan_cache
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.plan_terms import PlanTerms
from webapp.fleet.pricing.queries import plan_type_condition
from webapp.regions.models import City

#: What the audit event of a plan says about it. The type is that of all versions.
TERM_COLUMNS = [
    name
    for name in PlanTerms.__dataclass_fields__
    if name not in ("form_factor", "propulsion_type")
]


def publish_plan(city: City, terms: PlanTerms, previous_version: int, why: str = "") -> PricingPlan:
    """Publish a plan as the version after ``previous_version`` (0: the first one), and return it.

    Rides and reservations that have started keep theirs. Raises EditConflict if
    ``previous_version`` is not the current one any more.
    """
    plan = draft_plan(city, terms, previous_version + 1)
    published = execute_write(publish_plan_statement(plan, city, why), idempotent=True)
    plan_cache().forget()
    # No row: another version is there, or an earlier attempt has published it.
    return plan if published else _find_published_plan(plan)


def draft_plan(city: City, terms: PlanTerms, version: int = 0) -> PricingPlan:
    """Return a plan that is not published."""
    return PricingPlan(
        id=uuid4(), city=city.name, currency=city.currency, version=version, **terms.columns()
    )


def publish_plan_statement(plan: PricingPlan, city: City, why: str = "") -> Select[tuple[UUID]]:
    """Insert the plan if its version is the next one, with its audit event; else return no row."""
    columns = table(PricingPlan).c
    names = [name for name in columns.keys() if name != "published_at"]  # noqa: SIM118
    values = [literal(getattr(plan, name), columns[name].type) for name in names]
    same_type = plan_type_condition(plan.city, (plan.form_factor, plan.propulsion_type))
    current_version = select(func.max(columns.version)).where(same_type).scalar_subquery()
    is_next = func.coalesce(current_version, 0) == plan.version - 1
    published = (
        insert(table(PricingPlan))
        .from_select(names, select(*values).where(is_next))
        .on_conflict_do_nothing()
        .returning(columns.id)
        .cte("published")
    )
    audit_event = _published_event_statement(plan, city, same_type, published, why)
    return select(published.c.id).add_cte(as_cte(audit_event))


def _published_event_statement(
    plan: PricingPlan, city: City, same_type: ColumnElement[bool], published: CTE, why: str
) -> Insert:
    """Return the INSERT of the audit event, with the terms of the former version."""
    terms = {name: getattr(plan, name) for name in TERM_COLUMNS}
    is_former = table(PricingPlan).c.version == plan.version - 1
    old_values = old_values_cte(table(PricingPlan), TERM_COLUMNS, same_type, is_former)
    return city_event_statement(
        AuditKind.PLAN_PUBLISHED,
        city,
        subject=f"plan {plan.id}",
        after=published,
        change=RecordedChange(select_values(old_values), terms, why),
        version=plan.version,
    )


def _find_published_plan(plan: PricingPlan) -> PricingPlan:
    with check_outcome():
        published = db.session.get(PricingPlan, plan.id)
    if published is None:
        raise EditConflict
    return published
