"""Owners: their vehicles, and offering them to others."""

from io import BytesIO

from tests.fleet.vehicle_import.steps import make_csv
from tests.performance.walk import BIKE, PAGE, RIDE, Walk


def manage_own_vehicles(walk: Walk) -> None:
    owner = walk.sign_in_new_user()
    walk.get(owner, "the form to add a vehicle", "/vehicles/add", PAGE)
    added = walk.post(owner, "adding a vehicle", "/vehicles/add", **BIKE)
    assert added.status_code == 303, added.text
    vehicle_url = added.location
    page = vehicle_url.replace("/mine/", "/")
    walk.get(owner, "my vehicles", "/vehicles/mine", PAGE)
    walk.get(owner, "one of my vehicles: code, rides and reports", vehicle_url, PAGE)
    walk.get(owner, "the form to block the last rider", f"{vehicle_url}/block", PAGE)
    walk.post(owner, "blocking the last rider: nobody", f"{vehicle_url}/block", 5, reason="Rain")
    walk.get(owner, "the riders whom I have blocked", "/vehicles/mine/blocks", PAGE)
    no_block = "/vehicles/mine/blocks/us-east1.00000000-0000-4000-8000-000000000000/end"
    walk.post(owner, "ending a block", no_block, PAGE)
    walk.get(owner, "the owners who have blocked me", "/rides/blocks", PAGE)
    walk.get(owner, "the label of a vehicle", f"{vehicle_url}/label.svg", PAGE)
    walk.get(owner, "a sheet of labels", "/vehicles/mine/labels", PAGE)
    walk.get(owner, "the form of a file with vehicles", "/vehicles/import", PAGE)
    file = BytesIO(make_csv(tuple(BIKE.values())))
    preview = walk.post(owner, "uploading vehicles", "/vehicles/import", file=(file, "x.csv"))
    assert preview.status_code == 303, preview.text
    walk.get(owner, "the preview of a file with vehicles", preview.location, PAGE)
    walk.post(owner, "confirming a file with vehicles", preview.location)
    walk.get(owner, "the template of a file, as CSV", "/vehicles/import/template.csv", PAGE)
    walk.get(owner, "the template of a file, as XLSX", "/vehicles/import/template.xlsx", PAGE)
    walk.get(owner, "the form to change a vehicle", f"{page}/edit", PAGE)
    walk.post(owner, "changing a vehicle", f"{page}/edit", RIDE, **BIKE)
    earnings = "/vehicles/mine/earnings"
    walk.get(owner, "what I earn", earnings, PAGE)
    walk.get(owner, "what I earned in a month", f"{earnings}/new%20york/2026-08", PAGE)
    walk.get(owner, "the same as CSV, for each 500", f"{earnings}/new%20york/2026-08.csv", PAGE)
    walk.get(owner, "what I earn with a vehicle", f"{vehicle_url}/earnings", PAGE)
    gone = walk.post(owner, "removing the last vehicle", f"{page}/remove")
    assert gone.status_code == 303


def offer_vehicle(walk: Walk) -> None:
    giver, getter = walk.make_user(), walk.make_user()
    owner, recipient = walk.visitor().sign_in(giver), walk.visitor().sign_in(getter)
    page = f"/vehicles/mine/{walk.make_vehicle(owner=giver).key}/offer"
    walk.get(owner, "the form to offer a vehicle", page, PAGE)

    def offer(label: str) -> str:
        assert walk.post(owner, label, page, RIDE, email=getter.email).status_code == 303
        return walk.link("/vehicles/offers/")

    key = offer("offering a vehicle").split("/")[-2]
    walk.get(owner, "my offers", "/vehicles/mine/offers", PAGE)
    walk.post(owner, "withdrawing an offer", f"/vehicles/mine/offers/{key}/withdraw", PAGE)
    link = offer("offering it again")
    walk.get(recipient, "the offer of a vehicle", link, PAGE)
    walk.post(recipient, "declining an offer", f"{link}/decline", RIDE)
    link = offer("offering it once more")
    assert walk.post(recipient, "accepting an offer", link, RIDE).status_code == 303
