"""What planners do: make tasks, assign and cancel them."""

from dataclasses import asdict, dataclass
from uuid import UUID, uuid5

from sqlalchemy import CTE, Select, exists, literal, select

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.auth.models import User
from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import Region, table
from webapp.errors import NotFound, check_form_values
from webapp.extensions import db
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.models import Vehicle, retired_condition
from webapp.fleet.reports.models import Report
from webapp.fleet.tasks.changes import TaskChange, make_change
from webapp.fleet.tasks.enums import OPEN_STATES, TaskKind, TaskPriority, TaskSource
from webapp.fleet.tasks.errors import NotStaffOfCity, TaskChanged, TaskClosed, TaskExists
from webapp.fleet.tasks.models import Task
from webapp.fleet.tasks.statements import assign_task_statement, cancel_task_statement
from webapp.web.roles import Permission


@dataclass(frozen=True)
class NewTask:
    """What a planner says about a task: columns of Task."""

    kind: TaskKind
    #: The name of the kind ``OWN``.
    custom_kind: str = ""
    priority: TaskPriority = TaskPriority.NORMAL
    note: str = ""
    source: TaskSource = TaskSource.STAFF
    #: What an alert has seen.
    trigger: AlertKind | None = None
    #: The report that it is made from, in the region of the vehicle.
    report_id: UUID | None = None


def add_task(staff: User, vehicle_key: RowKey, nonce: str, new: NewTask) -> RowKey:
    """Make a task about a vehicle in a city of a planner; return its key.

    nonce: from the form. The same nonce again is the same task.

    Raises NotFound, also without the permission in the city of the vehicle; TaskExists, FormReused.
    """
    task_key = RowKey(vehicle_key.region, uuid5(staff.id, nonce))
    change = make_change(staff, Permission.PLAN_TASKS)
    if not execute_write(add_task_statement(task_key, vehicle_key, change, new), idempotent=True):
        with check_outcome():
            _check_added(staff, task_key, vehicle_key, new)
    return task_key


def add_task_statement(
    task_key: RowKey, vehicle_key: RowKey, change: TaskChange, new: NewTask
) -> Select[tuple[UUID]]:
    """Return the statement that makes a task with its audit event. No row: it is made already, the
    vehicle has an open task of this kind, or there is no such vehicle."""
    added = _insert_task_cte(task_key, vehicle_key, change, new)
    audit_event = audit_event_statement(
        AuditKind.TASK_ADDED,
        actor=change.staff_key,
        subject=audit_subject("task", task_key),
        after=added,
        region=task_key.region,
        city=added.c.city,
        task=new.kind.value,
    )
    return select(added.c.id).add_cte(as_cte(audit_event))


def _insert_task_cte(
    task_key: RowKey, vehicle_key: RowKey, change: TaskChange, new: NewTask
) -> CTE:
    vehicles, tasks, reports = table(Vehicle).c, table(Task), table(Report).c
    values = {
        "id": task_key.id,
        "kind": new.kind.value,
        "custom_kind": new.custom_kind,
        "priority": int(new.priority),
        "source": new.source.value,
        "trigger": new.trigger and new.trigger.value,
        "report_id": new.report_id,
        "note": new.note,
        "creator_id": change.staff_key.id,
    }
    row = {
        "region": vehicles.region,
        "city": vehicles.city,
        "vehicle_id": vehicles.id,
        "creator_region": literal(change.staff_key.region, Region),
        **{name: literal(value, tasks.c[name].type) for name, value in values.items()},
    }
    source = select(*row.values()).where(
        key_condition(table(Vehicle), vehicle_key), ~retired_condition()
    )
    if change.city_names is not None:
        source = source.where(vehicles.city.in_(sorted(change.city_names)))
    if new.report_id:
        is_about_vehicle = exists().where(
            reports.region == vehicles.region,
            reports.id == new.report_id,
            reports.vehicle_id == vehicles.id,
        )
        source = source.where(is_about_vehicle)
    inserted = insert(tasks).from_select(list(row), source).on_conflict_do_nothing()
    return inserted.returning(tasks.c.id, tasks.c.city).cte("added_task")


def _check_added(staff: User, task_key: RowKey, vehicle_key: RowKey, new: NewTask) -> None:
    """Raise TaskExists, FormReused or NotFound unless the task is there, made by the same form."""
    query = select(Task).where(
        key_condition(Task, vehicle_key, id="vehicle_id"),
        (Task.id == task_key.id)
        | (
            (Task.kind == new.kind.value)
            & (Task.custom_kind == new.custom_kind)
            & Task.state.in_(OPEN_STATES)
        ),
    )
    tasks = {task.id: task for task in db.session.scalars(query)}
    if task := tasks.get(task_key.id):
        check_form_values(task, asdict(new))
        return
    for task in tasks.values():
        if staff.has_permission(Permission.PLAN_TASKS, task.city):
            raise TaskExists(task_key=task.key)
    raise NotFound


def cancel_task(staff: User, task_key: RowKey) -> None:
    """Cancel a task that is to be done. Its vehicle stays as it is. Once they have cancelled it, it
    is cancelled. Raises NotFound, TaskClosed."""
    change = make_change(staff, Permission.PLAN_TASKS, uuid5(task_key.id, f"cancel {staff.id}"))
    if not execute_write(cancel_task_statement(task_key, change), idempotent=True):
        with check_outcome():
            task = find_planned_task(staff, task_key)
            if task.last_change_id != change.id:
                raise TaskClosed


def assign_task(
    staff: User, task_key: RowKey, seen: RowKey | None, assignee: RowKey | None
) -> None:
    """Assign a task to somebody who works on tasks in its city, or to nobody. Who has it already
    has it, also if they have started.

    seen: who had it on the page of the planner.

    Raises NotFound, TaskClosed, TaskChanged when somebody else has it by now, NotStaffOfCity.
    """
    change = make_change(staff, Permission.PLAN_TASKS)
    if execute_write(assign_task_statement(task_key, change, seen, assignee), idempotent=True):
        return
    with check_outcome():
        task = find_planned_task(staff, task_key)
        if task.last_change_id == change.id:
            return
        if not task.is_open:
            raise TaskClosed
        if task.assignee_key == assignee:
            return
        raise TaskChanged if task.assignee_key != seen else NotStaffOfCity


def find_planned_task(staff: User, task_key: RowKey) -> Task:
    """Return a task in a city of a planner; raises NotFound."""
    task = db.session.get(Task, tuple(task_key), populate_existing=True)
    if task is None or not staff.has_permission(Permission.PLAN_TASKS, task.city):
        raise NotFound
    return task
