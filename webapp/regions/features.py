"""What a city offers: nothing new once it is closed, and nothing that is switched off.

Pages ask the cached city. The statements that start a ride or reserve a vehicle ask the table, so
that what an admin has saved a moment ago holds.
"""

from sqlalchemy import ColumnElement, all_, exists, func, literal, or_

from webapp.db.types import table
from webapp.errors import DomainError
from webapp.regions.catalogue import catalogue
from webapp.regions.enums import CityFeature
from webapp.regions.models import City
from webapp.translations import lazy_gettext as _l

FEATURE_OFF_MESSAGES = {
    CityFeature.RIDES: _l("No rides start here at the moment. Please try again later."),
    CityFeature.RESERVATIONS: _l("Vehicles can't be reserved here at the moment."),
    CityFeature.PAUSES: _l("Rides can't be paused here at the moment."),
    CityFeature.OWNER_VEHICLES: _l("Owners can't add vehicles here at the moment."),
    CityFeature.SIGN_UPS: _l(
        "You can't choose this city as your home city at the moment. Choose another one."
    ),
}


#: What a closed city still offers: rides that are running go on.
KEPT_WHEN_CLOSED = frozenset({CityFeature.PAUSES})


class CityClosed(DomainError):
    title = _l("This city is closed")
    message = _l(
        "MovR is closed in this city: you can't start a ride here. If you are riding, end your ride"
        " as usual."
    )


class FeatureOff(DomainError):
    """A feature is switched off in a city."""

    title = _l("Not at the moment")

    def __init__(self, feature: CityFeature, field: str = "") -> None:
        super().__init__()
        self.message = FEATURE_OFF_MESSAGES[feature]
        self.field = field


def find_feature_refusal(city: City, feature: CityFeature) -> DomainError | None:
    """Return why a city does not offer a feature; None if it does."""
    if city.is_closed and feature not in KEPT_WHEN_CLOSED:
        return CityClosed()
    return FeatureOff(feature) if feature in (city.features_off or ()) else None


def check_feature(city: City, feature: CityFeature, field: str = "") -> None:
    """Raise CityClosed or FeatureOff unless a city offers a feature. field: of the form, that is
    wrong then."""
    if refusal := find_feature_refusal(city, feature):
        refusal.field = field
        raise refusal


def check_city_open(city: City, field: str = "") -> None:
    """Raise CityClosed if a city is closed. field: of the form, that is wrong then."""
    if city.is_closed:
        refusal = CityClosed()
        refusal.field = field
        raise refusal


def list_cities_with_feature(feature: CityFeature) -> list[City]:
    """Return the cities that offer a feature, in the order in which they opened."""
    return [city for city in catalogue().all() if not find_feature_refusal(city, feature)]


def feature_condition(city_name: ColumnElement[str], *features: CityFeature) -> ColumnElement[bool]:
    """Return the condition that the city of that name offers some features."""
    cities = table(City).c
    conditions = [literal(feature.value) != all_(cities.features_off) for feature in features]
    if not KEPT_WHEN_CLOSED.issuperset(features):
        conditions.append(_is_open_condition())
    return exists().where(cities.name == city_name, *conditions)


def city_open_condition(city_name: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that the city of that name is not closed."""
    return exists().where(table(City).c.name == city_name, _is_open_condition())


def _is_open_condition() -> ColumnElement[bool]:
    closes_at = table(City).c.closes_at
    return or_(closes_at.is_(None), closes_at > func.now())
