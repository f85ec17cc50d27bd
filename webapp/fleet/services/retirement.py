"""What ends when vehicles leave the fleet for good."""

from typing import Any, NamedTuple

from sqlalchemy import CTE, Select

from webapp.audit.writing import as_cte
from webapp.db.inserts import Insert
from webapp.hooks import get_hooks
from webapp.jobs.writing import insert_jobs_cte


class RetirementParts(NamedTuple):
    """Parts of a statement that end what hangs on vehicles which it retires."""

    ctes: list[CTE]
    #: To be added, too, together with those that the statement has (``as_cte``).
    audit_events: list[Insert]
    #: The same of jobs (``insert_jobs_cte``). Any: the columns of a job.
    jobs: list[Select[Any]]


def make_retirement_parts(retired: CTE) -> RetirementParts:
    """Return the parts for a statement that has audit events or jobs of its own.

    retired: the part that retires the vehicles; has their ``region`` and ``id``.
    """
    parts = [make_part(retired) for make_part in get_hooks().retirement_parts]
    audit_events = [part.audit_event for part in parts if part.audit_event is not None]
    jobs = [part.jobs for part in parts if part.jobs is not None]
    return RetirementParts([part.cte for part in parts], audit_events, jobs)


def retirement_ctes(retired: CTE) -> list[CTE]:
    """Return the same, for a statement without audit events and jobs of its own."""
    parts = make_retirement_parts(retired)
    ctes = parts.ctes
    if parts.audit_events:
        ctes.append(as_cte(*parts.audit_events))
    if parts.jobs:
        ctes.append(insert_jobs_cte(*parts.jobs))
    return ctes
