"""Running a statement that belongs to a rider's account."""

from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.selectable import TypedReturnsRows

from webapp.db.errors import violated_constraint
from webapp.db.transactions import execute_write
from webapp.errors import NotFound

#: The foreign keys of favourites to the rider's account.
ACCOUNT_CONSTRAINTS = ("fk_saved_vehicles_users", "fk_saved_places_users")


def write_favourite(statement: TypedReturnsRows[tuple[UUID]]) -> bool:
    """Run a statement with RETURNING; return whether it changed a row.

    Raises NotFound when the account has just been deleted, or moved to another region.
    """
    try:
        return bool(execute_write(statement, idempotent=True))
    except IntegrityError as error:
        if violated_constraint(error).startswith(ACCOUNT_CONSTRAINTS):
            raise NotFound from None
        raise
