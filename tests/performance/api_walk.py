"""The API: what a request to it costs, and the pages of access tokens."""

import re
from functools import partial
from typing import Any

from tests.api.client import ApiClient
from tests.auth.oauth.program import ME, REVOKE, TOKEN, Program, read_answer
from tests.auth.oauth.steps import insert_client
from tests.factories import PlanFactory, fill_caches
from tests.fleet.reports.steps import insert_report, make_photo
from tests.fleet.tasks.steps import insert_task
from tests.notices.steps import insert_comment, insert_ended_ride, insert_notice
from tests.performance.accounts_walk import write_notification
from tests.performance.walk import PAGE, PUBLIC_LIST, RIDE, Walk
from tests.rides.earnings.steps import insert_share
from webapp.auth.oauth.services.signing_keys import find_signing_key
from webapp.db.keys import RowKey

#: Transactions of several statements: as on the pages.
ADD, ANSWER = 5, 6


def walk_api(walk: Walk) -> None:
    visitor = walk.visitor()
    walk.get(visitor, "the page about the API", "/api", PUBLIC_LIST)
    walk.get(visitor, "the OpenAPI document", "/api/v1/openapi.json", PUBLIC_LIST)
    walk.get(visitor, "the page of a problem", "/problems/vehicle-unavailable", PUBLIC_LIST)
    walk.get(visitor, "API: the cities", "/api/v1/cities", PUBLIC_LIST)
    walk.get(visitor, "API: a city", "/api/v1/cities/paris", PUBLIC_LIST)
    walk.get(visitor, "API: the prices of a city", "/api/v1/cities/paris/plans", PUBLIC_LIST)
    walk.get(visitor, "API: the zones of a city", "/api/v1/cities/paris/zones", PUBLIC_LIST)
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
    sign_in_with_app(walk)
    program = ApiClient.of(walk.app, walk.make_user())
    walk.get(program, "API: the account", "/api/v1/me", PAGE)
    reserve_by_api(walk)
    use_account_by_api(walk)
    comment_by_api(walk)
    ride_by_api(walk, program, str(vehicle.public_key))
    read_as_owner(walk)
    read_as_staff(walk)


def reserve_by_api(walk: Walk) -> None:
    """In Paris, whose price allows to extend a reservation (reserve_and_ride)."""
    program, path = ApiClient.of(walk.app, walk.make_user()), "/api/v1/reservation"
    vehicle_id = str(walk.make_vehicle("paris").public_key)
    walk.post_json(program, "API: reserving", path, RIDE, vehicle_id=vehicle_id)
    until = walk.get(program, "API: the reservation", path, PAGE).get_json()["until"]
    extend = "API: extending the reservation"
    walk.post_json(program, extend, f"{path}/extend", RIDE, seen_until=until)
    walk.delete(program, "API: cancelling the reservation", path, RIDE)


