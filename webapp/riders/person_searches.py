"""Searching for persons is counted and recorded: nobody reads through all riders of a city."""

from flask import current_app
from sqlalchemy import CTE

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement
from webapp.auth.models import User
from webapp.web import rate_limits


def record_search_for_persons(staff: User) -> bool:
    """Count a search for persons and write it to the audit trail, without what was typed; False:
    there were too many. One statement."""
    limit = rate_limits.Limit(*current_app.config["LIMIT_PERSON_SEARCHES"])
    bucket = rate_limits.make_bucket("person search", limit, staff.id)

    def record(allowed: CTE) -> CTE:
        return as_cte(audit_event_statement(AuditKind.PERSONS_SEARCHED, after=allowed))

    try:
        rate_limits.count_attempt([bucket], record=record)
    except rate_limits.TooManyTries:
        return False
    return True
