"""What the rider of the demo follows."""

from uuid import uuid5

from webapp.auth.models import User
from webapp.ops.demo.cities import DemoCity
from webapp.rides.following.models import RADII_M


def followed_place_rows(city: DemoCity, rider: User) -> list[dict[str, object]]:
    """Return the place that the rider follows: where the first street of the city begins."""
    street = city.streets[0]
    return [
        {
            "region": city.region,
            "id": uuid5(rider.id, "the demo's followed place"),
            "rider_region": rider.region,
            "rider_id": rider.id,
            "city": city.name,
            "label": street.name,
            "lat": street.begin.lat,
            "lon": street.begin.lon,
            "cell": street.begin.cell,
            "radius_m": RADII_M[1],
        }
    ]
