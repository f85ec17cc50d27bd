"""Tasks of an account that has ended, in slices."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from webapp.db.keys import RowKey, key_condition
from webapp.db.slices import execute_in_slices, in_slice_condition, set_null_in_slices
from webapp.db.types import table
from webapp.fleet.tasks.enums import OPEN_STATES
from webapp.fleet.tasks.models import Task
from webapp.fleet.tasks.statements import is_assignee, reset_values
from webapp.regions.catalogue import list_city_regions


def release_tasks_of_account(session: Session, account_key: RowKey) -> None:
    """Give back the tasks that a person has not done; the hook ``on_account_deletion``."""
    session.execute(update(table(Task)).where(_has_to_do(account_key)).values(reset_values()))


def anonymise_tasks_in_slices(account_key: RowKey) -> None:
    """Remove a person from their tasks, which stay: those that are to be done are open for others;
    the hook ``deletion_slices``."""
    for region in list_city_regions():
        execute_in_slices(release_slice_statement(account_key, region))
    for role in ("assignee", "creator"):
        columns = f"{role}_region", f"{role}_id"
        has_role = key_condition(table(Task), account_key, *columns)
        for region in list_city_regions():
            set_null_in_slices(Task, region, has_role, *columns)


def release_slice_statement(account_key: RowKey, region: str) -> ReturningUpdate[tuple[UUID]]:
    """Return the statement that gives back some of the tasks of an account in a region."""
    tasks = table(Task)
    return (
        update(tasks)
        .where(in_slice_condition(Task, region, _has_to_do(account_key)))
        .values(reset_values())
        .returning(tasks.c.id)
    )


def _has_to_do(account_key: RowKey) -> ColumnElement[bool]:
    return and_(is_assignee(account_key), table(Task).c.state.in_(OPEN_STATES))
