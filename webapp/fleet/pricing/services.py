"""Publishing pricing plans."""

from uuid import UUID, uuid4

from sqlalchemy import Select, func, literal, select

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement
from webapp.db.inserts import insert
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.fleet.pricing.cache import plan_cache
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.plan_terms import PlanTerms
from webapp.fleet.pricing.queries import plan_type_condition
from webapp.regions.models import City
from webapp.translations import lazy_gettext as _l


class PlanChanged(DomainError):
    message = _l("Someone has published another price in the meantime. Check that one first.")


def publish_plan(city: City, terms: PlanTerms, previous_version: int) -> PricingPlan:
    """Publish a plan as the version after ``previous_version`` (0: the first one), and return it.

    Rides and reservations that have started keep theirs. Raises PlanChanged if
    ``previous_version`` is not the current one any more.
    """
    plan = draft_plan(city, terms, previous_version + 1)
    published = execute_write(publish_plan_statement(plan), idempotent=True)
    plan_cache().forget()
    # No row: another version is there, or an earlier attempt has published it.
    return plan if published else _find_published_plan(plan)


def draft_plan(city: City, terms: PlanTerms, version: int = 0) -> PricingPlan:
    """Return a plan that is not published."""
    return PricingPlan(
        id=uuid4(), city=city.name, currency=city.currency, version=version, **terms.columns()
    )


def publish_plan_statement(plan: PricingPlan) -> Select[tuple[UUID]]:
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
    audit_event = audit_event_statement(
        AuditKind.PLAN_PUBLISHED,
        subject=f"plan {plan.id}",
        after=published,
        city=plan.city,
        version=plan.version,
    )
    return select(published.c.id).add_cte(as_cte(audit_event))


def _find_published_plan(plan: PricingPlan) -> PricingPlan:
    with check_outcome():
        published = db.session.get(PricingPlan, plan.id)
    if published is None:
        raise PlanChanged
    return published
