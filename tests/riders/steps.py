"""Steps that tests of riders share."""

from typing import Any

from sqlalchemy import func, select

from tests.factories import find_city
from webapp.extensions import db
from webapp.riders.services.profile import ProfileData


def make_profile(
    city: str = "new york",
    first_name: str = "Ada",
    last_name: str = "King",
    about: str = "I count.",
) -> ProfileData:
    """Return a profile, inside an application context."""
    return ProfileData(find_city(city), first_name, last_name, about)


def count_rows(model: type[Any]) -> int:
    """Count the rows of a model, inside an application context."""
    return db.session.scalar(select(func.count()).select_from(model)) or 0
