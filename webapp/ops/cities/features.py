"""Switching features of a city on and off, with the audit event."""

from collections.abc import Collection

from sqlalchemy import select, update

from webapp.audit.changes import RecordedChange
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, city_event_statement
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import EditConflict, NotFound
from webapp.extensions import db
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City


def read_features_off(city_name: str) -> list[str]:
    """Return what is switched off in a city, from the database; raises NotFound."""
    query = select(City.features_off).where(City.name == city_name)
    features_off = db.session.scalar(query)
    if features_off is None:
        raise NotFound
    return features_off


def switch_features(city: City, old: Collection[str], new: Collection[str], why: str = "") -> None:
    """Set what is switched off in a city (``CityFeature``). Raises EditConflict unless it is as in
    ``old``."""
    cities = table(City)
    changed = (
        update(cities)
        .where(cities.c.name == city.name, cities.c.features_off == sorted(old))
        .values(features_off=sorted(new))
        .returning(cities.c.name)
        .cte("changed_city")
    )
    change = RecordedChange({"features_off": sorted(old)}, {"features_off": sorted(new)}, why)
    audit_event = city_event_statement(
        AuditKind.CITY_FEATURES_CHANGED, city, after=changed, change=change
    )
    statement = select(changed.c.name).add_cte(as_cte(audit_event))
    is_changed = execute_write(statement, idempotent=True)
    catalogue().forget()
    if not is_changed:
        raise EditConflict
