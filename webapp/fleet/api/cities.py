"""The cities where MovR is."""

from flask import Blueprint

from webapp.api.operations import V1, operation
from webapp.fleet.api_schemas import City, describe_city
from webapp.regions.catalogue import catalogue, city_or_404
from webapp.web.access import public

bp = Blueprint("api_cities", __name__, url_prefix=f"{V1}/cities")


@bp.get("")
@public
@operation(list[City])
def index() -> list[City]:
    """List the cities.

    In the order in which they opened.
    """
    return [describe_city(city) for city in catalogue().all() if not city.is_archived]


@bp.get("/<city_name>")
@public
@operation(City)
def show(city_name: str) -> City:
    """Show a city."""
    return describe_city(city_or_404(city_name))
