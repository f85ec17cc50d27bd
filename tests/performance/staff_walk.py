"""Staff: vehicles, accounts, prices and zones."""

import re
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from uuid import uuid4

from tests.factories import fill_caches
from tests.fleet.feed_subscriptions.rows import insert_feed
from tests.fleet.vehicle_import.steps import make_csv
from tests.fleet.zones.zone_files import square
from tests.machine_translation.services import CapitalLetters
from tests.notices.steps import insert_ended_ride
from tests.ops.job_rows import insert_job
from tests.performance.task_walk import do_tasks
from tests.performance.walk import BIKE, PAGE, PUBLIC_LIST, RIDE, Walk
from tests.rides.earnings.steps import insert_entry
from tests.texts.steps import insert_text
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.drawn_areas import format_area_text
from webapp.fleet.zones.services import ZoneImportOptions, import_zones
from webapp.ops.demo.cities import CITIES as DEMO_CITIES
from webapp.ops.demo.zones import build_zone_file
from webapp.regions.catalogue import catalogue

#: A page, and the names of what its events are about.
EVENTS = PAGE + 1


def walk_staff_pages(walk: Walk) -> None:
    staff = walk.sign_in_new_user("fleet")
    walk.get(staff, "the board of a city", "/fleet?city=new+york", PAGE)
    walk.get(staff, "the board of all cities", "/fleet", PAGE)
    upload = "/fleet/vehicles/import"
    walk.get(staff, "the form of a file with vehicles of the operator", upload, PAGE)
    file = BytesIO(make_csv(tuple(BIKE.values())))
    preview = walk.post(staff, "uploading vehicles of the operator", upload, file=(file, "x.csv"))
    confirm = f"/fleet{preview.location}/confirm"
    walk.post(staff, "confirming a file with vehicles of the operator", confirm)
    walk.get(staff, "the numbers of an open board", "/fleet/board.json?city=new+york", PAGE)
    walk.get(staff, "the numbers of a year", "/fleet/numbers?city=new+york&range=12m", PAGE)
    walk.get(staff, "the numbers of a year, as a file", "/fleet/numbers.csv?range=12m", PAGE)
    walk.get(staff, "response times", "/fleet/numbers/response-times", PAGE)
    walk.get(staff, "response times, as a file", "/fleet/numbers/response-times.csv", PAGE)
    walk.get(staff, "retention of riders", "/fleet/numbers/retention", PAGE)
    walk.get(staff, "retention of riders, as a file", "/fleet/numbers/retention.csv", PAGE)
    walk.get(staff, "places of a month", "/fleet/numbers/places", PAGE)
    walk.get(staff, "places of a month, as a file", "/fleet/numbers/places.csv?show=flows", PAGE)
    walk.get(staff, "unmet demand of a month", "/fleet/numbers/unmet-demand", PAGE)
    walk.get(staff, "unmet demand, as a file", "/fleet/numbers/unmet-demand.csv", PAGE)
    walk.get(staff, "usage of a month", "/fleet/numbers/usage", PAGE)
    walk.get(staff, "usage of a month, as a file", "/fleet/numbers/usage.csv", PAGE)
    walk.get(staff, "what can be exported", "/fleet/exports?city=new+york", PAGE)
    exported = "/fleet/exports?table=rides&city=new+york"
    walk.get(staff, "the filter and the columns of an export", exported, PAGE)
    saved = walk.post(staff, "rides as CSV, for each 1,000", exported, RIDE, format="csv")
    assert saved.status_code == 200
    regular = "/fleet/exports/scheduled"
    query = "?table=rides&city=new+york"
    walk.post(staff, "mailing an export every week", f"{regular}{query}", RIDE, period="week")
    export_id = re.findall(r'name="id" value="([^"]+)"', staff.get("/fleet/exports").text)[0]
    walk.post(staff, "ending it", f"{regular}/end", RIDE, id=export_id)
    walk.get(staff, "the map of a city, for staff", "/fleet/map?city=new+york", PAGE)
    window = "/fleet/map.json?city=new+york&bbox=40.6,-74.1,40.8,-73.8"
    walk.get(staff, "the vehicles of a map window, for staff", window, PAGE)
    walk.get(staff, "the alerts of a city", "/fleet/alerts?city=new+york", PAGE)
    alert = "/fleet/alerts/new%20york/battery_low"
    walk.get(staff, "the form of an alert", alert, PAGE)
    saved = walk.post(staff, "changing an alert", alert, RIDE, threshold="25")
    assert saved.status_code == 303
    walk.get(staff, "the settings of a city's queues", "/fleet/queues?city=new+york", PAGE)
    targets, hours = "/fleet/queues/new%20york/targets", {"first_action": "1", "answer": "8"}
    assert walk.post(staff, "changing service targets", targets, RIDE, **hours).status_code == 303
    reply = {"title": "Thanks", "queue": "reports", "language": "en", "text": "Hi {first_name}"}
    new_reply = {**reply, "city": "new york", "nonce": "n"}
    replies = "/fleet/saved-replies"
    walk.get(staff, "the form of a saved reply", f"{replies}/new?city=new+york", PAGE)
    added = walk.post(staff, "adding a saved reply", f"{replies}/new", RIDE, **new_reply)
    assert added.status_code == 303, added.text
    reply_id = re.findall(rf'href="{replies}/([0-9a-f-]+)"', staff.get(added.location).text)[0]
    walk.get(staff, "a saved reply", f"{replies}/{reply_id}", PAGE)
    changed = {**reply, "title": "Hi"}
    walk.post(staff, "changing a saved reply", f"{replies}/{reply_id}", RIDE, **changed)
    walk.post(staff, "removing a saved reply", f"{replies}/{reply_id}/remove", RIDE)
    with walk.app.app_context():
        fill_caches()
    low = "/fleet/vehicles?city=new+york&alert=battery_low"
    walk.get(staff, "the vehicles of an alert", low, PAGE)
    outside = "/fleet/vehicles?city=new+york&alert=outside_area"
    walk.get(staff, "the vehicles of an alert that a job finds", outside, PAGE)
    walk.get(staff, "all vehicles of a city", "/fleet/vehicles?city=new+york", PAGE)
    vehicle = f"/fleet/vehicles/{walk.make_vehicle().key}"
    walk.get(staff, "a vehicle for staff: code, rides and reports", vehicle, PAGE)
    walk.get(staff, "the rides of a vehicle", f"{vehicle}/rides", PAGE)
    walk.get(staff, "what a vehicle has earned and cost", f"{vehicle}/costs", PAGE)
    walk.get(staff, "what an action on a vehicle asks for", f"{vehicle}/actions/move", PAGE)
    battery = {"battery_percent": "90", "note": "new"}
    mute, why = f"{vehicle}/alerts/idle", {"mute_h": "24", "reason": "an event"}
    walk.get(staff, "what muting an alert asks for", mute, PAGE)
    muted = walk.post(staff, "muting an alert for a vehicle", mute, RIDE, **why)
    assert muted.status_code == 303
    action = walk.post(
        staff, "an action on a vehicle", f"{vehicle}/actions/swap_battery", **battery
    )
    assert action.status_code == 303
    given = walk.post(
        staff, "giving a vehicle to another owner", f"{vehicle}/actions/transfer", RIDE, owner="ada"
    )
    assert given.status_code == 303
    walk.get(staff, "the label of a vehicle, for staff", f"{vehicle}/label.svg", PAGE)
    walk.get(staff, "a sheet of labels of a city", "/fleet/labels?city=new+york", PAGE)
    walk.get(staff, "the users of a city", "/admin/users?city=new+york", PAGE)
    walk.get(staff, "the same, by the address of former releases", "/users", PAGE)
    found = "/admin/users?name=ada"
    walk.get(staff, "users by a part of a name: counted and recorded", found, RIDE)
    do_tasks(walk)
    mechanic, found = walk.sign_in_new_user("mechanic"), "/fleet/search?q=okai"
    walk.get(mechanic, "the search of staff", found, PAGE)
    walk.get(
        mechanic, "a search without a result: what is like it", "/fleet/search?q=oka", PAGE + 1
    )
    walk.get(staff, "a search also for riders: counted and recorded", found, RIDE)
    manage_accounts(walk)
    set_shares(walk)


