"""Rows of Boston, before and after its move to us-west1."""

from typing import Any

from sqlalchemy import select

from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.regions.geography import Place, Point

COMMON = Place("Boston Common", Point(42.355, -71.066))


def moved_key(key: RowKey) -> RowKey:
    """Return the key that a row has after the move."""
    return RowKey("us-west1", key.id)


def read_regions(model: Any, *where: Any) -> set[str]:
    """Return the regions in which rows are."""
    return set(db.session.scalars(select(model.region).where(*where)))
