"""Riders: lists, rides, reservations, favourites, the wallet and reports."""

import re
import time
from html import unescape
from typing import Any

from tests.fleet.reports.steps import make_photo
from tests.performance.walk import (
    LATER,
    PAGE,
    PUBLIC_LIST,
    RIDE,
    Walk,
)
from tests.visitor import Visitor
from webapp.auth.services import sessions
from webapp.db.keys import RowKey
from webapp.fleet.pricing.plan_terms import PlanTerms
from webapp.fleet.pricing.services import publish_plan
from webapp.regions.catalogue import catalogue


def walk_public_pages(walk: Walk) -> None:
    visitor, vehicle = walk.visitor(), walk.make_vehicle()
    walk.get(visitor, "the first page, a visitor", "/", PUBLIC_LIST)
    walk.get(visitor, "free vehicles, a visitor", "/vehicles", PUBLIC_LIST)
    walk.get(visitor, "the page for no network", "/offline", PUBLIC_LIST)
    walk.get(visitor, "the service worker", "/worker.js", PUBLIC_LIST)
    walk.get(visitor, "free vehicles of a city", "/city/paris", PUBLIC_LIST)
    walk.get(visitor, "free vehicles near a point", "/vehicles?lat=40.73&lon=-73.99", PUBLIC_LIST)
    walk.get(visitor, "free vehicles in a radius", "/vehicles?show=all", PUBLIC_LIST)
    search_url = "/vehicles?q=black+scooter&range=0&price=5"
    walk.get(visitor, "free vehicles by words, range and price", search_url, PUBLIC_LIST)
    walk.get(visitor, "a search for help and places", "/search?q=main+street", PUBLIC_LIST)
    feed = "/city/new%20york/vehicles.json?bbox=40.72,-74,40.74,-73.98"
    walk.get(visitor, "the vehicles of a map window", feed, PUBLIC_LIST)
    news = f"{feed}&since={int(time.time())}"
    walk.get(visitor, "the changes in a map window", news, PUBLIC_LIST)
    vehicles = "/gbfs/v3/new%20york/vehicle_status.json"
    walk.get(visitor, "the vehicles of a city as GBFS", vehicles, PUBLIC_LIST)
    types = "/gbfs/v3/new%20york/vehicle_types.json"
    walk.get(visitor, "the vehicle types of a city as GBFS", types, PUBLIC_LIST)
    for name, file in [
        ("prices", "system_pricing_plans"), ("zones", "geofencing_zones"),
        ("alerts", "system_alerts"),
    ]:  # fmt: skip
        path = f"/gbfs/v3/new%20york/{file}.json"
        walk.get(visitor, f"the {name} of a city as GBFS", path, PUBLIC_LIST)
    walk.get(visitor, "the GBFS feeds of all cities", "/gbfs/manifest.json", PUBLIC_LIST)
    walk.get(visitor, "one vehicle, a visitor", f"/vehicles/{vehicle.public_key}", PAGE)
    walk.get(visitor, "choosing a city", "/city?city=paris", PAGE)
    walk.get(visitor, "the search for a place", "/city/new%20york/places?q=park", PUBLIC_LIST)
    rider = walk.sign_in_new_user()
    walk.get(rider, "the first page, a rider", "/", PAGE)
    walk.get(rider, "free vehicles, a rider", "/vehicles", PAGE, 10)
    walk.get(rider, "one vehicle, a rider", f"/vehicles/{vehicle.public_key}", PAGE)


