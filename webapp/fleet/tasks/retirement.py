"""The tasks of vehicles that leave the fleet for good."""

from sqlalchemy import CTE, func, update

from webapp.db.types import table
from webapp.fleet.tasks.enums import OPEN_STATES, TaskState
from webapp.fleet.tasks.models import Task


def cancel_tasks_cte(retired: CTE) -> CTE:
    """Return the part of a statement that cancels the open tasks of vehicles; the hook
    ``retirement_parts``."""
    tasks = table(Task)
    cancelled = (
        update(tasks)
        .where(
            tasks.c.region == retired.c.region,
            tasks.c.vehicle_id == retired.c.id,
            tasks.c.state.in_(OPEN_STATES),
        )
        .values(state=TaskState.CANCELLED.value, closed_at=func.now())
    )
    return cancelled.returning(tasks.c.id).cte("cancelled_tasks")
