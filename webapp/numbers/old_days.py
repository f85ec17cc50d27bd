"""Deleting what is counted by day and has become old: unmet demand and opened pages."""

from datetime import timedelta

from sqlalchemy import func

from webapp.db.slices import delete_slice_statement, execute_in_slices
from webapp.db.types import table
from webapp.numbers.unmet_demand.models import UnmetDemand
from webapp.numbers.usage.models import UsageCount
from webapp.regions.models import City

DayModel = type[UnmetDemand] | type[UsageCount]
#: Each has its name in SWEEP_AFTER_DAYS.
DAY_MODELS: tuple[DayModel, ...] = (UnmetDemand, UsageCount)


def delete_old_days(model: DayModel, age: timedelta, city: City) -> int:
    """Delete the rows of a city whose days began longer ago; return how many."""
    rows = table(model).c
    is_old = (rows.city == city.name, rows.day_at < func.now() - age)
    return execute_in_slices(delete_slice_statement(model, city.region, *is_old))
