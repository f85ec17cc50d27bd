"""Actions of rides, reservations and disputes."""

import re
from html import unescape

from werkzeug.test import TestResponse

from tests.audit.actions.scene import Outcome, Scene, records
from webapp.audit.enums import AuditKind
from webapp.db.keys import RowKey

PLACE = {"address": "By the fountain", "lat": "40.73", "lon": "-73.99"}


def _start_ride(scene: Scene) -> TestResponse:
    response: TestResponse = scene.client.send(f"/rides/start/{scene.make_vehicle().public_key}")
    return response


@records(AuditKind.RIDE_STARTED)
def start_a_ride(scene: Scene) -> Outcome:
    response = _start_ride(scene)
    return response, scene.ada.key, response.location.replace("/rides/", "ride ")


@records(AuditKind.RIDE_ENDED)
def end_a_ride(scene: Scene) -> Outcome:
    page = _start_ride(scene).location
    response = scene.client.send(page.replace("/rides/", "/rides/end/"), **PLACE)
    return response, scene.ada.key, page.replace("/rides/", "ride ")


@records(AuditKind.RIDE_PAUSED)
def pause_a_ride(scene: Scene) -> Outcome:
    page = _start_ride(scene).location
    response = scene.client.send(page.replace("/rides/", "/rides/pause/"))
    return response, scene.ada.key, page.replace("/rides/", "ride ")


@records(AuditKind.RIDE_RESUMED)
def resume_a_ride(scene: Scene) -> Outcome:
    page = _start_ride(scene).location
    scene.client.send(page.replace("/rides/", "/rides/pause/"))
    response = scene.client.send(page.replace("/rides/", "/rides/resume/"))
    return response, scene.ada.key, page.replace("/rides/", "ride ")


def _start_and_end_ride(scene: Scene) -> str:
    """Ride and end the ride; return its page."""
    page: str = _start_ride(scene).location
    scene.client.send(page.replace("/rides/", "/rides/end/"), **PLACE)
    return page


@records(AuditKind.RIDE_RATED)
def rate_a_ride(scene: Scene) -> Outcome:
    page = _start_and_end_ride(scene)
    response = scene.client.send(f"{page}/rating", stars="4", note="wrong password, Pegasus")
    return response, scene.ada.key, page.replace("/rides/", "ride ")


@records(AuditKind.REMARK_HIDDEN)
def hide_a_remark(scene: Scene) -> Outcome:
    return _act_on_remark(scene, "hide")


@records(AuditKind.REMARK_SHOWN)
def show_a_remark_again(scene: Scene) -> Outcome:
    return _act_on_remark(scene, "hide", "show")


def _act_on_remark(scene: Scene, *actions: str) -> Outcome:
    page = _start_and_end_ride(scene)
    scene.client.send(f"{page}/rating", stars="4", note="Pegasus", note_is_public="y")
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    for action in actions:
        response = scene.stranger.send(f"/fleet{page}/remark/{action}", why="asked for it")
    return response, sam.key, page.replace("/rides/", "ride ")


@records(AuditKind.RATING_WITHDRAWN)
def take_a_rating_back(scene: Scene) -> Outcome:
    page = _start_and_end_ride(scene)
    scene.client.send(f"{page}/rating", stars="4")
    response = scene.client.send(f"{page}/rating/withdraw")
    return response, scene.ada.key, page.replace("/rides/", "ride ")


def _open_dispute(scene: Scene) -> tuple[TestResponse, str]:
    """Ask for a ride to be looked at; return the response, and how the trail names the ride."""
    page = _start_and_end_ride(scene)
    response = scene.client.send(f"{page}/dispute", text="wrong password, Pegasus", nonce="n")
    return response, page.replace("/rides/", "ride ")


@records(AuditKind.DISPUTE_OPENED)
def open_a_dispute(scene: Scene) -> Outcome:
    response, ride = _open_dispute(scene)
    return response, scene.ada.key, ride


def _answer_dispute(scene: Scene, ride: str, **fields: str) -> tuple[TestResponse, RowKey]:
    """Answer as staff; return the response, and who that is."""
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    page = ride.replace("ride ", "/fleet/disputes/")
    html = scene.stranger.get(page).text
    hidden = dict(re.findall(r'name="(nonce|seen)" type="hidden" value="([^"]*)"', html))
    response = scene.stranger.send(page, **hidden, text="wrong password, Pegasus", **fields)
    return response, sam.key


@records(AuditKind.DISPUTE_ASSIGNED)
def assign_a_dispute(scene: Scene) -> Outcome:
    ride = _open_dispute(scene)[1]
    sam = scene.make_user("sam", roles=["fleet"])
    scene.stranger.sign_in(sam)
    page = ride.replace("ride ", "/fleet/disputes/")
    return scene.stranger.send(f"{page}/assign", username="sam"), sam.key, ride


@records(AuditKind.DISPUTE_ANSWERED)
def answer_a_dispute(scene: Scene) -> Outcome:
    ride = _open_dispute(scene)[1]
    response, sam = _answer_dispute(scene, ride)
    return response, sam, ride


@records(AuditKind.REFUNDED)
def refund_a_ride(scene: Scene) -> Outcome:
    scene.make_plan(unlock_fee=100)
    ride = _open_dispute(scene)[1]
    response, sam = _answer_dispute(scene, ride, refund="1")
    return response, sam, ride


def _reserve_vehicle(scene: Scene) -> tuple[TestResponse, str]:
    """Reserve a vehicle; return the response, and how the trail names the vehicle."""
    vehicle = scene.make_vehicle("paris")
    response = scene.client.send(f"/rides/reserve/{vehicle.public_key}")
    return response, f"vehicle {vehicle.key}"


@records(AuditKind.VEHICLE_RESERVED)
def reserve_a_vehicle(scene: Scene) -> Outcome:
    response, vehicle = _reserve_vehicle(scene)
    return response, scene.ada.key, vehicle


@records(AuditKind.RESERVATION_EXTENDED)
def extend_a_reservation(scene: Scene) -> Outcome:
    scene.make_plan("paris", reserve_min=15, reserve_max_min=30, reservation_rate=10)
    vehicle = _reserve_vehicle(scene)[1]
    page = scene.client.get("/rides/reservation").text
    until = re.search(r'name="until" value="([^"]+)"', page)
    assert until
    response = scene.client.send("/rides/reservation/longer", until=unescape(until[1]))
    return response, scene.ada.key, vehicle


@records(AuditKind.RESERVATION_CANCELLED)
def cancel_a_reservation(scene: Scene) -> Outcome:
    vehicle = _reserve_vehicle(scene)[1]
    return scene.client.send("/rides/reservation/cancel"), scene.ada.key, vehicle
