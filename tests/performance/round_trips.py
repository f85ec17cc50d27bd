"""How often each page and action speaks to the database, counted by a proxy.

``Walk`` goes through all of MovR as a visitor, a rider, an owner and staff would, and writes down
what each request costs. Connections stand already, and the cities, prices and zones are in
memory.
"""

import re
import time
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pyotp

from tests.auth.issuer import LOGIN, Issuer, run_issuer
from tests.factories import PASSWORD, fill_memories
from tests.performance.walk import Step, Walk
from tests.visitor import Visitor
from webapp.auth.oidc.providers import create_providers
from webapp.auth.services import sessions
from webapp.db.keys import RowKey
from webapp.fleet.pricing.plan_terms import PlanTerms
from webapp.fleet.pricing.services import publish_plan
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.services import ZoneImportOptions, import_zones
from webapp.ops.demo.cities import CITIES as DEMO_CITIES
from webapp.ops.demo.zones import build_zone_file
from webapp.regions.catalogue import catalogue

#: The most that is allowed; for other actions the table states what they cost.
PUBLIC_LIST, PAGE, RIDE, SIGN_IN = 1, 2, 3, 3
NEW_PASSWORD = "five words make another one"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
LATER = datetime(2099, 1, 1, tzinfo=UTC)
BIKE = {
    "type": "bike",
    "brand": "Pegasus",
    "color": "green",
    "address": "12 Main Street",
    "lat": "40.73",
    "lon": "-73.99",
}
PERSON = {"city": "new york", "first_name": "Ada", "last_name": "Byron"}
ACCOUNT = {
    **PERSON,
    "username": "ada",
    "email": "ada@example.org",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


def walk(walk: Walk) -> list[Step]:
    """Go everywhere once; return the steps."""
    for _ in range(8):  # more than a page shows in the tests
        walk.make_vehicle()
    with walk.app.app_context():
        fill_memories()
    look_around(walk)
    come_in(walk)
    ride(walk)
    reserve_and_ride(walk)
    go_a_long_way(walk)
    own(walk)
    scan(walk)
    save(walk)
    be_somebody(walk)
    pay(walk)
    keep_it_safe(walk)
    get_back_in(walk)
    show_codes(walk)
    come_in_with_others(walk)
    look_after_all(walk)
    set_prices(walk)
    draw_zones(walk)
    report(walk)
    look_back(walk)
    return walk.steps


def look_around(walk: Walk) -> None:
    visitor, vehicle = walk.visitor(), walk.make_vehicle()
    walk.get(visitor, "the first page, a visitor", "/", PUBLIC_LIST)
    walk.get(visitor, "free vehicles, a visitor", "/vehicles", PUBLIC_LIST)
    walk.get(visitor, "those of a city", "/city/paris", PUBLIC_LIST)
    walk.get(visitor, "those near by", "/vehicles?lat=40.73&lon=-73.99", PUBLIC_LIST)
    walk.get(visitor, "all in the street", "/vehicles?show=all", PUBLIC_LIST)
    asked = "/vehicles?q=black+scooter&range=0&price=5"
    walk.get(visitor, "those with words, range and price", asked, PUBLIC_LIST)
    feed = "/city/new%20york/vehicles.json?bbox=40.72,-74,40.74,-73.98"
    walk.get(visitor, "what stands in a window of the map", feed, PUBLIC_LIST)
    news = f"{feed}&since={int(time.time())}"
    walk.get(visitor, "what has changed there", news, PUBLIC_LIST)
    walk.get(visitor, "one vehicle, a visitor", f"/vehicles/{vehicle.public_key}", PAGE)
    walk.get(visitor, "choosing a city", "/city?city=paris", PAGE)
    rider = walk.someone()
    walk.get(rider, "the first page, a rider", "/", PAGE)
    walk.get(rider, "free vehicles, a rider", "/vehicles", PAGE, 10)
    walk.get(rider, "one vehicle, a rider", f"/vehicles/{vehicle.public_key}", PAGE)


def come_in(walk: Walk) -> None:
    visitor = walk.visitor()
    walk.get(visitor, "the form to register", "/register", PAGE)
    answer = walk.post(visitor, "registering", "/register", None, 15, **ACCOUNT)
    assert answer.status_code == 303, answer.text
    answer = walk.post(visitor, "signing out", "/logout", PAGE)
    assert answer.status_code == 303
    walk.get(visitor, "the form to sign in", "/login", PAGE)
    person = {"username": "ada", "password": "wrong"}
    answer = walk.post(visitor, "signing in, wrongly", "/login", SIGN_IN, **person)
    assert answer.status_code == 422
    person = {"username": "ada", "password": PASSWORD}
    answer = walk.post(visitor, "signing in", "/login", SIGN_IN, 5, **person)
    assert answer.status_code == 303


def ride(walk: Walk) -> None:
    rider, other = walk.someone(), walk.someone()
    vehicle, second = walk.make_vehicle(), walk.make_vehicle()
    start, place = f"/rides/start/{vehicle.public_key}", {"address": "By the fountain"}
    page = walk.post(rider, "starting a ride", start, RIDE, 17).location
    walk.get(rider, "the running ride", page, PAGE)
    assert walk.post(rider, "pressing start twice", start, RIDE).location == page
    again = walk.post(rider, "starting another one", f"/rides/start/{second.public_key}", RIDE)
    assert again.location == page
    taken = walk.post(other, "starting on a taken one: free ones near by", start)
    assert taken.status_code == 409
    for button in ("pause", "resume"):
        walk.post(rider, f"pressing {button}", page.replace("/rides/", f"/rides/{button}/"), RIDE)
    end = page.replace("/rides/", "/rides/end/")
    walk.post(rider, "ending a ride", end, RIDE, 8, **place)
    walk.post(rider, "pressing end twice", end, RIDE, **place)
    walk.post(rider, "ending without a place", end, RIDE)
    walk.get(rider, "the receipt", page, PAGE)
    walk.get(rider, "all rides", "/rides", PAGE, 10)


def reserve_and_ride(walk: Walk) -> None:
    rider, vehicle = walk.someone(), walk.make_vehicle()
    reserve, start = f"/rides/reserve/{vehicle.public_key}", f"/rides/start/{vehicle.public_key}"
    assert walk.post(rider, "reserving a vehicle", reserve, RIDE).status_code == 303
    walk.get(rider, "the reserved vehicle", "/rides/reservation", PAGE)
    walk.post(rider, "cancelling the reservation", "/rides/reservation/cancel", RIDE)
    walk.post(rider, "reserving it again at once: refused", reserve)
    second = walk.make_vehicle()
    rider.send(f"/rides/reserve/{second.public_key}")
    walk.post(rider, "starting another vehicle than the reserved one", start)
    begin = f"/rides/start/{second.public_key}"
    assert walk.post(rider, "starting the reserved one", begin, RIDE).status_code == 303
    extend_reservation(walk)


def extend_reservation(walk: Walk) -> None:
    terms = PlanTerms("In Paris", reserve_min=10, reserve_max_min=30, reservation_rate=10)
    with walk.app.app_context():
        paris = catalogue().find("paris")
        assert paris
        publish_plan(paris, terms, 0)
    rider, vehicle = walk.someone(), walk.make_vehicle("paris")
    rider.send(f"/rides/reserve/{vehicle.public_key}")
    until = re.search(r'name="until" value="([^"]+)"', rider.get("/rides/reservation").text)
    assert until
    seen = {"until": unescape(until[1])}
    walk.post(rider, "extending a reservation", "/rides/reservation/longer", RIDE, **seen)


def own(walk: Walk) -> None:
    owner = walk.someone()
    walk.get(owner, "the form to add a vehicle", "/vehicles/add", PAGE)
    added = walk.post(owner, "adding a vehicle", "/vehicles/add", **BIKE)
    assert added.status_code == 303, added.text
    mine = added.location
    page = mine.replace("/mine/", "/")
    walk.get(owner, "my vehicles", "/vehicles/mine", PAGE)
    walk.get(owner, "one of them: its code, rides and reports", mine, PAGE)
    walk.get(owner, "its label", f"{mine}/label.svg", PAGE)
    walk.get(owner, "a sheet of labels", "/vehicles/mine/labels", PAGE)
    walk.get(owner, "the form to change one", f"{page}/edit", PAGE)
    walk.post(owner, "changing a vehicle", f"{page}/edit", RIDE, **BIKE)
    gone = walk.post(owner, "removing the last vehicle", f"{page}/remove")
    assert gone.status_code == 303


def save(walk: Walk) -> None:
    rider = walk.someone()
    vehicle = walk.make_vehicle("paris", state="reserved", reserved_until=LATER)
    its = f"/saved/{vehicle.public_key}"
    walk.post(rider, "saving a vehicle", its, PAGE)
    walk.post(rider, "waiting until it is free", f"{its}/wait", PAGE)
    walk.post(rider, "not waiting any more", f"{its}/wait/stop", PAGE)
    place = {"label": "Home", "lat": "40.73", "lon": "-73.99"}
    assert walk.post(rider, "saving a place", "/saved", PAGE, **place).status_code == 303
    listed = walk.get(rider, "what I have saved", "/saved", PAGE).text
    walk.get(rider, "the map with my places", "/", PAGE)
    found = re.search(r"/saved/places/[^/]+/remove", listed)
    assert found
    walk.post(rider, "forgetting a place", found[0], PAGE)
    walk.post(rider, "forgetting a vehicle", f"{its}/remove", PAGE)


def scan(walk: Walk) -> None:
    visitor, rider, code = walk.visitor(), walk.someone(), walk.make_vehicle().code
    walk.get(visitor, "where a code is typed", "/v", PUBLIC_LIST)
    walk.get(visitor, "typing it", f"/v?code={code}", PUBLIC_LIST)
    walk.get(visitor, "the vehicle with a code, a visitor", f"/v/{code}", PUBLIC_LIST)
    walk.get(rider, "the vehicle with a code, a rider", f"/v/{code}", PAGE)
    assert walk.post(rider, "unlocking it", f"/v/{code}", RIDE).status_code == 303
    walk.get(visitor, "a code that nobody has", "/v/AAAAA-AAAAA", PAGE)


def be_somebody(walk: Walk) -> None:
    rider, other = walk.someone(), walk.make_user()
    walk.get(rider, "my page: where it is", "/users/me", PAGE)
    walk.get(rider, "another rider's page", f"/users/{other.key}", PAGE)
    walk.get(rider, "the form of my profile", "/users/me/edit", PAGE)
    saved = walk.post(rider, "saving my profile", "/users/me/edit", **PERSON, about="Hello")
    assert saved.status_code == 303
    walk.get(rider, "what is held about me", "/users/me/data", PAGE)
    walk.post(rider, "all of it as one file", "/users/me/data.json")
    walk.post(rider, "one kind of it as a table", "/users/me/data/rides.csv", RIDE)
    walk.get(rider, "the form to leave", "/users/me/delete", PAGE)
    left = walk.post(rider, "leaving for good", "/users/me/delete", sure="y")
    assert left.status_code == 303


def pay(walk: Walk) -> None:
    rider = walk.someone()
    walk.get(rider, "my wallet", "/wallet", PAGE)
    walk.get(rider, "all that moved it, for each 500 entries", "/wallet/entries.csv", PAGE)
    walk.get(rider, "the form to pay in", "/wallet/top-up", PAGE)
    sum_ = {"amount": "10", "currency": "USD"}
    checkout = walk.post(rider, "beginning to pay in", "/wallet/top-up", **sum_).location
    walk.get(rider, "the test's page where one pays", checkout, PAGE)
    back = checkout.replace("checkout", "top-up")
    walk.get(rider, "a payment that is open", back, PAGE)
    walk.post(rider, "going on with it", back, PAGE)
    walk.post(rider, "paying, as a test", checkout, PAGE, pay="y")
    assert walk.get(rider, "coming back from paying", back, RIDE).status_code == 303
    walk.get(rider, "the form to have money paid out", "/wallet/pay-out", PAGE)
    assert walk.post(rider, "having it paid out", "/wallet/pay-out", currency="USD").location
    admin, page = walk.someone("admin"), f"/wallet/credit/{walk.make_user().key}"
    walk.get(admin, "the form to give credit", page, PAGE)
    given = walk.post(admin, "giving credit", page, amount="2.50", note="Sorry")
    assert given.status_code == 303


def keep_it_safe(walk: Walk) -> None:
    rider = walk.someone()
    walk.get(rider, "what opens my account, and where it is open", "/account", PAGE)
    other = walk.visitor().sign_in(rider_of(walk, rider))
    with other.session_transaction() as session:
        its_id = session["_user_id"].rsplit(".", 1)[1]
    walk.post(rider, "signing one device out", f"/account/sessions/{its_id}/end", PAGE)
    walk.post(rider, "signing all others out", "/account/sessions/end", PAGE)
    walk.get(rider, "the form to change my password", "/account/password", PAGE)
    new = {"current": PASSWORD, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
    assert walk.post(rider, "changing it", "/account/password", **new).status_code == 303
    walk.get(rider, "the form to change my address", "/account/email", PAGE)
    asked = walk.post(rider, "asking for another one", "/account/email", email="new@example.org")
    assert asked.status_code == 303
    old, new_link = (walk.link("/account/email/", back) for back in (2, 1))
    visitor = walk.visitor()
    walk.get(visitor, "what such a link is for", old, PAGE)
    walk.post(visitor, "agreeing at the old one", old)
    walk.post(visitor, "confirming the new one", new_link)
    stale = walk.visitor().sign_in(walk.make_user(), authenticated_at=LONG_AGO)
    walk.get(stale, "being asked who I am again", "/login/again", PAGE)
    proof = {"password": PASSWORD}
    assert walk.post(stale, "showing it", "/login/again", **proof).status_code == 303


def get_back_in(walk: Walk) -> None:
    user = walk.make_user(email_confirmed_at=None)
    rider, visitor = walk.visitor().sign_in(user), walk.visitor()
    walk.post(rider, "having the link to confirm sent again", "/confirm")
    link = walk.link("/confirm/")
    walk.get(visitor, "what a link to confirm is for", link, PAGE)
    assert walk.post(visitor, "confirming my address", link, PAGE).status_code == 303
    walk.get(visitor, "the form of who has forgotten", "/forgotten", PAGE)
    asked = walk.post(visitor, "asking for a new password", "/forgotten", PAGE, email=user.email)
    assert asked.status_code == 200
    link = walk.link("/reset/")
    walk.get(visitor, "the form for a new password", link, PAGE)
    new = {"password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
    assert walk.post(visitor, "setting it, and being let in", link, **new).status_code == 303


def show_codes(walk: Walk) -> None:
    user, page = walk.make_user(), "/account/second-factor"
    rider, visitor, person = (
        walk.visitor().sign_in(user),
        walk.visitor(),
        {"username": user.username},
    )
    walk.get(rider, "what a second factor is", page, PAGE)
    walk.post(rider, "asking for its secret", f"{page}/start", PAGE)
    html = walk.get(rider, "what the app must know", page, PAGE).text
    uri = re.search(r'"(otpauth:[^"]+)"', html)
    assert uri
    app = pyotp.parse_uri(unescape(uri[1]))
    assert isinstance(app, pyotp.TOTP)
    now = time.time()
    spare = walk.post(rider, "turning it on", page, code=app.at(now)).text
    recovery = re.findall(r"<code>([a-z2-7-]{29})</code>", spare)
    walk.post(visitor, "signing in: the password", "/login", SIGN_IN, **person, password=PASSWORD)
    walk.get(visitor, "being asked for a code", "/login/code", PAGE)
    wrong = walk.post(visitor, "signing in: a wrong code", "/login/code", SIGN_IN, code="000000")
    assert wrong.status_code == 422
    shown = walk.post(
        visitor, "signing in: the code", "/login/code", SIGN_IN, code=app.at(now + 30)
    )
    assert shown.status_code == 303
    other, code = walk.visitor(), {"recovery_code": recovery[0]}
    other.send("/login", **person, password=PASSWORD)
    shown = walk.post(other, "signing in: a recovery code", "/login/code", **code)
    assert shown.status_code == 303
    proof = {"password": PASSWORD, "recovery_code": recovery[1]}
    stale = walk.visitor().sign_in(user, authenticated_at=LONG_AGO)
    assert walk.post(stale, "showing that with a code", "/login/again", **proof).status_code == 303
    walk.get(rider, "the second factor that is on", page, PAGE)
    spare = walk.post(rider, "new recovery codes", f"{page}/codes").text
    code = {"recovery_code": re.findall(r"<code>([a-z2-7-]{29})</code>", spare)[0]}
    walk.get(rider, "the form to turn it off", f"{page}/off", PAGE)
    assert walk.post(rider, "turning it off", f"{page}/off", **code).status_code == 303


def rider_of(walk: Walk, visitor: Visitor) -> Any:
    """Return the account in which a browser is signed in."""
    with visitor.session_transaction() as session, walk.app.app_context():
        return sessions.find_user(RowKey.parse(session["_user_id"]))


def come_in_with_others(walk: Walk) -> None:
    with run_issuer() as issuer:
        walk.app.config["OIDC_PROVIDERS"] = {"example": issuer.settings}
        walk.app.extensions["oidc"] = create_providers(walk.app.config)
        _come_in_with(walk, issuer)


def _come_in_with(walk: Walk, issuer: Issuer) -> None:
    new = walk.visitor()
    page = _go_there(walk, issuer, new, "coming back from there, new").location
    walk.get(new, "the form of who comes from there", page, PAGE)
    person = {**PERSON, "username": "countess"}
    assert walk.post(new, "opening an account so", page, **person).status_code == 303
    known = walk.visitor()
    back = _go_there(walk, issuer, known, "coming back from there, known", SIGN_IN)
    assert back.status_code == 303
    assert known.get("/rides").status_code == 200
    again = _go_there(walk, issuer, known, "showing there who I am", SIGN_IN, "?again=1")
    assert again.status_code == 303

    rider = walk.someone()
    page = _go_there(walk, issuer, rider, "coming back to connect", email="x@example.org").location
    walk.get(rider, "being asked whether to connect", page, PAGE)
    assert walk.post(rider, "connecting", page, PAGE).status_code == 303
    mine = walk.get(rider, "which accounts of other sites open mine", "/account/identities", PAGE)
    way = re.search(r"/account/identities/[^/]+/remove", mine.text)
    assert way
    assert walk.post(rider, "disconnecting", way[0], PAGE).status_code == 303


def _go_there(
    walk: Walk,
    issuer: Issuer,
    who: Visitor,
    what: str,
    budget: int = PAGE,
    more: str = "",
    email: str = "countess@example.org",
) -> Any:
    there = walk.get(who, "going to another site", f"{LOGIN}{more}", PAGE).location
    return walk.get(who, what, issuer.authenticate(there, email), budget)


def look_after_all(walk: Walk) -> None:
    staff = walk.someone("fleet")
    walk.get(staff, "all vehicles of a city", "/fleet?city=new+york", PAGE)
    vehicle = f"/fleet/vehicles/{walk.make_vehicle().key}"
    walk.get(staff, "a vehicle: its code, rides and reports", vehicle, PAGE)
    walk.get(staff, "its label, for staff", f"{vehicle}/label.svg", PAGE)
    walk.get(staff, "a sheet of labels of a city", "/fleet/labels?city=new+york", PAGE)
    walk.get(staff, "all riders of a city", "/users?city=new+york", PAGE)
    walk.get(staff, "looking for somebody by name", "/users?name=ada", PAGE)
    look_after_accounts(walk)


def look_after_accounts(walk: Walk) -> None:
    admin, ada = walk.someone("admin"), walk.make_user()
    page = f"/users/{ada.key}/account"
    walk.get(admin, "an account: its roles, sessions and events", page, PAGE)
    walk.post(admin, "giving a role", f"{page}/roles", role="fleet", city="paris")
    walk.post(admin, "taking a role", f"{page}/roles/fleet/revoke")
    walk.post(admin, "signing somebody out everywhere", f"{page}/sessions/end")
    walk.post(admin, "closing an account", f"{page}/disable")
    walk.post(admin, "opening it again", f"{page}/enable")
    walk.get(admin, "what happened in a region", "/events", PAGE)
    walk.get(admin, "what happened of one kind", "/events?kind=ride.started", PAGE)
    walk.get(admin, "what one account did", f"/events?account={ada.key}", PAGE)
    walk.get(admin, "the same, by name: its key", f"/events?account={ada.username}", PAGE)
    walk.get(admin, "all of it as a file, for each 500 events", "/events.csv", PAGE)


def report(walk: Walk) -> None:
    rider, vehicle = walk.someone(), walk.make_vehicle()
    form = f"/vehicles/{vehicle.public_key}/report"
    walk.get(rider, "the form to report a vehicle", form, PAGE)
    told = {"kind": "damage", "critical": "y", "nonce": "n"}
    filed = walk.post(rider, "reporting it, with up to three photos", form, **told).location
    walk.get(rider, "my reports", "/reports", PAGE)
    walk.get(rider, "what became of one", filed, PAGE)
    walk.get(rider, "its photo", f"{filed}/photos/1", PAGE)
    started = rider.send(f"/rides/start/{walk.make_vehicle().public_key}").location
    walk.get(rider, "the form to report the vehicle of a ride", f"{started}/report", PAGE)
    walk.post(rider, "reporting that", f"{started}/report", **told)
    staff = walk.someone("fleet")
    walk.get(staff, "the reports of a city", "/fleet/reports?city=new+york", PAGE)
    walk.get(staff, "one report, and others of its vehicle", f"/fleet{filed}", PAGE)
    walk.get(staff, "its photo, for staff", f"/fleet{filed}/photos/1", PAGE)
    walk.post(staff, "taking it on", f"/fleet{filed}/take")
    done = {"seen": "in_progress", "state": "resolved", "words": "Fixed.", "put_back": "y"}
    assert walk.post(staff, "answering it", f"/fleet{filed}/answer", **done).status_code == 303


def go_a_long_way(walk: Walk) -> None:
    rider, staff = walk.someone(), walk.someone("fleet")
    vehicle = walk.make_vehicle()
    page = rider.send(f"/rides/start/{vehicle.public_key}").location
    path, end = page.replace("/rides/", "/rides/path/"), f"/fleet{page}/end"
    way = "0,40.73,-73.99;30,40.731,-73.99"
    kept = walk.post(rider, "recording a path, each 20 seconds", path, RIDE, points=way)
    assert kept.status_code == 204
    walk.get(rider, "the path of a ride, for its map", path, PAGE)
    walk.get(staff, "the open rides of a city", "/fleet/rides?city=new+york", PAGE)
    walk.get(staff, "the form to end one of them", end, PAGE)
    assert walk.post(staff, "ending it for its rider", end).status_code == 303


def look_back(walk: Walk) -> None:
    rider, staff = walk.someone(), walk.someone("fleet")
    ride = rider.send(f"/rides/start/{walk.make_vehicle().public_key}").location
    rider.send(ride.replace("/rides/", "/rides/end/"), lat="40.73", lon="-73.99")
    walk.post(rider, "rating a ride", f"{ride}/rating", RIDE, stars="4", note="Smooth.")
    walk.get(rider, "my use, month by month", "/rides/use", PAGE)
    walk.get(rider, "all rides as a file, for each 500", "/rides.csv", PAGE)
    thread, words = f"{ride}/dispute", {"text": "It never unlocked.", "nonce": "n"}
    walk.get(rider, "the form to ask for a ride to be looked at", thread, PAGE)
    assert walk.post(rider, "asking", thread, RIDE, **words).location == thread
    walk.get(rider, "what was written about it", thread, PAGE)
    walk.get(staff, "the disputes of a city", "/fleet/disputes?city=new+york", PAGE)
    desk = ride.replace("/rides/", "/fleet/disputes/")
    shown = walk.get(staff, "one dispute", desk, PAGE).text
    form = dict(re.findall(r'name="(nonce|seen)" type="hidden" value="([^"]*)"', shown))
    done = walk.post(staff, "answering it", desk, **form, text="Sorry.", close="y")
    assert done.status_code == 303, done.text


def set_prices(walk: Walk) -> None:
    admin, page = walk.someone("admin"), "/fleet/plans/new?city=new+york&type=bicycle:human"
    walk.get(admin, "the prices of a city", "/fleet/plans?city=new+york", PAGE)
    walk.get(admin, "the form of a price", page, PAGE)
    price = {"name": "Bikes", "unlock_fee": "1", "rate_1": "0.25", "previous_version": "0"}
    seen = walk.post(admin, "looking at a new price", page, PAGE, **price)
    assert seen.status_code == 200, seen.text
    done = walk.post(admin, "publishing it", page, PAGE, **price, publish="y")
    assert done.status_code == 303, done.text
    versions = "/fleet/plans?city=new+york&type=bicycle:human"
    walk.get(admin, "all versions of a price", versions, PAGE)


def draw_zones(walk: Walk) -> None:
    with walk.app.app_context():
        city = catalogue().find("new york")
        assert city
        import_zones(city, build_zone_file(DEMO_CITIES[0]), ZoneImportOptions())
        zone = city_zones(city).zones[0].id
    visitor, admin = walk.visitor(), walk.someone("admin")
    walk.get(visitor, "where rides end, in words", "/city/new%20york/zones", PUBLIC_LIST)
    walk.get(visitor, "zones for a map, from memory", "/city/new%20york/zones.json", PUBLIC_LIST)
    walk.get(admin, "the zones of a city", "/fleet/zones?city=new+york", PAGE)
    page = f"/fleet/zones/new%20york/{zone}"
    walk.get(admin, "the form of a zone", f"{page}/edit", PAGE)
    done = walk.post(admin, "changing it", f"{page}/edit", PAGE, name="Square", fee="5")
    assert done.status_code == 303
    assert walk.post(admin, "removing it", f"{page}/remove", PAGE).status_code == 303
