"""The API: what a request to it costs, and the pages of access tokens."""

import re

from tests.api.client import ApiClient
from tests.performance.walk import PAGE, PUBLIC_LIST, RIDE, Walk


def walk_api(walk: Walk) -> None:
    visitor = walk.visitor()
    walk.get(visitor, "the page about the API", "/api", PUBLIC_LIST)
    walk.get(visitor, "the OpenAPI document", "/api/v1/openapi.json", PUBLIC_LIST)
    walk.get(visitor, "the page of a problem", "/problems/vehicle-unavailable", PUBLIC_LIST)
    walk.get(visitor, "API: the cities", "/api/v1/cities", PUBLIC_LIST)
    walk.get(visitor, "API: a city", "/api/v1/cities/paris", PUBLIC_LIST)
    vehicle, in_city = walk.make_vehicle(), "/api/v1/cities/new%20york/vehicles"
    walk.get(visitor, "API: the vehicles of a city", in_city, PUBLIC_LIST)
    near = f"{in_city}?lat=40.73&lon=-73.99"
    walk.get(visitor, "API: the vehicles near a point", near, PUBLIC_LIST)
    on_map = f"{in_city}/map?bbox=40.72,-74,40.74,-73.98"
    walk.get(visitor, "API: the vehicles of a map window", on_map, PUBLIC_LIST)
    watching = f"{in_city}/changes"
    # At first; in these tests nothing is kept for another look. Later and others: none.
    walk.get(visitor, "API: watching the vehicles of a city, at first", watching, PAGE)
    one = f"/api/v1/vehicles/{vehicle.public_key}"
    walk.get(visitor, "API: one vehicle", one, PUBLIC_LIST)
    manage_tokens(walk)
    program = ApiClient.of(walk.app, walk.make_user())
    walk.get(program, "API: the account", "/api/v1/me", PAGE)
    ride_by_api(walk, program, str(vehicle.public_key))


def ride_by_api(walk: Walk, program: ApiClient, vehicle_id: str) -> None:
    """A ride costs what it costs on its page."""
    rides = "/api/v1/rides"
    started = walk.post_json(program, "API: starting a ride", rides, RIDE, vehicle_id=vehicle_id)
    ride = started.headers["Location"]
    walk.get(program, "API: the running ride", f"{rides}/current", PAGE)
    for action in ("pause", "resume"):
        walk.post_json(program, f"API: {action} of a ride", f"{ride}/{action}", RIDE)
    walk.post_json(program, "API: ending a ride", f"{ride}/end", RIDE, lat=40.73, lon=-73.99)
    program.key = "end"
    end = "API: ending it again, with a key that is kept after the answer"
    walk.post_json(program, end, f"{ride}/end", RIDE, lat=40.73, lon=-73.99)
    again = "API: the same request again, answered from its key"
    walk.post_json(program, again, f"{ride}/end", PUBLIC_LIST, lat=40.73, lon=-73.99)
    program.key = ""
    walk.get(program, "API: a ride with its receipt", ride, PAGE)
    walk.get(program, "API: the rides", rides, PAGE)


def manage_tokens(walk: Walk) -> None:
    rider, page = walk.sign_in_new_user(), "/account/tokens"
    walk.get(rider, "the access tokens", page, PAGE)
    walk.get(rider, "the form for an access token", f"{page}/new", PAGE)
    fields = {"name": "Program", "account_read": "y", "days": "7"}
    walk.post(rider, "creating an access token", f"{page}/new", PAGE, **fields)
    (delete_path,) = re.findall(r"/account/tokens/[^/]+/delete", rider.get(page).text)
    walk.post(rider, "deleting an access token", delete_path, PAGE)
