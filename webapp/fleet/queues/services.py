"""What managers decide about the queues of a city: its service targets."""

from datetime import timedelta

from sqlalchemy import or_, select, update

from webapp.audit.changes import RecordedChange, old_values_cte, select_values
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, city_event_statement
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City


def change_service_targets(
    city: City, first_action: timedelta | None, answer: timedelta | None
) -> None:
    """Set within how long staff of a city act and answer; None: as usual."""
    cities = table(City)
    values = {
        "first_action_target_s": _in_seconds(first_action),
        "answer_target_s": _in_seconds(answer),
    }
    is_city = cities.c.name == city.name
    old_values = old_values_cte(cities, values, is_city)
    changed = (
        update(cities)
        .where(
            is_city,
            or_(*(cities.c[name].is_distinct_from(value) for name, value in values.items())),
        )
        .values(values)
        .returning(cities.c.name)
        .cte("changed_city")
    )
    audit_event = city_event_statement(
        AuditKind.SERVICE_TARGETS_CHANGED,
        city,
        after=changed,
        change=RecordedChange(select_values(old_values), values),
    )
    execute_write(select(changed.c.name).add_cte(as_cte(audit_event)), idempotent=True)
    catalogue().forget()


def _in_seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else int(duration.total_seconds())
