"""Who may change which texts: those of a city with the permission there, those of all cities with
the permission in all."""

from flask import abort, request
from flask_login import current_user

from webapp.regions.models import City
from webapp.web.access import staff_city_or_404
from webapp.web.roles import Permission


def may_change_texts_of(city_name: str | None) -> bool:
    """Tell whether the viewer may change the texts of a city, or those of all cities (None)."""
    cities = current_user.cities_with_permission(Permission.CHANGE_TEXTS)
    return cities is None or city_name in cities


def requested_city_or_404() -> City | None:
    """Return the city that the address names; None: ``city=``, all of them.

    An address that says nothing means all cities for who may change their texts, else the first
    city of the viewer. Answers 404 for a city where the viewer may not.
    """
    name = request.args.get("city")
    if name:
        return staff_city_or_404(name, Permission.CHANGE_TEXTS)
    if may_change_texts_of(None):
        return None
    return abort(404) if name == "" else staff_city_or_404(None, Permission.CHANGE_TEXTS)