def use_account_by_api(walk: Walk) -> None:
    """What a page does with four round trips may need as many here."""
    user, api = walk.make_user(), "/api/v1"
    program = ApiClient.of(walk.app, user)
    profile = walk.get(program, "API: the profile", f"{api}/me/profile", PAGE).get_json()
    walk.put_json(program, "API: changing the profile", f"{api}/me/profile", 5, **profile)
    walk.get(program, "API: the profile photo: none", f"{api}/me/photo", PAGE)
    save_photo = partial(program.put, f"{api}/me/photo", data={"photo": (make_photo(), "a.jpg")})
    # The limit is counted in a transaction of its own, before the photo is decoded.
    saving = "API: saving the profile photo"
    walk.measure(saving, "PUT", f"{api}/me/photo", RIDE, None, save_photo)
    walk.delete(program, "API: removing the profile photo", f"{api}/me/photo", PAGE)
    mails = walk.get(program, "API: which mails come", f"{api}/me/mails", PAGE).get_json()
    walk.put_json(program, "API: choosing mails", f"{api}/me/mails", PAGE, **mails)
    write_notification(walk, user)
    told, channels = f"{api}/me/notifications", f"{api}/me/notification-channels"
    (notification,) = walk.get(program, "API: the notifications", told, PAGE).get_json()
    walk.post_json(
        program, "API: reading a notification", f"{told}/{notification['id']}/read", PAGE
    )
    walk.get(program, "API: how notifications come", channels, PAGE)
    choice = {"topic": "receipt", "channels": ["page"]}
    walk.put_json(program, "API: choosing how they come", channels, PAGE, **choice)
    vehicle = str(walk.make_vehicle().public_key)
    saved = f"{api}/me/saved-vehicles"
    walk.put_json(program, "API: saving a vehicle", f"{saved}/{vehicle}", RIDE)
    walk.get(program, "API: the saved vehicles", saved, PAGE)
    walk.delete(program, "API: no longer saving a vehicle", f"{saved}/{vehicle}", PAGE)
    places, home = f"{api}/me/saved-places", {"label": "Home", "lat": 40.73, "lon": -73.99}
    place = walk.post_json(program, "API: saving a place", places, PAGE, **home).get_json()["id"]
    walk.get(program, "API: the saved places", places, PUBLIC_LIST)
    follows = f"{api}/me/follows"
    followed = walk.post_json(program, "API: following a place", follows, PAGE, **home).get_json()
    walk.get(program, "API: what the account follows", follows, PAGE)
    owned = walk.make_vehicle(owner=walk.make_user())
    ride = {"ride_id": str(insert_ended_ride(walk.app, user, owned))}
    walk.post_json(program, "API: following an owner", f"{follows}/owners", PAGE, **ride)
    walk.delete(program, "API: following no more", f"{follows}/{followed['id']}", PAGE)
    walk.delete(program, "API: no longer saving a place", f"{places}/{place}", PAGE)
    walk.get(program, "API: the wallet", f"{api}/wallet", PAGE)
    walk.get(program, "API: the entries of the wallet", f"{api}/wallet/entries", PAGE)
    program.key, top_ups = "top-up", f"{api}/wallet/top-ups"
    paid = {"amount": 1000, "currency": "USD"}
    # The page needs as many; and the answer is kept after it was sent.
    started = walk.post_json(program, "API: starting a top-up", top_ups, 5, **paid)
    program.key = ""
    walk.get(program, "API: the state of a top-up", started.headers["Location"], RIDE)
    report = f"{api}/vehicles/{vehicle}/reports"
    filed = walk.post_json(program, "API: reporting a vehicle", report, 4, kind="damage")
    walk.get(program, "API: a report", filed.headers["Location"], PAGE)
    walk.post_json(
        program, "API: taking a report back", f"{filed.headers['Location']}/withdraw", PAGE
    )
    photo = {"kind": "damage", "photo1": (make_photo(), "a.jpg")}
    photos = program.post(report, data=photo).headers["Location"] + "/photos/1"
    walk.get(program, "API: a photo of a report", photos, PAGE)
    walk.get(program, "API: the reports", f"{api}/reports", PAGE)


def comment_by_api(walk: Walk) -> None:
    rider, api = walk.make_user(), "/api/v1"
    program, notice = ApiClient.of(walk.app, rider), insert_notice(walk.app)
    insert_ended_ride(walk.app, rider, walk.make_vehicle())
    walk.get(program, "API: the notices of a city", f"{api}/cities/new%20york/notices", PAGE)
    walk.get(program, "API: a notice", f"{api}/notices/{notice}", PAGE)
    comments, text = f"{api}/notices/{notice}/comments", {"text": "Nice."}
    walk.get(program, "API: the comments on a notice", comments, PAGE)
    id_ = walk.post_json(program, "API: commenting on a notice", comments, RIDE, **text).get_json()
    own = f"{api}/comments/{id_['id']}"
    walk.put_json(program, "API: changing one's own comment", own, RIDE, **text)
    walk.delete(program, "API: deleting one's own comment", own, PAGE)
    other = insert_comment(walk.app, notice, walk.make_user()).key
    walk.post_json(program, "API: flagging a comment", f"{api}/comments/{other}/flag", RIDE)


