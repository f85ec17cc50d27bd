"""Photos of reports by the API: as on the page."""

from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from tests.api.client import ApiClient
from tests.factories import UserFactory, VehicleFactory
from tests.fleet.reports.steps import make_photo


@pytest.fixture
def program(app: Flask, make_user: UserFactory) -> ApiClient:
    return ApiClient.of(app, make_user())


@pytest.fixture
def path(make_vehicle: VehicleFactory) -> str:
    return f"/api/v1/vehicles/{make_vehicle().public_key}/reports"


def send(program: ApiClient, path: str, key: str = "one", **fields: Any) -> Any:
    headers = {"Idempotency-Key": key}
    data = {"kind": "damage", "critical": "true", **fields}
    return program.post(path, data=data, content_type="multipart/form-data", headers=headers)


def test_photos_come_with_a_report_and_can_be_read(program: ApiClient, path: str) -> None:
    sent = send(program, path, photo1=(make_photo(), "a.jpg"), photo3=(make_photo("blue"), "b.jpg"))
    assert (sent.status_code, sent.get_json()["takes_out_of_service"]) == (201, True)
    report = program.get(sent.headers["Location"]).get_json()
    assert (report["kind"], report["critical"], len(report["photos"])) == ("damage", True, 2)
    photo = program.get(report["photos"][1])
    assert (photo.mimetype, photo.data[:3]) == ("image/jpeg", b"\xff\xd8\xff")


def test_photos_are_a_part_of_what_was_sent_with_a_key(program: ApiClient, path: str) -> None:
    first = send(program, path, photo1=(make_photo(), "a.jpg"))
    again = send(program, path, photo1=(make_photo(), "a.jpg"))
    assert (again.status_code, again.get_json()) == (201, first.get_json())
    other = send(program, path, photo1=(make_photo("blue"), "a.jpg"))
    assert (other.status_code, other.get_json()["title"]) == (422, "Idempotency key used before")
    assert len(program.get("/api/v1/reports").get_json()) == 1


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"photo2": (BytesIO(b"no photo"), "a.jpg")}, "/photo2"),
        ({"photo4": (make_photo(), "a.jpg")}, "/photo4"),
        ({"critical": "perhaps"}, "/critical"),
        ({"kind": "other"}, "/note"),
    ],
)
def test_what_is_wrong_with_a_form_is_said_by_its_field(
    program: ApiClient, path: str, fields: Any, pointer: str
) -> None:
    refused = send(program, path, **fields)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.get_json()["errors"]] == [pointer]