def start_and_end_rides(walk: Walk) -> None:
    rider, other = walk.sign_in_new_user(), walk.sign_in_new_user()
    vehicle, second = walk.make_vehicle(), walk.make_vehicle()
    start, place = f"/rides/start/{vehicle.public_key}", {"lat": "40.73", "lon": "-73.99"}
    page = walk.post(rider, "starting a ride", start, RIDE, 17).location
    walk.get(rider, "the running ride", page, PAGE)
    assert walk.post(rider, "pressing start twice", start, RIDE).location == page
    response = walk.post(rider, "starting a second ride", f"/rides/start/{second.public_key}", RIDE)
    assert response.location == page
    taken = walk.post(other, "starting on a taken vehicle: shows free ones", start)
    assert taken.status_code == 409
    for button in ("pause", "resume"):
        walk.post(rider, f"pressing {button}", page.replace("/rides/", f"/rides/{button}/"), RIDE)
    walk.post(rider, "setting a reminder", f"{page}/reminders", RIDE, time="17:00")
    walk.get(rider, "the running ride, with a reminder", page, PAGE)
    walk.post(rider, "removing a reminder", f"{page}/reminders/time/remove", RIDE)
    end = page.replace("/rides/", "/rides/end/")
    walk.post(rider, "ending a ride", end, RIDE, 8, **place)
    walk.post(rider, "pressing end twice", end, RIDE, **place)
    walk.post(rider, "ending without a place", end, RIDE)
    walk.get(rider, "the receipt", page, PAGE)
    walk.get(rider, "all rides", "/rides", PAGE, 10)


def reserve_and_ride(walk: Walk) -> None:
    rider, vehicle = walk.sign_in_new_user(), walk.make_vehicle()
    reserve, start = f"/rides/reserve/{vehicle.public_key}", f"/rides/start/{vehicle.public_key}"
    assert walk.post(rider, "reserving a vehicle", reserve, RIDE).status_code == 303
    walk.get(rider, "the reserved vehicle", "/rides/reservation", PAGE)
    walk.post(rider, "cancelling the reservation", "/rides/reservation/cancel", RIDE)
    walk.post(rider, "reserving the vehicle again at once: refused", reserve)
    second = walk.make_vehicle()
    rider.send(f"/rides/reserve/{second.public_key}")
    walk.post(rider, "starting another vehicle than the reserved one", start)
    begin = f"/rides/start/{second.public_key}"
    assert walk.post(rider, "starting the reserved vehicle", begin, RIDE).status_code == 303
    extend_reservation(walk)


def extend_reservation(walk: Walk) -> None:
    terms = PlanTerms("In Paris", reserve_min=10, reserve_max_min=30, reservation_rate=10)
    with walk.app.app_context():
        paris = catalogue().find("paris")
        assert paris
        publish_plan(paris, terms, 0)
    rider, vehicle = walk.sign_in_new_user(), walk.make_vehicle("paris")
    rider.send(f"/rides/reserve/{vehicle.public_key}")
    until = re.search(r'name="until" value="([^"]+)"', rider.get("/rides/reservation").text)
    assert until
    fields = {"until": unescape(until[1])}
    walk.post(rider, "extending a reservation", "/rides/reservation/longer", RIDE, **fields)


def save_vehicles_and_places(walk: Walk) -> None:
    rider = walk.sign_in_new_user()
    vehicle = walk.make_vehicle("paris", state="reserved", reserved_until=LATER)
    saved_path = f"/saved/{vehicle.public_key}"
    walk.get(rider, "what I follow", "/following", PAGE)
    station = {"label": "Here", "lat": "40.73", "lon": "-73.99", "radius_m": "200"}
    walk.post(rider, "following a place", "/following", PAGE, **station)
    no_key = "us-east1.00000000-0000-4000-8000-000000000000"
    walk.post(rider, "following no more", f"/following/{no_key}/stop", PAGE)
    walk.post(rider, "following an owner: no such ride", f"/rides/{no_key}/follow-owner", RIDE)
    walk.post(rider, "saving a vehicle", saved_path, PAGE)
    walk.post(rider, "waiting for a saved vehicle", f"{saved_path}/wait", PAGE)
    walk.post(rider, "cancelling the wait", f"{saved_path}/wait/stop", PAGE)
    place = {"label": "Home", "lat": "40.73", "lon": "-73.99"}
    assert walk.post(rider, "saving a place", "/saved", PAGE, **place).status_code == 303
    listed = walk.get(rider, "saved vehicles and places", "/saved", PAGE).text
    walk.get(rider, "the map with saved places", "/", PAGE)
    remove_path = re.search(r"/saved/places/[^/]+/remove", listed)
    assert remove_path
    walk.post(rider, "removing a saved place", remove_path[0], PAGE)
    walk.post(rider, "removing a saved vehicle", f"{saved_path}/remove", PAGE)