def ride_by_api(walk: Walk, program: ApiClient, vehicle_id: str) -> None:
    """A ride costs what it costs on its page."""
    rides = "/api/v1/rides"
    started = walk.post_json(program, "API: starting a ride", rides, RIDE, vehicle_id=vehicle_id)
    ride = started.headers["Location"]
    walk.get(program, "API: the running ride", f"{rides}/current", PAGE)
    for action in ("pause", "resume"):
        walk.post_json(program, f"API: {action} of a ride", f"{ride}/{action}", RIDE)
    point = {"seconds": 0, "lat": 40.73, "lon": -73.99}
    walk.post_json(program, "API: a part of the path", f"{ride}/path", RIDE, points=[point])
    walk.get(program, "API: the path of a ride", f"{ride}/path", PAGE)
    reminders, at = f"{ride}/reminders", "17:00"
    walk.put_json(program, "API: a reminder at a time", f"{reminders}/time", RIDE, time=at)
    walk.get(program, "API: the reminders of a ride", reminders, PAGE)
    walk.delete(program, "API: removing a reminder", f"{reminders}/time", PAGE)
    remind_at_price(walk)
    walk.post_json(program, "API: ending a ride", f"{ride}/end", RIDE, lat=40.73, lon=-73.99)
    program.key = "end"
    end = "API: ending it again, with a key that is kept after the answer"
    walk.post_json(program, end, f"{ride}/end", RIDE, lat=40.73, lon=-73.99)
    again = "API: the same request again, answered from its key"
    walk.post_json(program, again, f"{ride}/end", PUBLIC_LIST, lat=40.73, lon=-73.99)
    program.key = ""
    walk.get(program, "API: a ride with its receipt", ride, PAGE)
    walk.put_json(program, "API: rating a ride", f"{ride}/rating", RIDE, stars=5)
    walk.delete(program, "API: taking a rating back", f"{ride}/rating", PAGE)
    dispute = f"{ride}/dispute"
    text = "The price is wrong."
    walk.post_json(program, "API: writing about a ride", f"{dispute}/messages", RIDE, text=text)
    walk.get(program, "API: what was written about a ride", dispute, PAGE)
    report = "API: reporting the vehicle of a ride"
    walk.post_json(program, report, f"{ride}/reports", 4, kind="damage")
    walk.get(program, "API: the rides", rides, PAGE)


def remind_at_price(walk: Walk) -> None:
    """In Boston, where riding is not free."""
    with walk.app.app_context():
        PlanFactory(walk.app)("boston", segments=[{"start": 0, "rate": 10, "interval": 1}])
        fill_caches()
    program, vehicle = ApiClient.of(walk.app, walk.make_user()), walk.make_vehicle("boston")
    vehicle_id = str(vehicle.public_key)
    ride = program.post("/api/v1/rides", json={"vehicle_id": vehicle_id}).headers["Location"]
    path = f"{ride}/reminders/price"
    walk.put_json(program, "API: a reminder at a price", path, RIDE, amount=200)


def sign_in_with_app(walk: Walk) -> None:
    program = Program(walk.app, insert_client(walk.app))
    with walk.app.app_context():
        find_signing_key()  # made once in 90 days
    rider, path = walk.sign_in_new_user(), program.authorize_path()
    walk.get(rider, "the page on which an app asks for access", path, PAGE)
    # The session, the app, and what is stored.
    response = walk.post(rider, "giving an app access", path, RIDE, decision="allow")
    fields = {
        "client_id": str(program.client_id),
        "grant_type": "authorization_code",
        "code": read_answer(response.location)["code"],
        "redirect_uri": program.redirect_uri,
        "code_verifier": program.verifier,
    }
    tokens = _post_form(walk, "an app uses its code", TOKEN, **fields)
    program.access_token, refresh_token = tokens["access_token"], tokens["refresh_token"]
    walk.get(program.http, "the same account, asked for by an app", ME, PAGE)
    fields = {"client_id": str(program.client_id), "grant_type": "refresh_token"}
    _post_form(walk, "an app refreshes", TOKEN, **fields, refresh_token=refresh_token)
    walk.get(rider, "the apps with access", "/account/apps", PAGE)
    token = {"client_id": str(program.client_id), "token": program.access_token}
    _post_form(walk, "an app signs out", REVOKE, **token)
    end_path = f"/account/apps/{program.client_id}/end"
    walk.post(rider, "taking access away from an app", end_path, PAGE)
    for name in ("oauth-authorization-server", "jwks.json"):
        walk.get(rider, f"the {name} of Sign in with MovR", f"/.well-known/{name}", PUBLIC_LIST)


