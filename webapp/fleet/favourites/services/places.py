"""Saving places to look around."""

from uuid import UUID, uuid4, uuid5

from sqlalchemy import delete, func, literal, select
from sqlalchemy.sql.dml import ReturningInsert

from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.fleet.favourites.models import SavedPlace
from webapp.fleet.favourites.services.writing import write_favourite
from webapp.regions.geography import Point
from webapp.translations import lazy_gettext as _l

#: How many places a rider can save.
MAX_SAVED_PLACES = 12


class TooManyPlaces(DomainError):
    message = _l("You can save %(n)d places. Remove one first.", n=MAX_SAVED_PLACES)


def add_place(rider_key: RowKey, label: str, point: Point, nonce: UUID | None = None) -> RowKey:
    """Save a place for a rider and return its key. Raises TooManyPlaces.

    nonce: of a program's request. The same one again is the same place.
    """
    place_id = uuid5(rider_key.id, f"place {nonce}") if nonce else uuid4()
    place_key = RowKey(rider_key.region, place_id)
    if not write_favourite(_add_place_statement(rider_key, place_key, label, point)):
        raise TooManyPlaces
    return place_key


def _add_place_statement(
    rider_key: RowKey, place_key: RowKey, label: str, point: Point
) -> ReturningInsert[tuple[UUID]]:
    """Return the INSERT of a place; no row: the rider has too many.

    Repeated after a lost answer, it changes nothing and returns its row again.
    """
    places = table(SavedPlace)
    row = {**place_key._asdict(), "rider_id": rider_key.id, "label": label, **point._asdict()}
    other_places = places.alias()
    count = select(func.count()).where(
        key_condition(other_places, rider_key, id="rider_id"), other_places.c.id != place_key.id
    )
    values = select(*(literal(value, places.c[name].type) for name, value in row.items()))
    inserted = insert(places).from_select(
        list(row), values.where(count.scalar_subquery() < MAX_SAVED_PLACES)
    )
    return inserted.on_conflict_do_update(
        index_elements=list(places.primary_key.columns), set_={"label": inserted.excluded.label}
    ).returning(places.c.id)


def remove_place(rider_key: RowKey, place_id: UUID) -> None:
    """Remove a place of the rider. Idempotent."""
    places = table(SavedPlace)
    removed = delete(places).where(
        key_condition(places, rider_key, id="rider_id"), places.c.id == place_id
    )
    write_favourite(removed.returning(places.c.id))
