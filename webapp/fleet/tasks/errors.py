"""What is refused about tasks."""

from webapp.errors import DomainError
from webapp.translations import lazy_gettext as _l


class TaskChanged(DomainError):
    """Somebody else has changed the task, or it is over."""

    title = _l("Someone was faster")
    message = _l("This task has changed meanwhile. What you did was not saved.")


class TaskTaken(TaskChanged):
    message = _l("A colleague has taken this task. What you did was not saved.")


class TaskClosed(TaskChanged):
    message = _l("This task is done or cancelled already. What you did was not saved.")


class VehicleRetired(TaskChanged):
    title = None
    message = _l("This vehicle has left the fleet, so there is nothing to do any more.")


class TaskExists(DomainError):
    """The vehicle has an open task of this kind. details: ``task_key``."""

    field = "kind"
    message = _l("This vehicle has an open task of this type already.")


class NotStaffOfCity(DomainError):
    field = "assignee"
    message = _l("This person can't be assigned: they have no role for tasks in this city.")


#: Of one city: a form offers them all.
MAX_KINDS = 100


class TooManyKinds(DomainError):
    field = "name"
    message = _l(
        "There are %(max)d task types already. Remove one that nobody uses.", max=MAX_KINDS
    )


class KindExists(DomainError):
    field = "name"
    message = _l("This city has a task type of that name already.")
