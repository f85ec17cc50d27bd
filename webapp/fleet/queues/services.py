"""What managers decide about the queues of a city: its service targets."""

from typing import NamedTuple

from sqlalchemy import select, update

from webapp.audit.changes import RecordedChange
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, city_event_statement
from webapp.db.keys import values_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import EditConflict
from webapp.extensions import db
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City


class CityTargets(NamedTuple):
    """Within how long staff of a city act and answer, seconds; None: as usual. Columns of City."""

    first_action_target_s: int | None = None
    answer_target_s: int | None = None

    @classmethod
    def of(cls, city: City) -> "CityTargets":
        """Return the targets of a city in the catalogue."""
        return cls(city.first_action_target_s, city.answer_target_s)


def read_service_targets(city: City) -> CityTargets:
    """Return the targets of a city, from the database."""
    columns = table(City).c
    query = select(*(columns[name] for name in CityTargets._fields))
    return CityTargets(*db.session.execute(query.where(columns.name == city.name)).one())


def change_service_targets(city: City, old: CityTargets, new: CityTargets, why: str = "") -> None:
    """Set the targets of a city. Raises EditConflict unless they are ``old``."""
    cities = table(City)
    changed = (
        update(cities)
        .where(cities.c.name == city.name, values_condition(cities, old._asdict()))
        .values(new._asdict())
        .returning(cities.c.name)
        .cte("changed_city")
    )
    audit_event = city_event_statement(
        AuditKind.SERVICE_TARGETS_CHANGED,
        city,
        after=changed,
        change=RecordedChange(old._asdict(), new._asdict(), why),
    )
    statement = select(changed.c.name).add_cte(as_cte(audit_event))
    is_changed = bool(execute_write(statement, idempotent=True))
    catalogue().forget()
    if not is_changed:
        raise EditConflict