def _post_form(walk: Walk, label: str, path: str, **fields: str) -> Any:
    send = partial(ApiClient.of(walk.app, None).post, path, data=fields)
    response = walk.measure(label, "POST", path, RIDE, None, send)
    assert response.status_code == 200
    return response.get_json()


def read_as_owner(walk: Walk) -> None:
    owner = walk.make_user(roles=["owner"])
    key, program = walk.make_vehicle(owner=owner).key, ApiClient.of(walk.app, owner)
    insert_share(walk.app, owner)
    me = "/api/v1/me"
    walk.get(program, "API: my vehicles", f"{me}/vehicles", PAGE)
    walk.get(program, "API: one of my vehicles", f"{me}/vehicles/{key}", PAGE)
    walk.get(program, "API: what I earn", f"{me}/earnings", PAGE)
    month = f"{me}/earnings/new%20york/2026-10"
    walk.get(program, "API: what I earned in a month", month, PAGE)
    walk.get(program, "API: what I earn with a vehicle", f"{me}/vehicles/{key}/earnings", PAGE)
    walk.get(program, "API: my payouts", f"{me}/payouts/new%20york", PAGE)
    bike = {"type": "bike", "brand": "Pegasus", "color": "green", "address": "12 Main Street"}
    place = {"lat": 40.73, "lon": -73.99}
    walk.post_json(program, "API: adding a vehicle", f"{me}/vehicles", ADD, **bike, **place)
    walk.put_json(program, "API: changing a vehicle", f"{me}/vehicles/{key}", PAGE, **bike, **place)
    retire = f"{me}/vehicles/{key}/retire"
    walk.post_json(program, "API: taking my vehicle out of the fleet", retire, ADD)


def read_as_staff(walk: Walk) -> None:
    staff, vehicle = walk.make_user(roles=["fleet"]), walk.make_vehicle()
    program, fleet = ApiClient.of(walk.app, staff), "/api/v1/fleet"
    walk.get(program, "API: vehicles for staff", f"{fleet}/vehicles", PAGE)
    walk.get(program, "API: a vehicle for staff", f"{fleet}/vehicles/{vehicle.key}", PAGE)
    task = insert_task(walk.app, vehicle.key)
    walk.get(program, "API: tasks", f"{fleet}/tasks?lat=40.73&lon=-73.99", PAGE)
    walk.get(program, "API: a task", f"{fleet}/tasks/{task}", PAGE)
    report = insert_report(walk.app, vehicle)
    walk.get(program, "API: reports for staff", f"{fleet}/reports", PAGE)
    walk.get(program, "API: a report for staff", f"{fleet}/reports/{report}", PAGE)
    walk.get(program, "API: the numbers of a city", f"{fleet}/numbers?range=7d", PAGE)
    work_as_staff(walk, program, vehicle.key, task, report)


def work_as_staff(
    walk: Walk, program: ApiClient, vehicle: RowKey, task: RowKey, report: RowKey
) -> None:
    for action in ("take", "release", "start"):
        path = f"/api/v1/fleet/tasks/{task}/{action}"
        walk.post_json(program, f"API: {action} of a task", path, RIDE)
    finish = f"/api/v1/fleet/tasks/{task}/finish"
    walk.post_json(program, "API: finishing a task", finish, RIDE, vehicle="unchanged")
    act = f"/api/v1/fleet/vehicles/{vehicle}/actions/swap_battery"
    walk.post_json(program, "API: an action on a vehicle", act, RIDE)
    path = f"/api/v1/fleet/reports/{report}"
    walk.post_json(program, "API: taking a report on", f"{path}/take", RIDE)
    reply = {"state": "resolved", "text": "Mended.", "seen_state": "in_progress"}
    walk.post_json(program, "API: answering a report", f"{path}/answer", ANSWER, **reply)


def manage_tokens(walk: Walk) -> None:
    rider, page = walk.sign_in_new_user(), "/account/tokens"
    walk.get(rider, "the access tokens", page, PAGE)
    walk.get(rider, "the form for an access token", f"{page}/new", PAGE)
    fields = {"name": "Program", "account_read": "y", "days": "7"}
    walk.post(rider, "creating an access token", f"{page}/new", PAGE, **fields)
    (delete_path,) = re.findall(r"/account/tokens/[^/]+/delete", rider.get(page).text)
    walk.post(rider, "deleting an access token", delete_path, PAGE)
