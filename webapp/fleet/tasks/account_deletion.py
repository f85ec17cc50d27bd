"""Tasks of an account that has ended, in slices."""

from webapp.db.keys import RowKey, key_condition
from webapp.db.slices import set_null_in_slices
from webapp.db.types import table
from webapp.fleet.tasks.models import Task
from webapp.regions.catalogue import list_city_regions


def anonymise_tasks_in_slices(account_key: RowKey) -> None:
    """Remove a person from their tasks, which stay: those that are to be done are open for others;
    the hook ``deletion_slices``."""
    for role in ("assignee", "creator"):
        columns = f"{role}_region", f"{role}_id"
        has_role = key_condition(table(Task), account_key, *columns)
        for region in list_city_regions():
            set_null_in_slices(Task, region, has_role, *columns)
