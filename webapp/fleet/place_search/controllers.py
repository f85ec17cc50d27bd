"""Places by their name: links that show what is free near each of them."""

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from webapp.fleet.place_search.forms import PlaceForm
from webapp.fleet.place_search.nominatim import FoundPlace, PlaceServiceFailed
from webapp.fleet.place_search.services import find_places, find_service_host
from webapp.forms import render_form
from webapp.regions.catalogue import city_or_404
from webapp.regions.models import City
from webapp.translations import get_language_code
from webapp.web.access import public

bp = Blueprint("place_search", __name__)


@bp.get("/city/<city_name>/places")
@public
def search(city_name: str) -> ResponseReturnValue:
    """The places of a city that are called so."""
    city = city_or_404(city_name)
    host = find_service_host() or abort(404)
    form = PlaceForm(request.args)
    places: list[FoundPlace] = []
    is_failed = False
    if "q" in request.args and form.validate():
        try:
            places = _find(city, form)
        except PlaceServiceFailed:
            is_failed = True
    return render_form(
        "fleet/place_search.html", form, city=city, places=places, is_failed=is_failed, host=host
    )


def _find(city: City, form: PlaceForm) -> list[FoundPlace]:
    return find_places(city, form.q.data, get_language_code(), request.remote_addr or "")
