"""The API: what a request to it costs."""

from tests.performance.walk import PUBLIC_LIST, Walk


def walk_api(walk: Walk) -> None:
    visitor = walk.visitor()
    walk.get(visitor, "the page about the API", "/api", PUBLIC_LIST)
    walk.get(visitor, "the OpenAPI document", "/api/v1/openapi.json", PUBLIC_LIST)
    walk.get(visitor, "the page of a problem", "/problems/vehicle-unavailable", PUBLIC_LIST)
    walk.get(visitor, "API: the cities", "/api/v1/cities", PUBLIC_LIST)
    walk.get(visitor, "API: a city", "/api/v1/cities/paris", PUBLIC_LIST)
