"""The cache of the current pricing plans in each process.

Plans never change once they are published, so a page of prices needs no round trip for them. The
price of a ride follows from the plan that it started with, and the statement that starts it reads
the plan from the table (``current_plan_id_subquery``).
"""

from flask import Flask, current_app

from webapp.db.cache import TimedCache
from webapp.extensions import db
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.plan_terms import PlanType
from webapp.fleet.pricing.queries import current_plans_query
from webapp.fleet.vehicle_columns import VehicleColumns

#: By city, form factor and propulsion type.
PlansByType = dict[tuple[str, str, str], PricingPlan]


class PlanCache:
    """The current plans of one application, by city and type of vehicle."""

    def __init__(self, max_age_s: float) -> None:
        self.cache: TimedCache[None, PlansByType] = TimedCache(max_age_s, max_size=1)

    def find_plan(self, vehicle: VehicleColumns) -> PricingPlan | None:
        """Return the plan with which a ride on the vehicle would start; None: riding is free."""
        return self.find(vehicle.city, vehicle.form_factor, vehicle.propulsion_type)

    def find(self, city: str, form_factor: str, propulsion_type: str) -> PricingPlan | None:
        """Return the plan for vehicles of a type; None: riding is free."""
        plans = self.cache.get(None, _load_plans)
        for key in (
            (form_factor, propulsion_type),
            (form_factor, ""),
            ("", propulsion_type),
            ("", ""),
        ):
            if plan := plans.get((city, *key)):
                return plan
        return None

    def find_exact(self, city: str, plan_type: PlanType) -> PricingPlan | None:
        """Return the plan of exactly this type."""
        return self.cache.get(None, _load_plans).get((city, *plan_type))

    def list_plans(self, city: str) -> list[PricingPlan]:
        """Return the plans of a city, the most general ones first."""
        plans = self.cache.get(None, _load_plans)
        return [plans[key] for key in sorted(plans) if key[0] == city]

    def forget(self) -> None:
        """Read the database again the next time."""
        self.cache.clear()

    def load(self) -> None:
        """Read the current plans from the database."""
        self.cache.clear()
        self.cache.get(None, _load_plans)


def _load_plans() -> PlansByType:
    plans = db.session.scalars(current_plans_query()).all()
    for plan in plans:
        db.session.expunge(plan)
    return {(p.city, p.form_factor, p.propulsion_type): p for p in plans}


def init_app(app: Flask) -> None:
    app.extensions["movr_plans"] = PlanCache(app.config["PLANS_MAX_AGE_S"])


def plan_cache() -> PlanCache:
    """Return the plans of the current application."""
    cache: PlanCache = current_app.extensions["movr_plans"]
    return cache


def find_plan(vehicle: VehicleColumns) -> PricingPlan | None:
    """Return the plan with which a ride on the vehicle would start; None: riding is free."""
    return plan_cache().find_plan(vehicle)


def find_type_plan(city: str, form_factor: str, propulsion_type: str) -> PricingPlan | None:
    """Return the plan for vehicles of a type; None: riding is free."""
    return plan_cache().find(city, form_factor, propulsion_type)


def find_plan_id(city: str, form_factor: str, propulsion_type: str) -> str:
    """Return the id of the plan for vehicles of a type; '': riding is free."""
    plan = plan_cache().find(city, form_factor, propulsion_type)
    return str(plan.id) if plan else ""
