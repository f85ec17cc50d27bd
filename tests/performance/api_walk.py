"""The API: what a request to it costs, and the pages of access tokens."""

import re

from tests.api.client import ApiClient
from tests.performance.walk import PAGE, PUBLIC_LIST, Walk


def walk_api(walk: Walk) -> None:
    visitor = walk.visitor()
    walk.get(visitor, "the page about the API", "/api", PUBLIC_LIST)
    walk.get(visitor, "the OpenAPI document", "/api/v1/openapi.json", PUBLIC_LIST)
    walk.get(visitor, "the page of a problem", "/problems/vehicle-unavailable", PUBLIC_LIST)
    walk.get(visitor, "API: the cities", "/api/v1/cities", PUBLIC_LIST)
    walk.get(visitor, "API: a city", "/api/v1/cities/paris", PUBLIC_LIST)
    manage_tokens(walk)
    program = ApiClient.of(walk.app, walk.make_user())
    walk.get(program, "API: the account", "/api/v1/me", PAGE)


def manage_tokens(walk: Walk) -> None:
    rider, page = walk.sign_in_new_user(), "/account/tokens"
    walk.get(rider, "the access tokens", page, PAGE)
    walk.get(rider, "the form for an access token", f"{page}/new", PAGE)
    fields = {"name": "Program", "account_read": "y", "days": "7"}
    walk.post(rider, "creating an access token", f"{page}/new", PAGE, **fields)
    (delete_path,) = re.findall(r"/account/tokens/[^/]+/delete", rider.get(page).text)
    walk.post(rider, "deleting an access token", delete_path, PAGE)