def set_shares(walk: Walk) -> None:
    admin, owner = walk.sign_in_new_user("admin"), walk.make_user()
    vehicle = walk.make_vehicle(owner=owner)
    form = "/fleet/owners/share?city=new+york"
    walk.get(admin, "the form of a revenue share", form, PAGE)
    terms = {"owner": owner.username, "percent": "30", "valid_from": tomorrow(), "note": "Contract"}
    share_set = walk.post(admin, "setting a revenue share", form, RIDE, **terms, nonce="n")
    assert share_set.status_code == 303, share_set.text
    walk.get(admin, "the owners of a city", "/fleet/owners?city=new+york", PAGE)
    walk.get(admin, "the revenue shares of an owner", share_set.location, PAGE)
    walk.get(admin, "the statement of an owner", f"{share_set.location}/statement", PAGE)
    walk.get(admin, "the same as CSV", f"{share_set.location}/statement.csv", PAGE)
    own = "/vehicles/mine/earnings/new%20york/statement"
    browser = walk.visitor().sign_in(owner)
    walk.get(browser, "my statement as an owner", own, PAGE)
    walk.get(browser, "my statement as CSV", f"{own}.csv", PAGE)
    ledger = own.replace("statement", "ledger")
    walk.get(browser, "my ledger as CSV", f"{ledger}.csv", 3)  # rides, then payouts
    walk.get(browser, "my ledger as a spreadsheet", f"{ledger}.xlsx", 3)
    pay, paid = f"{share_set.location}/payout", {"amount": "10", "reference": "July"}
    walk.get(admin, "the form of a payout to an owner", pay, PAGE)
    refused = walk.post(admin, "a payout of more than the balance", pay, RIDE + 1, **paid)
    assert refused.status_code == 409
    insert_entry(walk.app, owner, vehicle, 1_000, date(2026, 7, 1))
    assert walk.post(admin, "a payout to an owner", pay, RIDE, **paid).status_code == 303
    statement = admin.get(f"{share_set.location}/statement").text
    (reverse,) = re.findall(r'href="([^"]+/reverse)"', statement)
    walk.get(admin, "the form to reverse a payout", reverse, PAGE)
    reversal = walk.post(admin, "reversing a payout", reverse, RIDE, reason="Account closed")
    assert reversal.status_code == 303


