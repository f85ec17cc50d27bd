"""Balances of lines that an older release wrote, which kept no balances."""

from uuid import UUID

from webapp.db.transactions import execute_write
from webapp.regions.catalogue import list_city_regions
from webapp.riders.wallet.ledger import add_to_balances_statement

#: Lines of one statement.
BATCH = 500


def update_balances() -> int:
    """Add to the balances of all regions the lines that are not in them; return how many balances
    changed. It can be interrupted and run again, also beside servers of any release."""
    return sum(map(update_balances_of, list_city_regions()))


def update_balances_of(region: str, rider_id: UUID | None = None) -> int:
    """``update_balances`` of one region, or of one rider in it."""
    total, statement = 0, add_to_balances_statement(region, BATCH, rider_id)
    while changed := execute_write(statement, idempotent=True):
        total += len(changed)
    return total
