"""The OpenAPI document and the page about the API."""

import json
import re
from contextlib import nullcontext
from typing import Any

import msgspec
import pytest
from flask import Flask
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.visitor import Visitor
from webapp.api.document import list_routes
from webapp.api.values import Body
from webapp.fleet.owner_and_staff_schemas import PlaceBody
from webapp.fleet.reports.staff_api import ReportReply
from webapp.riders.profile_api import NewProfile
from webapp.rides.api.schemas import RideStart

KEY = "us-east1.0b9c27d4-7f4e-4c3b-9d5a-1f2e3d4c5b6a"


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
        (method, re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/") and rule.endpoint != "api.document"
    }
    assert documented == routes
    names = [operation["operationId"] for path in paths.values() for operation in path.values()]
    assert len(names) == len(set(names))
    with app.app_context():
        assert all(route.operation.summary for route in list_routes(app))


LAT, LON = 40.73, -73.98
REPLY = {"text": "Thank you.", "seen_state": "new"}
PLACE = {"address": "1 Main Street"}
NAMES = {"city": "paris", "first_name": "Ada", "last_name": "Byron"}


@pytest.mark.parametrize(
    ("body", "values", "is_valid"),
    [
        (RideStart, {"code": "MV1"}, True),
        (RideStart, {"code": "MV1", "vehicle_id": None}, True),
        (RideStart, {"code": "MV1", "vehicle_id": KEY}, False),
        (RideStart, {"code": None, "vehicle_id": KEY}, True),
        (RideStart, {"vehicle_id": None}, False),
        (RideStart, {}, False),
        (PlaceBody, {**PLACE, "lat": LAT, "lon": LON}, True),
        (PlaceBody, {**PLACE, "lat": LAT}, False),
        (PlaceBody, {**PLACE, "lat": None, "lon": LON}, False),
        (PlaceBody, PLACE, True),
        (NewProfile, {**NAMES, "clock": "24"}, False),
        (NewProfile, {**NAMES, "clock": "24", "distance_unit": "km"}, True),
        (ReportReply, {**REPLY, "state": "resolved"}, True),
        (ReportReply, {**REPLY, "state": "new"}, False),
    ],
)
def test_the_document_refuses_what_the_api_refuses(
    body: type[Body], values: dict[str, Any], is_valid: bool
) -> None:
    """Rules between members stand in ``__post_init__``, where msgspec finds no schema."""
    _, schemas = msgspec.json.schema_components([body], ref_template="#/$defs/{name}")
    schema = {**schemas[body.__name__], **body.SCHEMA_RULES, "$defs": schemas}
    assert OAS31Validator(schema).is_valid(values) is is_valid
    with nullcontext() if is_valid else pytest.raises(msgspec.ValidationError):
        msgspec.convert(values, body)


def test_every_rule_between_members_of_a_body_is_in_the_document(
    app: Flask, visitor: Visitor
) -> None:
    schemas = read_document(visitor)["components"]["schemas"]
    for route in list_routes(app):
        body = route.operation.body
        if body and hasattr(body, "__post_init__"):
            assert body.SCHEMA_RULES, body
            assert body.SCHEMA_RULES.items() <= schemas[body.__name__].items()


def test_a_form_whose_files_are_required_says_so(visitor: Visitor) -> None:
    operation = read_document(visitor)["paths"]["/api/v1/me/photo"]["put"]
    form = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["required"] == ["photo"]


def test_the_page_shows_each_operation_and_loads_nothing(app: Flask, visitor: Visitor) -> None:
    page = visitor.get("/api").text
    for route in list_routes(app):
        assert f"{route.method} {route.path}" in page
    assert "//cdn" not in page
