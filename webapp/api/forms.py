"""Checking what a request sends by the form of the page: the same rules, in the same words."""

from collections.abc import Iterator
from typing import Any

import msgspec
from werkzeug.datastructures import MultiDict

from webapp.api.values import Body
from webapp.forms import Form
from webapp.web.problems import InvalidRequest


def form_values(body: Body) -> dict[str, Any]:
    """Return the arguments of a form that is filled with a request, field by field."""
    values = msgspec.to_builtins(body)
    fields = MultiDict(
        (name, "y" if value is True else str(value))
        for name, value in values.items()
        if value is not None and value is not False
    )
    # No page was shown, and no cookie is read.
    return {"formdata": fields, "meta": {"csrf": False}}


def check_form(form: Form) -> None:
    """Raise InvalidRequest with the messages of the fields."""
    if not form.validate():
        raise InvalidRequest(errors=list(_list_errors(form)))


def _list_errors(form: Form) -> Iterator[tuple[str, str]]:
    for name, messages in form.errors.items():
        for message in messages:
            yield f"/{name}" if name else "", str(message)
