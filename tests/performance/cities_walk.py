"""Staff of all cities: opening, changing and closing a city."""

from tests.factories import fill_caches
from tests.performance.walk import PAGE, RIDE, Walk
from webapp.regions.enums import CityFeature


def manage_cities(walk: Walk) -> None:
    admin = walk.sign_in_new_user("admin")
    with walk.app.app_context():
        fill_caches()  # what was published before
    walk.get(admin, "all cities", "/admin/cities", PAGE)
    walk.get(admin, "the form of a new city", "/admin/cities/new", PAGE)
    walk.get(admin, "the form of a city", "/admin/cities/paris", PAGE)
    walk.get(admin, "what a city still lacks", "/admin/cities/paris/setup", PAGE)
    lyon = {"label": "Lyon", "timezone": "Europe/Paris", "lat": "45.76", "lon": "4.84"}
    fields = {**lyon, "currency": "EUR", "region": "us-east1"}
    walk.post(admin, "opening a city", "/admin/cities/new", **fields)
    # The catalogue is read again.
    changed = {**lyon, "lat": "45.77"}
    walk.post(admin, "changing a city", "/admin/cities/lyon", RIDE + 1, **changed)


def close_cities(walk: Walk) -> None:
    admin, why = walk.sign_in_new_user("admin"), {"why": "contract ended"}
    with walk.app.app_context():
        fill_caches()  # the catalogue has changed
    walk.get(admin, "what closing a city means", "/admin/cities/seattle/close", PAGE)
    walk.get(admin, "the features of a city", "/admin/cities/seattle/features", PAGE)
    features = {feature.value: "on" for feature in CityFeature} | {"pauses": "off"}
    walk.post(admin, "switching a feature", "/admin/cities/seattle/features", RIDE, **features)
    # The catalogue is read again.
    walk.post(admin, "closing a city", "/admin/cities/seattle/close", RIDE, **why)
    why = {"archive-why": "all done", "reopen-why": "a new contract"}
    walk.post(admin, "archiving a city", "/admin/cities/seattle/archive", RIDE, **why)
    walk.post(admin, "opening a city again", "/admin/cities/seattle/reopen", RIDE, **why)
