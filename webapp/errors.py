"""Domain errors: a rule of the application refuses what was asked."""

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString

from webapp.translations import lazy_gettext as _l


class DomainError(Exception):
    """A rule refuses what was asked. A subclass names the fact, with its status and its text.

    details: values for the page that shows the error, such as the ride that is open.
    """

    #: The HTTP status of the response.
    status = 409
    #: The heading of the error page; None: the usual one of the status.
    title: LazyString | None = None
    #: What people read.
    message: LazyString | str = _l("That isn't possible right now.")
    #: The form field that the error is about; '' when it is about none.
    field = ""
    #: Additional headers of the response.
    headers: dict[str, str] = {}
    #: The name of its problem type in the API (webapp/web/problems.py): ``vehicle-unavailable``,
    #: from that of the class. It never changes: a class that is renamed keeps it.
    problem_name = "domain-error"

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "problem_name" not in vars(cls):
            cls.problem_name = re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    def __init__(self, **details: Any) -> None:
        super().__init__(str(details) if details else "")
        self.details = details

    def problem_members(self) -> dict[str, Any]:
        """Return what programs need to know besides the text: members of the problem details."""
        return {}


class FormReused(DomainError):
    """A form that was saved before is sent again with other data, such as by the button "Back"."""

    message = _l("This form was saved before, with other data. Send it again to add another one.")


def check_form_values(stored: object, sent: Mapping[str, object]) -> None:
    """Raise FormReused unless the row that a form has stored has the values that are sent now.

    sent: all that the form says, by the name of the attribute; without it what the row's id follows
        from.
    """
    if any(getattr(stored, name) != value for name, value in sent.items()):
        raise FormReused


class EditConflict(DomainError):
    """Somebody else has changed a row since the page that shows it was opened."""

    title = _l("Someone was faster")
    message = _l(
        "Somebody else has changed this since you opened it, so your changes were not saved."
        " What you typed is still here. Check it, then save again."
    )


class NotFound(DomainError):
    """There is no such row, or this person may not see it: both look the same."""

    status = 404
    message = _l("We couldn't find that.")
