"""A change of staff on a task: who, where they may, and when."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, DateTime, func, literal, true

from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.fleet.tasks.models import Task
from webapp.web.roles import Permission

#: A device may have been without network for so long.
MAX_DELAY = timedelta(hours=2)


@dataclass(frozen=True)
class TaskChange:
    """What a member of staff does with a task."""

    staff_key: RowKey
    #: The cities where they may; None: all.
    city_names: Collection[str] | None
    #: A change that is sent twice has the same id.
    id: UUID = field(default_factory=uuid4)
    #: When, by the clock of a device without network. None: now.
    at: datetime | None = None

    @property
    def time_column(self) -> ColumnElement[datetime]:
        """When it happened: at most ``MAX_DELAY`` ago, and not in the future."""
        if self.at is None:
            return func.now()
        device_time = literal(self.at, DateTime(timezone=True))
        return func.least(func.now(), func.greatest(device_time, func.now() - MAX_DELAY))

    def time_after(self, earlier: ColumnElement[datetime]) -> ColumnElement[datetime]:
        """Return when it happened, not before an earlier step: the clock of the device may be
        wrong, and no duration is negative."""
        return func.greatest(self.time_column, earlier)

    @property
    def city_condition(self) -> ColumnElement[bool]:
        if self.city_names is None:
            return true()
        return table(Task).c.city.in_(sorted(self.city_names))


def make_change(
    staff: User, permission: Permission, id: UUID | None = None, at: datetime | None = None
) -> TaskChange:
    """Return a change of a member of staff, in the cities where they have the permission."""
    return TaskChange(staff.key, staff.cities_with_permission(permission), id or uuid4(), at)
