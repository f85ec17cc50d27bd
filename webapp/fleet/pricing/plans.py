"""Which plan holds for which vehicle.

Plans never change once they are published, so every process keeps a copy of the current ones for a
while: a page of prices does not pay a round trip for them. What a ride costs follows from the plan
that it began with, which the statement that starts it chooses from the table itself.
"""

import time
from typing import Any

from flask import Flask, current_app
from sqlalchemy import select

from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.models import PricingPlan

#: The more a plan says about its vehicles, the sooner it is theirs; '' stands for any.
ORDER = (
    PricingPlan.form_factor.desc(),
    PricingPlan.propulsion_type.desc(),
    PricingPlan.version.desc(),
)


class Plans:
    """The current plans of one application, by city and type of vehicle."""

    def __init__(self, max_age_s: float) -> None:
        self.max_age_s = max_age_s
        self._current: dict[tuple[str, str, str], PricingPlan] = {}
        self._loaded_at = float("-inf")

    def of(self, city: str) -> list[PricingPlan]:
        """Return the current plans of a city, the general one first."""
        self._freshen()
        found = [plan for key, plan in self._current.items() if key[0] == city]
        return sorted(found, key=lambda plan: (plan.form_factor, plan.propulsion_type))

    def plan_for(self, vehicle: Vehicle) -> PricingPlan | None:
        """Return the plan with which a ride on the vehicle would begin; None: it is free."""
        self._freshen()
        for form_factor in (vehicle.form_factor, ""):
            for propulsion_type in (vehicle.propulsion_type, ""):
                if plan := self._current.get((vehicle.city, form_factor, propulsion_type)):
                    return plan
        return None

    def forget(self) -> None:
        """Read the database again at the next question."""
        self._loaded_at = float("-inf")

    def _freshen(self) -> None:
        if time.monotonic() - self._loaded_at > self.max_age_s:
            self._load()

    def _load(self) -> None:
        by_type = (PricingPlan.city, PricingPlan.form_factor, PricingPlan.propulsion_type)
        newest = select(PricingPlan).distinct(*by_type)
        rows = db.session.scalars(newest.order_by(*by_type, PricingPlan.version.desc())).all()
        for plan in rows:
            db.session.expunge(plan)
        self._current = {(p.city, p.form_factor, p.propulsion_type): p for p in rows}
        self._loaded_at = time.monotonic()


def init_app(app: Flask) -> None:
    app.extensions["movr_plans"] = Plans(app.config["PLANS_MAX_AGE_S"])


def plans() -> Plans:
    """Return the plans of the current application."""
    found: Plans = current_app.extensions["movr_plans"]
    return found


def current_plan(wanted: Any, vehicle: Any = None) -> Any:
    """Return ``wanted``, columns of the plan with which a ride would begin now, as a scalar
    subquery for the row of ``vehicles`` at hand.

    vehicle: another source with the columns city, form_factor and propulsion_type of a vehicle.
    """
    source = table(Vehicle) if vehicle is None else vehicle
    those = table(PricingPlan).c
    return (
        select(wanted)
        .where(
            those.city == source.c.city,
            those.form_factor.in_((source.c.form_factor, "")),
            those.propulsion_type.in_((source.c.propulsion_type, "")),
        )
        .order_by(*ORDER)
        .limit(1)
        .correlate(source)
        .scalar_subquery()
    )


def current_plan_id(vehicle: Any = None) -> Any:
    """Return the id of that plan; NULL where riding is free."""
    return current_plan(table(PricingPlan).c.id, vehicle)
