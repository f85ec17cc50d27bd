"""Opening a city and changing one, with their audit events."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields

from sqlalchemy import Select, select, update

from webapp.audit.changes import RecordedChange
from webapp.audit.enums import AuditKind
from webapp.audit.writing import (
    as_cte,
    audit_event_statement,
    city_event_statement,
    make_city_subject,
)
from webapp.db.inserts import insert
from webapp.db.keys import values_condition
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import table
from webapp.errors import DomainError, EditConflict, NotFound
from webapp.extensions import db
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City
from webapp.translations import lazy_gettext as _l


class CityExists(DomainError):
    field = "label"
    message = _l("There is a city with this name already.")


@dataclass(frozen=True)
class CityData:
    """What can be changed about an open city. Columns of its table."""

    label: str
    timezone: str
    lat: float
    lon: float
    minimum_age: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, city: City) -> "CityData":
        """Return what can be changed about a city, as it is."""
        names = [each.name for each in fields(cls) if each.name != "label"]
        values = {name: getattr(city, name) for name in names}
        return cls(label=city.default_label, **values)


def make_city_name(label: str) -> str:
    """Return the name that a city gets by its label. It never changes."""
    return label.lower()


def open_city(region: str, currency: str, data: CityData, why: str = "") -> str:
    """Open a city and return its name. Raises CityExists."""
    name = make_city_name(data.label)
    statement = _open_city_statement(name, region, currency, data, why)
    if not execute_write(statement, idempotent=True):
        with check_outcome():
            _check_has_data(name, region, currency, data)
    catalogue().forget()
    return name


def _check_has_data(name: str, region: str, currency: str, data: CityData) -> None:
    """Raise CityExists unless the city is open with this data: the statement was sent twice."""
    columns = table(City).c
    wanted = {"region": region, "currency": currency, **asdict(data)}
    query = select(*(columns[column] for column in wanted)).where(columns.name == name)
    if db.session.execute(query).one() != tuple(wanted.values()):
        raise CityExists


def _open_city_statement(
    name: str, region: str, currency: str, data: CityData, why: str
) -> Select[tuple[str]]:
    cities = table(City)
    values = {"name": name, "region": region, "currency": currency, **asdict(data)}
    inserted = insert(cities).values(values).on_conflict_do_nothing().returning(cities.c.name)
    opened = inserted.cte("opened_city")
    audit_event = audit_event_statement(
        AuditKind.CITY_OPENED,
        subject=make_city_subject(name),
        after=opened,
        region=region,
        city=name,
        change=RecordedChange(None, values, why),
    )
    return select(opened.c.name).add_cte(as_cte(audit_event))


def read_city_data(city_name: str) -> CityData:
    """Return what can be changed about a city, from the database; raises NotFound."""
    columns = table(City).c
    names = [each.name for each in fields(CityData)]
    query = select(*(columns[name] for name in names)).where(columns.name == city_name)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return CityData(*row)


def change_city(city: City, old: CityData, new: CityData, why: str = "") -> None:
    """Change a city. Raises EditConflict unless it is as in ``old``."""
    cities = table(City)
    changed = (
        update(cities)
        .where(cities.c.name == city.name, values_condition(cities, asdict(old)))
        .values(asdict(new))
        .returning(cities.c.name)
        .cte("changed_city")
    )
    change = RecordedChange(asdict(old), asdict(new), why)
    audit_event = city_event_statement(AuditKind.CITY_CHANGED, city, after=changed, change=change)
    statement = select(changed.c.name).add_cte(as_cte(audit_event))
    is_changed = bool(execute_write(statement, idempotent=True))
    catalogue().forget()
    if not is_changed:
        raise EditConflict
