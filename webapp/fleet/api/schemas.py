"""Cities and vehicles as JSON."""

from typing import Annotated

from msgspec import Meta

from webapp.api.values import Answer, Position
from webapp.regions import models


class City(Answer):
    """A city where MovR is."""

    name: Annotated[str, Meta(description="Its key, as in addresses: new york.")]
    label: Annotated[str, Meta(description="As people write it: New York.")]
    currency: Annotated[str, Meta(description="ISO 4217; all its prices are in it.")]
    time_zone: Annotated[str, Meta(description="IANA name: America/New_York.")]
    centre: Position
    is_open: Annotated[bool, Meta(description="Whether rides can start there.")]


def describe_city(city: models.City) -> City:
    """Return a city as JSON."""
    return City(
        name=city.name,
        label=city.label,
        currency=city.currency,
        time_zone=city.timezone,
        centre=Position(lat=city.lat, lon=city.lon),
        is_open=not city.is_closed,
    )
