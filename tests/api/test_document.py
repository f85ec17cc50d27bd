"""The OpenAPI document and the page about the API."""

import json
import re
from typing import Any

from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.visitor import Visitor
from webapp.api.document import list_routes


def read_document(visitor: Visitor) -> Any:
    return json.loads(visitor.get("/api/v1/openapi.json").get_data())


def test_the_document_is_valid_openapi_3_1(visitor: Visitor) -> None:
    document = read_document(visitor)
    assert document["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_route_of_the_api_is_an_operation_in_the_document(
    app: Flask, visitor: Visitor
) -> None:
    paths = read_document(visitor)["paths"]
    documented = {(method.upper(), path) for path in paths for method in paths[path]}
    routes = {
        (method, re.sub(r"<(?:key:|uuid:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/") and rule.endpoint != "api.document"
    }
    assert documented == routes
    names = [operation["operationId"] for path in paths.values() for operation in path.values()]
    assert len(names) == len(set(names))
    with app.app_context():
        assert all(route.operation.summary for route in list_routes(app))


def test_the_page_shows_each_operation_and_loads_nothing(app: Flask, visitor: Visitor) -> None:
    page = visitor.get("/api").text
    for route in list_routes(app):
        assert f"{route.method} {route.path}" in page
    assert "//cdn" not in page
