"""What a queue shows, and in which order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, DateTime, cast, false, func
from sqlalchemy.orm import InstrumentedAttribute

from webapp.db.keys import RowKey, key_condition

#: Of the filter, beside the keys of colleagues.
ME, NOBODY = "me", "nobody"


@dataclass(frozen=True)
class QueueFilter:
    """Whose rows of a queue are shown, from what age on, and whether only overdue ones."""

    viewer_key: RowKey | None = None
    #: ``me``, ``nobody``, or the key of a colleague; '': all.
    assignee: str | RowKey = ""
    min_age: timedelta | None = None
    #: Only what staff should have acted on, or answered, by now.
    is_overdue: bool = False

    def conditions(
        self, rows: Any, since: InstrumentedAttribute[datetime]
    ) -> list[ColumnElement[bool]]:
        """Return the conditions for the rows of a model, without that of overdue ones, which each
        queue has. Any: one with an assignee.

        since: the time from which their age counts.
        """
        conditions = []
        if self.assignee:
            conditions.append(self._assignee_condition(rows))
        if self.min_age:
            conditions.append(since < cast(func.now() - self.min_age, DateTime(timezone=True)))
        return conditions

    def _assignee_condition(self, rows: Any) -> ColumnElement[bool]:
        if self.assignee == NOBODY:
            is_free: ColumnElement[bool] = rows.assignee_id.is_(None)
            return is_free
        key = self.assignee if isinstance(self.assignee, RowKey) else self.viewer_key
        return key_condition(rows, key, "assignee_region", "assignee_id") if key else false()
