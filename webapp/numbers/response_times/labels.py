"""What people read about response times."""

from flask_babel import LazyString

from webapp.fleet.reports.labels import KIND_LABELS as REPORT_KIND_LABELS
from webapp.fleet.tasks.enums import TaskKind
from webapp.fleet.tasks.labels import KIND_LABELS as TASK_KIND_LABELS
from webapp.numbers.response_times.enums import ResponseMetric, Subject
from webapp.translations import find_label
from webapp.translations import lazy_gettext as _l

SUBJECT_LABELS = {Subject.REPORTS: _l("Reports"), Subject.TASKS: _l("Tasks")}
ALL_LABELS = {Subject.REPORTS: _l("All reports"), Subject.TASKS: _l("All tasks")}
_KIND_LABELS: dict[str, LazyString] = {
    **{str(kind): label for kind, label in REPORT_KIND_LABELS.items()},
    **{str(kind): label for kind, label in TASK_KIND_LABELS.items()},
    str(TaskKind.OWN): _l("Custom types"),
}
#: Each with its definition.
STEP_LABELS = {
    ResponseMetric.REPORT_FIRST_ACTION: (
        _l("Reports: first action"),
        _l("From when a rider filed a report until staff assigned or answered it."),
    ),
    ResponseMetric.REPORT_ANSWER: (
        _l("Reports: solved"),
        _l("Until staff gave the final answer."),
    ),
    ResponseMetric.TASK_START: (
        _l("Tasks: begun"),
        _l("From when a task was made until somebody started it at the vehicle."),
    ),
    ResponseMetric.TASK_DONE: (
        _l("Tasks: done"),
        _l("Until it was done. Cancelled tasks do not count."),
    ),
}


def response_kind_label(kind: str) -> str:
    """Return the text for a kind of report or task."""
    return find_label(_KIND_LABELS, kind)