def tomorrow() -> str:
    return (datetime.now(UTC) + timedelta(days=1)).date().isoformat()


def manage_accounts(walk: Walk) -> None:
    admin, ada = walk.sign_in_new_user("admin"), walk.make_user()
    page = f"/users/{ada.key}/account"
    walk.get(admin, "an account: its roles, sessions and events", page, EVENTS)
    notes = f"{page}/notes"
    walk.get(admin, "the notes about an account", notes, PAGE)
    walk.post(admin, "adding a note about an account", notes, RIDE, text="Called", nonce="n")
    walk.get(admin, "what each role may do", "/admin/roles", PAGE)
    walk.get(admin, "who has which role", "/admin/roles/people?city=paris", PAGE)
    why = {"why": "asked for it"}
    walk.post(admin, "granting a role", f"{page}/roles", role="fleet", city="paris", **why)
    session = f"{page}/sessions/{uuid4()}/end"
    for act in ("close", "reopen", "sessions/end", "second-factor/reset", "roles/fleet/revoke"):
        walk.get(admin, "what a change of an account asks for", f"{page}/{act}", PAGE)
    walk.get(admin, "what signing out one device asks for", session, PAGE)
    walk.post(admin, "signing out one device of an account", session, **why)
    walk.post(admin, "resetting a second factor", f"{page}/second-factor/reset", **why)
    walk.post(admin, "revoking a role", f"{page}/roles/fleet/revoke", **why)
    walk.post(admin, "ending all sessions of an account", f"{page}/sessions/end", **why)
    walk.post(admin, "closing an account", f"{page}/close", **why)
    walk.post(admin, "opening an account again", f"{page}/reopen", **why)
    walk.get(admin, "the audit events of a region", "/events", EVENTS)
    walk.get(admin, "the audit events of one kind", "/events?kind=ride.started", EVENTS)
    walk.get(admin, "the audit events of an account", f"/events?account={ada.key}", EVENTS)
    walk.get(
        admin, "the audit events by username: a redirect", f"/events?account={ada.username}", PAGE
    )
    walk.get(admin, "all audit events as CSV, for each 500", "/events.csv", PAGE)
    admin.get("/admin/status")  # its engine learns about the database
    # Three questions to each of the three regions, at the same time.
    walk.get(admin, "the status: each region is asked", "/admin/status", PAGE + 3 * 3)
    walk.get(admin, "all tables", "/admin/tables", PAGE)
    walk.get(admin, "the rows of a table, with the audit event", "/admin/tables/vehicles", PAGE + 1)
    decide_jobs(walk)


