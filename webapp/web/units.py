"""The units of a request: those that the person has chosen in the profile, else of the country.

The country is that of the browser's first language, ``en-US``; a browser that names none is of the
country of the city that it looks at.
"""

import re

from flask import Flask, g, has_request_context, request
from flask_login import current_user

from webapp.regions.catalogue import visitors_city
from webapp.regions.languages import find_city_territory
from webapp.translations import get_language_code
from webapp.translations.units import METRIC, Units, find_territory_units
from webapp.web.api_requests import is_api_request
from webapp.web.languages import is_language_in_address

#: The parameter of an address that says the units of what it leads to, beside its language.
UNITS_ARGUMENT = "units"
_TERRITORY_SUBTAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{4})?-([A-Za-z]{2})(?![A-Za-z0-9])")


def init_app(app: Flask) -> None:
    app.extensions["units_finder"] = find_units


def find_units() -> Units:
    """Return the units of the request; outside of one kilometres and 24 hours."""
    if not has_request_context() or is_api_request():
        return METRIC
    if is_language_in_address():
        return METRIC.choose(request.args.get(UNITS_ARGUMENT, ""))
    units = find_territory_units(get_language_code(), _find_territory())
    if g.get("failsafe") or not current_user.is_authenticated:
        return units
    return units.choose(current_user.units)


def _find_territory() -> str:
    """Return where the person is, ISO 3166; '' if nobody knows."""
    if match := _TERRITORY_SUBTAG.match(request.accept_languages.best or ""):
        return match[1].upper()
    if g.get("failsafe"):  # an error page is rendered: the database may be what failed
        return ""
    city = visitors_city()
    return find_city_territory(city) if city else ""
