"""What staff read about tasks."""

from collections.abc import Mapping

from flask_babel import LazyString

from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.alerts.labels import ALERT_LABELS
from webapp.fleet.tasks.enums import (
    TaskKind,
    TaskPriority,
    TaskSource,
    TaskState,
    VehicleOutcome,
)
from webapp.fleet.tasks.models import Task
from webapp.templating import add_colon
from webapp.translations import find_label, lazy_pgettext
from webapp.translations import lazy_gettext as _l

#: Of the kinds that every city has.
KIND_LABELS: Mapping[TaskKind, LazyString] = {
    TaskKind.SWAP_BATTERY: _l("Swap the battery"),
    TaskKind.COLLECT: _l("Collect"),
    TaskKind.REPAIR: _l("Repair"),
    TaskKind.REBALANCE: _l("Place elsewhere"),
    TaskKind.INSPECT: _l("Inspect"),
}

PRIORITY_LABELS: Mapping[TaskPriority, LazyString] = {
    TaskPriority.URGENT: _l("Urgent"),
    TaskPriority.NORMAL: _l("Normal"),
    TaskPriority.LOW: _l("When there is time"),
}

STATE_LABELS: Mapping[TaskState, LazyString] = {
    TaskState.OPEN: lazy_pgettext("task", "Open"),
    TaskState.IN_PROGRESS: _l("In progress"),
    TaskState.DONE: lazy_pgettext("task", "Done"),
    TaskState.CANCELLED: _l("Cancelled"),
}

SOURCE_LABELS: Mapping[TaskSource, LazyString] = {
    TaskSource.STAFF: _l("Added by staff"),
    TaskSource.REPORT: _l("From a report"),
    TaskSource.ALERT: _l("From an alert"),
    TaskSource.RULE: _l("Added by a rule"),
}

TRIGGER_HINTS: Mapping[AlertKind, LazyString] = {
    AlertKind.BATTERY_LOW: _l("It stands on the street with a battery below the limit."),
    AlertKind.IDLE: _l("It stands on the street, and nobody has ridden or reserved it."),
    AlertKind.OUT_OF_SERVICE: _l("It stands on the street out of service."),
    AlertKind.NO_CONTACT: _l("Its feed has sent nothing new about it for long."),
    AlertKind.SHORT_RIDES: _l("Its last rides were all very short: it is likely broken."),
    AlertKind.RESERVED_OFTEN: _l("It was reserved again and again, and not ridden."),
    AlertKind.OUTSIDE_AREA: _l("It stands outside of the service area."),
}

OUTCOME_LABELS: Mapping[VehicleOutcome, LazyString] = {
    VehicleOutcome.DEPLOYED: _l("It stands on the street, ready to ride"),
    VehicleOutcome.PICKED_UP: _l("I took it with me"),
    VehicleOutcome.UNCHANGED: _l("It stays out of service"),
}


def task_kind_label(task: Task) -> str:
    """Return what a task is called."""
    return task.custom_kind or find_label(KIND_LABELS, task.kind)


def task_state_label(task: Task) -> str:
    """Return the word for the state of a task."""
    if task.state == TaskState.OPEN and task.assignee_id:
        return str(_l("Assigned"))
    return find_label(STATE_LABELS, task.state)


def task_priority_label(task: Task) -> str:
    """Return the word for the priority of a task."""
    return find_label(PRIORITY_LABELS, task.priority)


def task_source_label(task: Task) -> str:
    """Return why there is a task."""
    source = find_label(SOURCE_LABELS, task.source)
    if not task.trigger:
        return source
    return f"{add_colon(source)} {find_label(ALERT_LABELS, task.trigger)}"