def enter_unlock_codes(walk: Walk) -> None:
    visitor, rider, code = walk.visitor(), walk.sign_in_new_user(), walk.make_vehicle().code
    walk.get(visitor, "the form for an unlock code", "/v", PUBLIC_LIST)
    walk.get(visitor, "sending an unlock code", f"/v?code={code}", PUBLIC_LIST)
    walk.get(visitor, "the vehicle of a code, a visitor", f"/v/{code}", PUBLIC_LIST)
    walk.get(rider, "the vehicle of a code, a rider", f"/v/{code}", PAGE)
    assert (
        walk.post(rider, "unlocking a vehicle by its code", f"/v/{code}", RIDE).status_code == 303
    )
    # The visitor's region, the others, and the attempt is counted.
    walk.get(visitor, "a code that no vehicle has", "/v/AAAAA-AAAAA", RIDE)


def use_wallet(walk: Walk) -> None:
    rider = walk.sign_in_new_user()
    walk.get(rider, "the wallet", "/wallet", PAGE)
    walk.get(rider, "all wallet entries as CSV, for each 500", "/wallet/entries.csv", PAGE)
    walk.get(rider, "the form of a top-up", "/wallet/top-up", PAGE)
    sum_ = {"amount": "10", "currency": "USD"}
    checkout = walk.post(rider, "starting a top-up", "/wallet/top-up", **sum_).location
    walk.get(rider, "the checkout of the fake provider", checkout, PAGE)
    back = checkout.replace("checkout", "top-up")
    walk.get(rider, "a pending top-up", back, PAGE)
    walk.post(rider, "continuing a pending top-up", back, PAGE)
    walk.post(rider, "paying at the fake provider", checkout, PAGE, pay="y")
    assert walk.get(rider, "returning from the provider", back, RIDE).status_code == 303
    walk.get(rider, "the form of a payout", "/wallet/pay-out", PAGE)
    assert walk.post(rider, "requesting a payout", "/wallet/pay-out", currency="USD").location
    admin, page = walk.sign_in_new_user("admin"), f"/wallet/credit/{walk.make_user().key}"
    walk.get(admin, "the form to give credit", page, PAGE)
    response = walk.post(admin, "giving credit", page, amount="2.50", note="Sorry")
    assert response.status_code == 303


def report_vehicles(walk: Walk) -> None:
    rider, vehicle = walk.sign_in_new_user(), walk.make_vehicle()
    form = f"/vehicles/{vehicle.public_key}/report"
    walk.get(rider, "the form to report a vehicle", form, PAGE)
    report_fields = {"kind": "damage", "critical": "y", "nonce": "n"}
    photo = (make_photo(), "a.jpg")
    filed = walk.post(
        rider, "reporting a vehicle, with up to three photos", form, **report_fields, photo1=photo
    ).location
    walk.get(rider, "my reports", "/reports", PAGE)
    walk.get(rider, "one of my reports", filed, PAGE)
    walk.get(rider, "a photo of my report", f"{filed}/photos/1", PAGE)
    walk.post(rider, "taking a report back: too late", f"{filed}/withdraw", RIDE)
    started = rider.send(f"/rides/start/{walk.make_vehicle().public_key}").location
    walk.get(rider, "the form to report the vehicle of a ride", f"{started}/report", PAGE)
    walk.post(rider, "reporting the vehicle of a ride", f"{started}/report", **report_fields)
    staff = walk.sign_in_new_user("fleet")
    walk.get(staff, "the reports of a city", "/fleet/reports?city=new+york", PAGE)
    walk.get(staff, "one report, and others of its vehicle", f"/fleet{filed}", PAGE)
    walk.get(staff, "a photo of a report, for staff", f"/fleet{filed}/photos/1", PAGE)
    walk.post(staff, "tagging a report", f"/fleet{filed}/tags", PAGE, tag="wheel")
    walk.post(staff, "removing a tag", f"/fleet{filed}/tags/remove", PAGE, tag="wheel")
    walk.get(staff, "the form to assign a report", f"/fleet{filed}/assign", PAGE)
    mine = {"seen": "", "username": find_signed_in_rider(walk, staff).username}
    taken = walk.post(staff, "assigning a report", f"/fleet{filed}/assign", **mine)
    assert taken.status_code == 303
    answer_fields = {
        "seen": "in_progress",
        "state": "resolved",
        "text": "Fixed.",
        "returns_to_service": "y",
    }
    assert (
        walk.post(staff, "answering a report", f"/fleet{filed}/answer", **answer_fields).status_code
        == 303
    )