def manage_vehicle_types(walk: Walk) -> None:
    admin = walk.sign_in_new_user("admin")
    walk.get(admin, "all vehicle types", "/admin/vehicle-types/", PAGE)
    walk.get(admin, "the form of a new vehicle type", "/admin/vehicle-types/new", PAGE)
    walk.get(admin, "the form of a vehicle type", "/admin/vehicle-types/bike", PAGE)
    moped = {"form_factor": "moped", "propulsion_type": "electric", "label": "Moped", "icon": ""}
    walk.post(admin, "adding a vehicle type", "/admin/vehicle-types/new", **moped)
    # The types are read again.
    fields = {"label": "City bike", "icon": ""}
    walk.post(admin, "changing a vehicle type", "/admin/vehicle-types/bike", RIDE + 1, **fields)


def manage_apps(walk: Walk) -> None:
    admin, apps = walk.sign_in_new_user("admin"), "/admin/apps/"
    walk.get(admin, "the apps", apps, PAGE)
    walk.get(admin, "the form for an app", f"{apps}new", PAGE)
    client_id = uuid4()
    app = {"name": "Planner", "redirect_uris": "https://app.example/cb", "rides_read": "y"}
    fields = {**app, "client_type": "confidential", "nonce": client_id.hex}
    walk.post(admin, "registering an app", f"{apps}new", PAGE, **fields)
    path = f"{apps}{client_id}"
    walk.get(admin, "an app", path, PAGE)
    walk.post(admin, "changing an app", path, RIDE, **app | {"name": "Trips"})
    walk.post(admin, "renewing its secret", f"{path}/secret", RIDE, **{"renew-why": "leaked"})
    walk.post(admin, "removing an app", f"{path}/remove", RIDE, **{"remove-why": "ended"})


def decide_jobs(walk: Walk) -> None:
    admin = walk.sign_in_new_user("admin")
    jobs = [insert_job(walk.app, "failed") for _ in range(2)]
    # Two questions to each of the three regions, at the same time.
    walk.get(admin, "the jobs: each region is asked", "/admin/jobs", PAGE + 2 * 3)
    walk.post(admin, "retrying a failed job", "/admin/jobs/retry", RIDE, **{f"job-{jobs[0]}": "on"})
    walk.post(
        admin, "discarding a failed job", "/admin/jobs/discard", RIDE, **{f"job-{jobs[1]}": "on"}
    )


