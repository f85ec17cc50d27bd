"""What ends when vehicles leave the fleet for good."""

from typing import NamedTuple

from sqlalchemy import CTE

from webapp.audit.writing import as_cte
from webapp.db.inserts import Insert
from webapp.hooks import get_hooks


class RetirementParts(NamedTuple):
    """Parts of a statement that end what hangs on vehicles which it retires."""

    ctes: list[CTE]
    #: To be added, too, together with those that the statement has (``as_cte``).
    audit_events: list[Insert]


def make_retirement_parts(retired: CTE) -> RetirementParts:
    """Return the parts for a statement that has audit events of its own.

    retired: the part that retires the vehicles; has their ``region`` and ``id``.
    """
    parts = [make_part(retired) for make_part in get_hooks().retirement_parts]
    audit_events = [part.audit_event for part in parts if part.audit_event is not None]
    return RetirementParts([part.cte for part in parts], audit_events)


def retirement_ctes(retired: CTE) -> list[CTE]:
    """Return the same, for a statement without audit events of its own."""
    ctes, audit_events = make_retirement_parts(retired)
    return [*ctes, as_cte(*audit_events)] if audit_events else ctes
