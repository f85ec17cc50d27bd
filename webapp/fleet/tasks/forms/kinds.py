"""Kinds of tasks as the choices of a field."""

from collections.abc import Iterable

from wtforms.fields.choices import SelectChoice

from webapp.fleet.tasks.enums import TaskKind
from webapp.fleet.tasks.labels import KIND_LABELS
from webapp.forms import choices

#: Before the name of a city's own kind, as the value of a choice.
OWN_PREFIX = f"{TaskKind.OWN}:"


def kind_choices(custom_kinds: Iterable[str]) -> list[SelectChoice]:
    """Return the kinds of tasks as choices."""
    own = [(kind_value(TaskKind.OWN, name), name) for name in custom_kinds]
    return choices([*KIND_LABELS.items(), *own])


def kind_value(kind: str, custom_kind: str) -> str:
    """Return the value of the choice for a kind."""
    return OWN_PREFIX + custom_kind if kind == TaskKind.OWN else kind


def read_kind(value: str) -> tuple[TaskKind, str]:
    """Return the kind of a choice, and the name of a kind of the city's own."""
    if value.startswith(OWN_PREFIX):
        return TaskKind.OWN, value.removeprefix(OWN_PREFIX)
    return TaskKind(value), ""