def publish_prices(walk: Walk) -> None:
    admin, page = (
        walk.sign_in_new_user("admin"),
        "/fleet/plans/new?city=new+york&type=bicycle:human",
    )
    walk.get(admin, "the pricing plans of a city", "/fleet/plans?city=new+york", PAGE)
    walk.get(admin, "the form of a pricing plan", page, PAGE)
    price = {"name": "Bikes", "unlock_fee": "1", "rate_1": "0.25"}
    preview = walk.post(admin, "the preview of a pricing plan", page, PAGE, **price)
    assert preview.status_code == 200, preview.text
    response = walk.post(admin, "publishing a pricing plan", page, PAGE, **price, publish="y")
    assert response.status_code == 303, response.text
    versions = "/fleet/plans?city=new+york&type=bicycle:human"
    walk.get(admin, "all versions of a pricing plan", versions, PAGE)


def publish_texts(walk: Walk) -> None:
    walk.get(walk.visitor(), "the terms of service", "/terms", PUBLIC_LIST)
    walk.get(walk.visitor(), "the privacy policy", "/privacy", PUBLIC_LIST)
    walk.get(walk.visitor(), "help", "/help", PUBLIC_LIST)
    admin = walk.sign_in_new_user("admin")
    walk.get(admin, "the texts of a city", "/admin/texts?city=paris", PAGE)
    page = "/admin/texts/edit?kind=help&city=paris"
    walk.get(admin, "the form of a text", page, PAGE)
    text = {"text": "Be kind", "version": "0"}
    walk.post(admin, "the preview of a text", page, PAGE, **text)
    published = walk.post(admin, "publishing a text", page, PAGE, **text, publish="y")
    assert published.status_code == 303, published.text
    walk.get(admin, "a version of a text", published.location, PAGE)
    walk.get(admin, "all versions of a text", "/admin/texts/history?kind=help&city=paris", PAGE)
    former = insert_text(walk.app, "Snow", "notice", city="paris")
    ending = f"/admin/texts/versions/{former}/end"
    walk.post(admin, "ending a notice of the release before", ending, RIDE)
    with walk.app.app_context():
        fill_caches()


def write_notices(walk: Walk) -> None:
    staff = walk.sign_in_new_user("fleet")
    pages = "/fleet/notices"
    walk.get(staff, "the notices of a city, for staff", f"{pages}?city=new+york", PAGE)
    form = f"{pages}/new?city=new+york&language=en"
    walk.get(staff, "the form of a new notice", form, PAGE)
    words = {
        "title": "Storm",
        "text": "Stay inside.",
        "alert_type": "other",
        "allows_comments": "y",
    }
    page = walk.post(staff, "writing a notice", form, RIDE, **words, nonce="n").location
    walk.get(staff, "a notice, for staff", page, PAGE)
    walk.get(staff, "the form of a notice", f"{page}/edit?language=en", PAGE)
    pinned = words | {"is_pinned": "y"}
    walk.post(staff, "changing a notice", f"{page}/edit?language=en", RIDE, **pinned)
    walk.post(staff, "publishing a notice", f"{page}/publish", RIDE)
    reader, notice = walk.visitor(), page.removeprefix("/fleet")
    walk.get(reader, "the notices of a city", "/notices?city=new+york", PUBLIC_LIST)
    walk.get(reader, "the feed of the notices of a city", "/notices.atom", PUBLIC_LIST)
    walk.get(reader, "a notice with its comments", notice, PAGE)
    comment_on_notice(walk, notice)
    walk.post(staff, "ending a notice", f"{page}/end", RIDE)
    draft = walk.post(staff, "writing another notice", form, RIDE, **words, nonce="m").location
    walk.post(staff, "removing the draft of a notice", f"{draft}/remove", RIDE)
    with walk.app.app_context():
        fill_caches()


