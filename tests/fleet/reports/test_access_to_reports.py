"""Who sees reports and photos, also after the account of the reporter is deleted."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.auth.steps import new_browser
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.fleet.reports.steps import FileReport, make_photo, read_reports, report_path
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.fleet.models import Vehicle


def test_a_photo_is_visible_to_its_reporter_and_staff_of_the_city_only(
    app: Flask,
    visitor: Visitor,
    staff: Visitor,
    ada: User,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
) -> None:
    visitor.sign_in(ada)
    report = visitor.send(
        report_path(make_vehicle()), kind="damage", photo1=(make_photo(), "a.jpg")
    )
    photo = f"{report.location}/photos/1"
    response = visitor.get(photo)
    assert response.status_code == 200
    assert response.mimetype == "image/jpeg"
    assert response.headers["Content-Disposition"] == "attachment; filename=photo-1.jpg"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "private, no-cache"  # it is asked for each time
    etag = {"If-None-Match": response.headers["ETag"]}
    assert visitor.get(photo, headers=etag).status_code == 304
    assert response.data.startswith(b"\xff\xd8")
    assert staff.get(f"/fleet{photo}").data == response.data
    assert staff.get(photo).status_code == 404
    other_browser = new_browser(app).sign_in(make_user("bob"))
    paris = new_browser(app).sign_in(make_user("eve", roles={"fleet": ["paris"]}))
    assert [browser.get(photo).status_code for browser in (other_browser, paris)] == [404, 404]
    assert other_browser.get(f"/fleet{photo}").status_code == 403
    assert paris.get(f"/fleet{photo}").status_code == 404
    assert new_browser(app).get(photo, headers=etag).location.startswith("/login")
    for number in ("0", "2", "4", "-1", "9" * 30):
        assert visitor.get(f"{report.location}/photos/{number}").status_code == 404


@pytest.mark.slow
def test_a_report_is_visible_to_its_reporter_and_staff_of_the_city_only(
    app: Flask, staff: Visitor, ada: User, make_user: UserFactory, make_vehicle: VehicleFactory, file_report: FileReport,
    round_trips: Callable[[], int],
) -> None:  # fmt: skip
    report_key = file_report(ada, make_vehicle())
    for visitor in (staff, new_browser(app).sign_in(make_user("bob"))):
        assert visitor.get(f"/reports/{report_key}").status_code == 404
        assert str(report_key) not in visitor.get("/reports").text
    round_trips()
    assert "The brake is gone." in staff.get(f"/fleet/reports/{report_key}").text
    assert round_trips() == 2
    paris = new_browser(app).sign_in(make_user("eve", roles={"fleet": ["paris"]}))
    assert paris.get(f"/fleet/reports/{report_key}").status_code == 404
    for action in ("take", "answer"):
        fields = {"state": "resolved", "text": "Done."}
        assert paris.send(f"/fleet/reports/{report_key}/{action}", **fields).status_code == 404
    assert paris.get("/fleet/reports?city=new+york").status_code == 404
    assert read_reports(app)[0].state == "new"


@pytest.mark.parametrize(("role", "shows_name"), [("mechanic", False), ("support", True)])
def test_a_role_without_persons_answers_reports_without_seeing_who_wrote_them(
    app: Flask, ada: User, make_user: UserFactory, make_vehicle: VehicleFactory,
    file_report: FileReport, role: str, shows_name: bool,
) -> None:  # fmt: skip
    page = f"/fleet/reports/{file_report(ada, make_vehicle())}"
    browser = new_browser(app).sign_in(make_user("max", roles={role: ["new york"]}))
    assert (ada.short_name in browser.get(page).text) == shows_name
    answer = {"seen": "new", "state": "resolved", "text": "Done."}
    assert browser.send(f"{page}/answer", **answer).status_code == 303
    refused = browser.send(f"{page}/answer", **answer | {"text": "Done again."})
    assert (ada.short_name in refused.text) == shows_name, "also where the form is shown again"
    assert [mail.to for mail in read_mails(app)] == [[ada.email]]


@pytest.mark.parametrize(
    ("role", "state"), [("mechanic", "available"), ("support", "non_operational")]
)
def test_only_who_may_change_vehicles_returns_one_to_service_with_an_answer(
    app: Flask, ada: User, make_user: UserFactory, make_vehicle: VehicleFactory,
    file_report: FileReport, row: RowReader, role: str, state: str,
) -> None:  # fmt: skip
    vehicle = make_vehicle()
    page = f"/fleet/reports/{file_report(ada, vehicle, critical=True)}"
    browser = new_browser(app).sign_in(make_user("max", roles={role: ["new york"]}))
    assert ("returns_to_service" in browser.get(page).text) == (role == "mechanic")
    browser.send(
        f"{page}/answer", seen="new", state="resolved", text="Done.", returns_to_service="y"
    )
    assert row(Vehicle, vehicle.key).state == state


# --- the account of the reporter ---------------------------------------------------------------


def test_a_report_stays_when_its_reporter_deletes_the_account(
    app: Flask,
    staff: Visitor,
    visitor: Visitor,
    ada: User,
    make_vehicle: VehicleFactory,
    file_report: FileReport,
) -> None:
    report_key = file_report(ada, make_vehicle(), photos=[make_photo().read()])
    visitor.sign_in(ada)
    assert visitor.send("/users/me/delete", sure="y").status_code == 303
    page = staff.get(f"/fleet/reports/{report_key}").text
    assert "a deleted account" in page
    assert "The brake is gone." in page
    assert staff.get(f"/fleet/reports/{report_key}/photos/1").status_code == 200
    before = len(read_mails(app))
    answered = staff.send(
        f"/fleet/reports/{report_key}/answer", seen="new", state="resolved", text="Ok"
    )
    assert answered.status_code == 303
    assert len(read_mails(app)) == before


def test_reports_and_photos_are_in_the_personal_data_export(
    visitor: Visitor,
    ada: User,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    file_report: FileReport,
) -> None:
    report_key = file_report(ada, make_vehicle("paris"), photos=[b"x", b"y"])
    file_report(make_user("bob"), make_vehicle(), note="Of somebody else.", photos=[b"z"])
    export = visitor.sign_in(ada).send("/users/me/data.json").get_json(force=True)
    assert [report["note"] for report in export["reports"]] == ["The brake is gone."]
    assert [(p["report_id"], p["number"]) for p in export["report-photos"]] == [
        (str(report_key.id), 1),
        (str(report_key.id), 2),
    ]
