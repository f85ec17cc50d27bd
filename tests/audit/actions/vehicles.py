"""Actions of vehicles: of owners, riders and staff."""

from werkzeug.test import TestResponse

from tests.audit.actions.scene import Outcome, Scene, records
from webapp.audit.enums import AuditKind

BIKE = {
    "type": "bike",
    "brand": "Pegasus",
    "color": "green",
    "address": "12 Main Street",
    "lat": "48.85",
    "lon": "2.35",
}


def _add_vehicle(scene: Scene) -> tuple[TestResponse, str]:
    response = scene.client.send("/vehicles/add", **BIKE)
    assert response.status_code == 303, response.text
    return response, str(response.location).replace("/mine/", "/")


def _vehicle_outcome(scene: Scene, page: str, response: TestResponse) -> Outcome:
    return response, scene.ada.key, page.replace("/vehicles/", "vehicle ")


@records(AuditKind.VEHICLE_ADDED)
def add_a_vehicle(scene: Scene) -> Outcome:
    response, page = _add_vehicle(scene)
    return _vehicle_outcome(scene, page, response)


@records(AuditKind.VEHICLE_CHANGED)
def change_a_vehicle(scene: Scene) -> Outcome:
    _, page = _add_vehicle(scene)
    return _vehicle_outcome(
        scene, page, scene.client.send(f"{page}/edit", **{**BIKE, "color": "blue"})
    )


@records(AuditKind.VEHICLE_REMOVED)
def remove_a_vehicle(scene: Scene) -> Outcome:
    _, page = _add_vehicle(scene)
    return _vehicle_outcome(scene, page, scene.client.send(f"{page}/remove"))


def _report_vehicle(scene: Scene) -> TestResponse:
    page = f"/vehicles/{scene.make_vehicle().public_key}/report"
    response: TestResponse = scene.client.send(
        page, kind="damage", note="wrong password, Pegasus", nonce="n"
    )
    return response


@records(AuditKind.REPORT_FILED)
def report_a_vehicle(scene: Scene) -> Outcome:
    response = _report_vehicle(scene)
    return response, scene.ada.key, response.location.replace("/reports/", "report ")


@records(AuditKind.REPORT_WITHDRAWN)
def take_a_report_back(scene: Scene) -> Outcome:
    report = _report_vehicle(scene).location
    response = scene.client.send(f"{report}/withdraw")
    return response, scene.ada.key, report.replace("/reports/", "report ")


@records(AuditKind.REPORT_TAGGED)
def tag_a_report(scene: Scene) -> Outcome:
    report = _report_vehicle(scene).location
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    response = scene.stranger.send(f"/fleet{report}/tags", tag="winter")
    return response, sam.key, report.replace("/reports/", "report ")


@records(AuditKind.REPORT_ANSWERED)
def answer_a_report(scene: Scene) -> Outcome:
    report = _report_vehicle(scene).location
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    fields = {"seen": "new", "state": "resolved", "text": "wrong password, Pegasus"}
    response = scene.stranger.send(f"/fleet{report}/answer", **fields)
    return response, sam.key, report.replace("/reports/", "report ")


@records(AuditKind.REPORT_ASSIGNED)
def assign_a_report(scene: Scene) -> Outcome:
    report = _report_vehicle(scene).location
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    response = scene.stranger.send(f"/fleet{report}/assign", username="sam")
    return response, sam.key, report.replace("/reports/", "report ")


@records(AuditKind.VEHICLE_ACTION)
def take_a_vehicle_out_of_service(scene: Scene) -> Outcome:
    vehicle = scene.make_vehicle().key
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    page = f"/fleet/vehicles/{vehicle}/actions/take_out_of_service"
    fields = {"reason": "maintenance", "note": "wrong password, Pegasus"}
    return scene.stranger.send(page, **fields), sam.key, f"vehicle {vehicle}"


@records(AuditKind.VEHICLE_ALERT_MUTED)
def mute_an_alert_for_a_vehicle(scene: Scene) -> Outcome:
    vehicle = scene.make_vehicle().key
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    fields = {"mute_h": "24", "reason": "wrong password, Pegasus"}
    response = scene.stranger.send(f"/fleet/vehicles/{vehicle}/alerts/idle", **fields)
    return response, sam.key, f"vehicle {vehicle}"


@records(AuditKind.BULK_ACTION_STARTED)
def take_many_vehicles_out_of_service(scene: Scene) -> Outcome:
    vehicle = scene.make_vehicle()
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    query = f"city={vehicle.city}&vehicle-{vehicle.id}=on&action=take_out_of_service"
    fields = {"reason": "maintenance", "note": "wrong password, Pegasus"}
    response = scene.stranger.send(f"/fleet/bulk-actions/new?{query}", **fields)
    key = response.location.rpartition("/")[2]
    return response, sam.key, f"bulk_action {key}"