def comment_on_notice(walk: Walk, notice: str) -> None:
    author, other = walk.make_user(), walk.make_user()
    for user in (author, other):
        insert_ended_ride(walk.app, user, walk.make_vehicle())
    rider, reader = walk.visitor().sign_in(author), walk.visitor().sign_in(other)
    form = {"text": "Nice.", "nonce": "n"}
    added = walk.post(rider, "commenting on a notice", f"{notice}/comments", RIDE, **form)
    assert added.status_code == 303, added.text
    [key] = re.findall(r'href="/comments/([^"]+)"', rider.get(notice).text)
    walk.get(rider, "the form of one's own comment", f"/comments/{key}", PAGE)
    walk.post(rider, "changing one's own comment", f"/comments/{key}", RIDE, text="Good.")
    walk.app.extensions["movr_translations"].translator = CapitalLetters()
    walk.post(reader, "having a comment translated", f"/translations/comment/{key}", 4)
    walk.post(reader, "flagging a comment", f"/comments/{key}/flag", RIDE)
    staff = walk.sign_in_new_user("support")
    page = "/fleet/comments?city=new+york&state=shown"
    walk.get(staff, "the comments of a city, for staff", page, PAGE)
    walk.post(staff, "hiding a comment", f"/fleet/comments/{key}/hide", RIDE, why="an insult")
    walk.post(staff, "showing a comment", f"/fleet/comments/{key}/show", RIDE)
    walk.post(rider, "deleting one's own comment", f"/comments/{key}/delete", RIDE)


def look_after_feeds(walk: Walk) -> None:
    staff = walk.sign_in_new_user("fleet")
    key = insert_feed(walk.app)
    walk.get(staff, "the feed subscriptions of a city", "/fleet/feeds?city=new+york", PAGE)
    page = f"/fleet/feeds/{key}"
    walk.get(staff, "a feed subscription with its runs", page, PAGE)
    walk.post(staff, "running a feed subscription", f"{page}/run", RIDE)
    walk.post(staff, "pausing a feed subscription", f"{page}/pause", RIDE)
    walk.post(staff, "resuming a feed subscription", f"{page}/resume", RIDE)


#: The versions and the rows that are in force are two tables: a transaction of two statements.
ZONE_CHANGE = 5


def import_and_edit_zones(walk: Walk) -> None:
    with walk.app.app_context():
        city = catalogue().find("new york")
        assert city
        import_zones(city, build_zone_file(DEMO_CITIES[0]), ZoneImportOptions())
        zone = city_zones(city).zones[0].id
    visitor, admin = walk.visitor(), walk.sign_in_new_user("admin")
    walk.get(visitor, "the zones of a city as text", "/city/new%20york/zones", PUBLIC_LIST)
    walk.get(visitor, "zones for a map, from memory", "/city/new%20york/zones.json", PUBLIC_LIST)
    walk.get(admin, "the zones of a city", "/fleet/zones?city=new+york", PAGE)
    zones = "/fleet/zones/new%20york"
    page = f"{zones}/{zone}"
    walk.get(admin, "the zones of a city that were removed", f"{zones}/removed", PAGE)
    walk.get(admin, "the form of a new zone", f"{zones}/new", PAGE)
    box = f"{zones}/outlines.json?bbox=40,-75,41,-73"
    walk.get(admin, "the outlines of zones, from memory", box, PAGE)
    area = format_area_text([square()])
    values = {"area": area, "kind": "no_parking", "name": "Square"}
    response = walk.post(admin, "drawing a zone", f"{zones}/new", PAGE, nonce="a", **values)
    assert response.status_code == 303
    walk.get(admin, "the form of a zone", f"{page}/edit", PAGE)
    response = walk.post(admin, "changing a zone", f"{page}/edit", ZONE_CHANGE, **values)
    assert response.status_code == 303
    walk.get(admin, "the form that moves a zone", f"{page}/move", PAGE)
    response = walk.post(admin, "moving a zone", f"{page}/move", ZONE_CHANGE, place="2")
    assert response.status_code == 303
    walk.get(admin, "the form that removes a zone", f"{page}/remove", PAGE)
    walk.get(admin, "a zone with its versions", page, PAGE)
    removed = walk.post(admin, "removing a zone", f"{page}/remove", ZONE_CHANGE, why="Works")
    assert removed.status_code == 303
    restore = f"{page}/versions/2/restore"
    walk.get(admin, "the form that restores a version of a zone", restore, PAGE)
    values = {"why": "Again", "newest": "3"}
    response = walk.post(admin, "restoring a version of a zone", restore, ZONE_CHANGE + 1, **values)
    assert response.status_code == 303