def record_a_path(walk: Walk) -> None:
    rider, staff = walk.sign_in_new_user(), walk.sign_in_new_user("fleet")
    vehicle = walk.make_vehicle()
    page = rider.send(f"/rides/start/{vehicle.public_key}").location
    path, end = page.replace("/rides/", "/rides/path/"), f"/fleet{page}/end"
    points = "0,40.73,-73.99;30,40.731,-73.99"
    response = walk.post(rider, "recording a path, each 20 seconds", path, RIDE, points=points)
    assert response.status_code == 204
    walk.get(rider, "the path of a ride, for its map", path, PAGE)
    walk.get(staff, "the open rides of a city", "/fleet/rides?city=new+york", PAGE)
    walk.get(staff, "the form to end an open ride, for staff", end, PAGE)
    assert (
        walk.post(staff, "ending a ride, for staff", end, reason="other", note="lost").status_code
        == 303
    )


def walk_ride_history(walk: Walk) -> None:
    rider, staff = walk.sign_in_new_user(), walk.sign_in_new_user("fleet")
    ride = rider.send(f"/rides/start/{walk.make_vehicle().public_key}").location
    rider.send(ride.replace("/rides/", "/rides/end/"), lat="40.73", lon="-73.99")
    walk.post(rider, "rating a ride", f"{ride}/rating", RIDE, stars="4", note="Smooth.")
    walk.post(rider, "taking a rating back", f"{ride}/rating/withdraw", PAGE)
    walk.get(rider, "rides by month", "/rides/use", PAGE)
    walk.get(rider, "all rides as CSV, for each 500", "/rides.csv", PAGE)
    thread, words = f"{ride}/dispute", {"text": "It never unlocked.", "nonce": "n"}
    walk.get(rider, "the form to open a dispute", thread, PAGE)
    assert walk.post(rider, "opening a dispute", thread, RIDE, **words).location == thread
    walk.get(rider, "the messages of a dispute", thread, PAGE)
    walk.get(staff, "the disputes of a city", "/fleet/disputes?city=new+york", PAGE)
    desk = ride.replace("/rides/", "/fleet/disputes/")
    walk.get(staff, "the form to assign a dispute", f"{desk}/assign", PAGE)
    assert walk.post(staff, "assigning a dispute", f"{desk}/assign").status_code == 303
    page = walk.get(staff, "one dispute", desk, PAGE).text
    form = dict(re.findall(r'name="(nonce|seen)" type="hidden" value="([^"]*)"', page))
    response = walk.post(staff, "answering a dispute", desk, **form, text="Sorry.", close="y")
    assert response.status_code == 303, response.text


def find_signed_in_rider(walk: Walk, visitor: Visitor) -> Any:
    """Return the account in which a browser is signed in."""
    with visitor.session_transaction() as session, walk.app.app_context():
        return sessions.find_user(RowKey.parse(session["_user_id"]))
