"""The tasks of the staff of a fleet: those that are done, and those that are to be done now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from webapp.db.keys import RowKey
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.tasks.enums import TaskKind, TaskPriority, TaskSource, TaskState
from webapp.fleet.tasks.models import Task, TaskPart
from webapp.ops.demo.scaled_fleet.batches import Batch
from webapp.ops.demo.scaled_fleet.options import make_id
from webapp.ops.demo.scaled_fleet.vehicles import SimulatedVehicle

#: What is put in by a repair, and what it costs, minor units.
PARTS = (
    ("Brake pads", 8_00),
    ("Inner tube", 5_50),
    ("Brake cable", 4_00),
    ("Handlebar grip", 6_00),
    ("Bell", 3_50),
    ("Rear light", 12_00),
)
#: Of those who have a task to do, how many of a hundred have approached the vehicle, and how many
#: more have only taken the task.
STARTED_PERCENT, ASSIGNED_PERCENT = 30, 35
WORK_MINUTES = {
    TaskKind.SWAP_BATTERY: (2, 8),
    TaskKind.REPAIR: (10, 55),
    TaskKind.REBALANCE: (8, 30),
}
#: The longest work begins so long before it is done.
LONGEST_WORK = timedelta(minutes=20)


@dataclass(frozen=True)
class TaskOrigin:
    """What is to be done, and why. creator_key: None: a rule."""

    kind: TaskKind
    source: TaskSource
    creator_key: RowKey | None = None
    trigger: AlertKind | None = None
    report_id: UUID | None = None
    priority: TaskPriority = TaskPriority.NORMAL
    note: str = ""


def add_done_task(
    batch: Batch,
    vehicle: SimulatedVehicle,
    origin: TaskOrigin,
    assignee_key: RowKey | None,
    period: tuple[datetime, datetime],
) -> None:
    """Add a task that is done. period: when it was made, and when it was done."""
    created_at, closed_at = period
    started_at = max(created_at, closed_at - LONGEST_WORK)
    columns = {
        "state": TaskState.DONE.value,
        "assigned_at": created_at + (started_at - created_at) / 2,
        "started_at": started_at,
        "closed_at": closed_at,
        "minutes": batch.random.randint(*WORK_MINUTES[origin.kind]),
    }
    task_id = _add_task(batch, vehicle, origin, assignee_key, created_at, columns)
    if origin.kind is TaskKind.REPAIR:
        _add_part(batch, task_id)


def add_open_task(
    batch: Batch, vehicle: SimulatedVehicle, origin: TaskOrigin, created_at: datetime
) -> None:
    """Add a task that is to be done. Some have an assignee, who may have begun if the vehicle is
    not for riders."""
    random = batch.random
    percent, assignee_key = random.randrange(100), None
    columns: dict[str, object] = {"state": TaskState.OPEN.value, "assigned_at": None}
    if percent < STARTED_PERCENT + ASSIGNED_PERCENT:
        assignee_key = random.choice(batch.staff.mechanics)
        columns["assigned_at"] = created_at + (batch.now - created_at) / 3
    columns["started_at"] = None
    if percent < STARTED_PERCENT and not vehicle.is_for_riders:
        columns["state"] = TaskState.IN_PROGRESS.value
        columns["started_at"] = created_at + (batch.now - created_at) / 2
    columns |= {"closed_at": None, "minutes": None}
    _add_task(batch, vehicle, origin, assignee_key, created_at, columns)


def _add_task(
    batch: Batch,
    vehicle: SimulatedVehicle,
    origin: TaskOrigin,
    assignee_key: RowKey | None,
    created_at: datetime,
    columns: dict[str, object],
) -> UUID:
    task_id = make_id(batch.random)
    assignee_region, assignee_id = assignee_key or (None, None)
    creator_region, creator_id = origin.creator_key or (None, None)
    batch.rows.add(
        Task,
        {
            "region": vehicle.city.region,
            "id": task_id,
            "city": vehicle.city.name,
            "vehicle_id": vehicle.id,
            "kind": origin.kind.value,
            "priority": origin.priority.value,
            "source": origin.source.value,
            "trigger": origin.trigger.value if origin.trigger else None,
            "report_id": origin.report_id,
            "assignee_region": assignee_region,
            "assignee_id": assignee_id,
            "creator_region": creator_region,
            "creator_id": creator_id,
            "note": origin.note,
            "created_at": created_at,
            **columns,
        },
    )
    return task_id


def _add_part(batch: Batch, task_id: UUID) -> None:
    name, cost = batch.random.choice(PARTS)
    city = batch.options.city
    row = {"region": city.region, "task_id": task_id, "number": 1, "name": name, "count": 1}
    batch.rows.add(TaskPart, {**row, "cost": cost, "currency": city.currency})
