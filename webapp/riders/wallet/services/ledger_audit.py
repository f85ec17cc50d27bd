"""Checking that the ledger of all regions is consistent."""

from sqlalchemy import Connection

from webapp.hooks import LedgerCheck, get_hooks
from webapp.regions.placement import make_maintenance_engine

#: How many rows of a failed check are named.
EXAMPLES = 3


def check_ledger() -> list[str]:
    """Return what is wrong, as sentences with the keys of some rows; [] if nothing is."""
    with make_maintenance_engine().connect() as connection:
        findings = [_run_check(connection, check) for check in get_hooks().ledger_checks]
    return [finding for finding in findings if finding]


def _run_check(connection: Connection, check: LedgerCheck) -> str:
    rows = connection.execute(check.query).all()
    if not rows:
        return ""
    examples = [".".join(map(str, row)) for row in rows[:EXAMPLES]]
    more = ", ..." if len(rows) > EXAMPLES else ""
    return f"{len(rows)} {check.problem}: {', '.join(examples)}{more}"
