"""Reports: told once, seen by whoever told and by staff of that city, answered once."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, insert, select, text

from tests.auth.steps import find_link, new_browser, read_audit_events, read_mails, update_rows
from tests.explain import explain_plan
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.audit.writing import audit_subject
from webapp.auth.models import RoleGrant, User
from webapp.db.keys import RowKey
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.reports import services, staff_services
from webapp.fleet.reports.enums import OPEN_STATES, ReportKind, ReportState
from webapp.fleet.reports.models import Report, ReportPhoto
from webapp.fleet.reports.queries import find_report_for_staff, list_own_reports, list_queue
from webapp.fleet.reports.services import ReportData
from webapp.fleet.reports.staff_services import ChangedByOthers, ReportAnswer
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Place
from webapp.rides.models import Ride
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

Make = Callable[..., Any]


def picture(color: str = "red", format_: str = "JPEG", size: tuple[int, int] = (60, 40)) -> BytesIO:
    file = BytesIO()
    Image.new("RGB", size, color).save(file, format_)
    file.seek(0)
    return file


def told(kind: ReportKind = ReportKind.DAMAGE, critical: bool = False, **more: Any) -> ReportData:
    return ReportData(
        kind, critical, more.get("note", "The brake is gone."), more.get("photos", [])
    )


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    user: User = make_user("ada")
    return user


@pytest.fixture
def staff(app: Flask, make_user: UserFactory) -> Visitor:
    """Somebody who looks after the fleet of New York only."""
    return new_browser(app).sign_in(make_user("sam", roles={"fleet": ["new york"]}))


@pytest.fixture
def file(app: Flask) -> Callable[..., RowKey]:
    """File a report: ``file(user, vehicle, critical=True)``."""

    def file(reporter: User, vehicle: Vehicle, **more: Any) -> RowKey:
        with app.app_context():
            return services.file_report(reporter.key, vehicle.key, uuid4().hex, told(**more))

    return file


@pytest.fixture
def answer(app: Flask) -> Callable[..., None]:
    """Answer a report as it stands: ``answer(key, "resolved", put_back=True)``."""

    def answer(key: RowKey, state: str, seen: str = "", **more: Any) -> None:
        with app.app_context():
            report = db.session.get(Report, tuple(key))
            assert report
            report.__dict__["reporter"] = None
            given = ReportAnswer(ReportState(state), more.pop("words", ""), **more)
            staff_services.answer_report(report, seen or report.state, given)

    return answer


def reports(app: Flask) -> list[Report]:
    with app.app_context():
        return list(db.session.scalars(select(Report).order_by(Report.created_at)))


def page_of(vehicle: Vehicle) -> str:
    return f"/vehicles/{vehicle.public_key}/report"


# --- telling -----------------------------------------------------------------------------------


def test_a_rider_reports_a_vehicle_with_photos_and_sees_what_became_of_it(
    app: Flask, visitor: Visitor, ada: User, make_vehicle: VehicleFactory, row: Make
) -> None:
    vehicle = make_vehicle()
    visitor.sign_in(ada)
    assert f'href="{page_of(vehicle)}"' in visitor.get(f"/vehicles/{vehicle.public_key}").text
    sent = visitor.send(
        page_of(vehicle), kind="damage", note="The brake\r\nis gone.", nonce="n",
        photo1=(picture(), "a.jpg"), photo2=(BytesIO(), ""), photo3=(picture("blue", "PNG"), "b.png"),
    )  # fmt: skip
    assert sent.status_code == 303, sent.text
    page = visitor.get(sent.location).text
    for words in ("It is damaged", "The brake\nis gone.", "Nobody has looked at it yet", "Photo 2"):
        assert words in page
    assert "Photo 3" not in page
    (report,) = reports(app)
    assert (report.vehicle_id, report.city, report.state) == (vehicle.id, "new york", "new")
    assert not report.critical
    assert row(Vehicle, vehicle.key).state == "available"
    assert "It is damaged" in visitor.get("/reports").text
    (event,) = read_audit_events(app, AuditKind.REPORT_FILED)
    assert (event.actor, event.subject) == (ada.key, audit_subject("report", report.key))


def test_no_page_for_the_reporter_says_which_vehicle_it_is_today(
    visitor: Visitor, ada: User, make_vehicle: VehicleFactory, file: Make
) -> None:
    """Whoever reported a vehicle once could follow it for ever."""
    vehicle = make_vehicle()
    report = file(ada, vehicle)
    visitor.sign_in(ada)
    for page in (visitor.get("/reports").text, visitor.get(f"/reports/{report}").text):
        assert "Okai scooter" in page
        for name in (vehicle.id, vehicle.public_id, vehicle.code, vehicle.address):
            assert str(name) not in page


@pytest.mark.parametrize("state", ["available", "reserved"])
def test_what_nobody_should_ride_goes_out_of_service_at_once(
    visitor: Visitor, ada: User, make_vehicle: VehicleFactory, row: RowReader, state: str
) -> None:
    vehicle = make_vehicle(state=state, reserved_until=func.now() if state == "reserved" else None)
    visitor.sign_in(ada).send(page_of(vehicle), kind="damage", critical="y", nonce="n")
    found = row(Vehicle, vehicle.key)
    assert (found.state, found.reserved_until) == ("non_operational", None)
    assert found.changed_at > vehicle.changed_at


@pytest.mark.parametrize("state", ["on_trip", "missing", "non_operational"])
def test_another_state_stays_as_it_is_and_the_report_waits(
    app: Flask, ada: User, make_vehicle: VehicleFactory, row: RowReader, file: Make, state: str
) -> None:
    vehicle = make_vehicle(state=state)
    file(ada, vehicle, critical=True)
    assert row(Vehicle, vehicle.key).state == state
    assert reports(app)[0].critical


def test_a_lost_vehicle_stays_as_it_is_until_staff_decide(
    ada: User, make_vehicle: VehicleFactory, row: RowReader, file: Make
) -> None:
    vehicle = make_vehicle()
    file(ada, vehicle, critical=True, kind=ReportKind.LOST)
    assert row(Vehicle, vehicle.key).state == "available"


def test_the_same_form_sent_twice_is_one_report(
    app: Flask, visitor: Visitor, ada: User, make_vehicle: Make
) -> None:
    page = page_of(make_vehicle())
    visitor.sign_in(ada)
    nonces = [re.findall(r'name="nonce"[^>]*value="(\w+)"', visitor.get(page).text) for _ in "ab"]
    assert nonces[0] != nonces[1]
    fields = {"kind": "damage", "nonce": nonces[0][0]}
    places = {visitor.send(page, **fields, photo1=(picture(), "a.jpg")).location for _ in range(3)}
    assert len(places) == 1
    assert len(reports(app)) == len(read_audit_events(app, AuditKind.REPORT_FILED)) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ReportPhoto)) == 1


def test_the_same_nonce_of_two_people_is_two_reports(
    app: Flask, ada: User, make_user: UserFactory, make_vehicle: Make
) -> None:
    vehicle, bob = make_vehicle(), make_user("bob")
    with app.app_context():
        for person in (ada, bob):
            services.file_report(person.key, vehicle.key, "same", told())
    assert len(reports(app)) == 2


def test_a_rider_reports_the_vehicle_of_an_ended_ride(
    app: Flask,
    visitor: Visitor,
    ada: User,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    make_ride: Make,
) -> None:
    vehicle = make_vehicle()
    ride = make_ride(ada, vehicle)
    page = f"/rides/{ride}/report"
    assert new_browser(app).sign_in(make_user()).get(page).status_code == 404
    visitor.sign_in(ada)
    assert "Okai scooter" in visitor.get(page).text
    assert visitor.send(page, kind="bad_parking", nonce="n").status_code == 303
    assert reports(app)[0].vehicle_id == vehicle.id


@pytest.fixture
def make_ride(app: Flask) -> Make:
    """Make an ended ride; return its key."""

    def make(rider: User, vehicle: Vehicle, ago: timedelta = timedelta(0)) -> RowKey:
        then = func.now() - ago
        row = {
            "region": vehicle.region, "id": uuid4(), "city": vehicle.city,
            "started_at": then, "ended_at": then, "vehicle_id": vehicle.id, "rider_region": rider.region, "rider_id": rider.id,
        }  # fmt: skip
        with app.app_context(), db.engines["write"].begin() as connection:
            connection.execute(insert(Ride).values(row))
        return RowKey(vehicle.region, row["id"])

    return make


def test_the_form_can_be_reached_and_costs_no_more_than_a_page(
    visitor: Visitor,
    ada: User,
    make_vehicle: VehicleFactory,
    file: Make,
    round_trips: Callable[[], int],
) -> None:
    vehicle = make_vehicle()
    report = file(ada, vehicle, photos=[b"x"])
    visitor.sign_in(ada)
    for path in (page_of(vehicle), "/reports", f"/reports/{report}", f"/reports/{report}/photos/1"):
        round_trips()
        assert visitor.get(path).status_code == 200
        assert round_trips() == 2, path


# --- what is refused ---------------------------------------------------------------------------


def test_what_is_wrong_stands_beside_the_field_and_what_was_typed_stays(
    app: Flask, visitor: Visitor, ada: User, make_vehicle: Make
) -> None:
    page = page_of(make_vehicle())
    visitor.sign_in(ada)
    answers = {
        "Please fill this in.": {"note": "It squeaks."},
        "Choose one from the list.": {"note": "It squeaks.", "kind": "dragons"},
        "Tell us in a few words what is wrong.": {"kind": "other"},
        "That is too long": {"kind": "damage", "note": "x" * 1001},
        "That file is not a photo we can read.": {
            "kind": "damage", "note": "It squeaks.", "photo2": (BytesIO(b"<html>"), "a.jpg"),
        },
    }  # fmt: skip
    for words, fields in answers.items():
        answer = visitor.send(page, **fields)
        assert answer.status_code == 422
        assert words in answer.text
        assert fields.get("note", "") in answer.text
    assert 'id="photo2-error"' in answer.text
    assert "Choose your photos once more" in answer.text
    assert reports(app) == []


def test_a_text_in_place_of_a_photo_is_no_photo(
    app: Flask, visitor: Visitor, ada: User, make_vehicle: Make
) -> None:
    page = page_of(make_vehicle())
    assert visitor.sign_in(ada).send(page, kind="damage", photo1="text").status_code == 303
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ReportPhoto)) == 0


def test_only_whoever_has_confirmed_the_address_reports(
    app: Flask, visitor: Visitor, make_user: UserFactory, make_vehicle: Make
) -> None:
    page = page_of(make_vehicle())
    assert visitor.get(page).location.startswith("/login")
    visitor.sign_in(make_user(email_confirmed_at=None))
    assert "Open the link that we sent" in visitor.get(page).text
    assert visitor.send(page, kind="damage").status_code == 403
    assert reports(app) == []


def test_too_many_reports_are_refused_with_when_to_come_back(
    app: Flask,
    visitor: Visitor,
    ada: User,
    make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_REPORTS", (2, 3600))
    page = page_of(make_vehicle())
    visitor.sign_in(ada)
    answers = [visitor.send(page, kind="damage", note="Flat.", nonce=n) for n in "abc"]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert answers[2].headers["Retry-After"]
    assert "Flat." in answers[2].text
    assert len(reports(app)) == 2


def test_one_account_cannot_take_a_whole_street_out_of_service(
    app: Flask, visitor: Visitor, ada: User, make_vehicle: VehicleFactory, row: RowReader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Beyond a few a day staff decide; what only tells of damage does not count."""
    monkeypatch.setitem(app.config, "LIMIT_CRITICAL_REPORTS", (2, 86400))
    vehicles = [make_vehicle() for _ in range(4)]
    visitor.sign_in(ada).send(page_of(vehicles[3]), kind="damage", nonce="d")
    words = "our staff decide if it goes out of service"
    for number, vehicle in enumerate(vehicles[:3]):
        fields = {"kind": "damage", "critical": "y", "note": "x" * 990, "nonce": str(number)}
        sent = visitor.send(page_of(vehicle), **fields)
        assert (words in visitor.get(sent.location).text) == (number == 2)
    states = [row(Vehicle, vehicle.key).state for vehicle in vehicles]
    assert states == ["non_operational", "non_operational", "available", "available"]
    told = reports(app)[-1]
    assert (told.vehicle_id, told.critical) == (vehicles[2].id, False)
    assert told.note.startswith("Nobody should ride it.\nxxx")


def test_who_has_just_ridden_a_vehicle_takes_it_out_whatever_was_told_before(
    app: Flask, visitor: Visitor, ada: User, make_vehicle: VehicleFactory, make_ride: Make, row: RowReader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(app.config, "LIMIT_CRITICAL_REPORTS", (1, 86400))
    visitor.sign_in(ada).send(page_of(make_vehicle()), kind="damage", critical="y", nonce="n")
    fresh, old = make_vehicle(), make_vehicle()
    its_rides = [make_ride(ada, fresh), make_ride(ada, old, timedelta(days=2))]
    for number, ride in enumerate(its_rides):
        visitor.send(f"/rides/{ride}/report", kind="damage", critical="y", nonce=str(number))
    assert row(Vehicle, fresh.key).state == "non_operational"
    assert row(Vehicle, old.key).state == "available"


def test_a_vehicle_that_is_gone_cannot_be_reported(
    app: Flask, visitor: Visitor, ada: User, make_vehicle: VehicleFactory, make_ride: Make
) -> None:
    vehicle = make_vehicle(state="removed")
    visitor.sign_in(ada)
    assert visitor.get(page_of(vehicle)).status_code == 404
    ride = make_ride(ada, vehicle)
    assert visitor.send(f"/rides/{ride}/report", kind="damage").status_code == 404
    assert reports(app) == []


def test_who_has_just_left_reports_nothing(
    app: Flask, ada: User, make_vehicle: VehicleFactory
) -> None:
    nobody = RowKey(ada.region, uuid4())
    with app.app_context(), pytest.raises(NotFound):
        services.file_report(nobody, make_vehicle().key, "n", told())
    assert reports(app) == []


# --- who sees what -----------------------------------------------------------------------------


def test_a_photo_is_a_file_for_its_reporter_and_staff_of_the_city_only(
    app: Flask,
    visitor: Visitor,
    staff: Visitor,
    ada: User,
    make_user: UserFactory,
    make_vehicle: Make,
) -> None:
    visitor.sign_in(ada)
    sent = visitor.send(page_of(make_vehicle()), kind="damage", photo1=(picture(), "a.jpg"))
    photo = f"{sent.location}/photos/1"
    answer = visitor.get(photo)
    assert answer.status_code == 200
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["Content-Disposition"] == "attachment; filename=photo-1.jpg"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"].startswith("private")
    assert answer.data.startswith(b"\xff\xd8")
    assert staff.get(f"/fleet{photo}").data == answer.data
    assert staff.get(photo).status_code == 404
    others = new_browser(app).sign_in(make_user("bob"))
    paris = new_browser(app).sign_in(make_user("eve", roles={"fleet": ["paris"]}))
    assert [who.get(photo).status_code for who in (others, paris)] == [404, 404]
    assert others.get(f"/fleet{photo}").status_code == 403
    assert paris.get(f"/fleet{photo}").status_code == 404
    assert new_browser(app).get(photo).location.startswith("/login")
    for number in ("0", "2", "4", "-1", "9" * 30):
        assert visitor.get(f"{sent.location}/photos/{number}").status_code == 404


def test_a_report_is_for_its_reporter_and_staff_of_the_city_only(
    app: Flask, staff: Visitor, ada: User, make_user: UserFactory, make_vehicle: VehicleFactory, file: Make,
    round_trips: Callable[[], int],
) -> None:  # fmt: skip
    report = file(ada, make_vehicle())
    for visitor in (staff, new_browser(app).sign_in(make_user("bob"))):
        assert visitor.get(f"/reports/{report}").status_code == 404
        assert str(report) not in visitor.get("/reports").text
    round_trips()
    assert "The brake is gone." in staff.get(f"/fleet/reports/{report}").text
    assert round_trips() == 2
    paris = new_browser(app).sign_in(make_user("eve", roles={"fleet": ["paris"]}))
    assert paris.get(f"/fleet/reports/{report}").status_code == 404
    for act in ("take", "answer"):
        fields = {"state": "resolved", "words": "Done."}
        assert paris.send(f"/fleet/reports/{report}/{act}", **fields).status_code == 404
    assert paris.get("/fleet/reports?city=new+york").status_code == 404
    assert reports(app)[0].state == "new"


# --- the queue ---------------------------------------------------------------------------------


def test_the_queue_of_a_city_has_what_is_open_the_oldest_first(
    staff: Visitor, ada: User, make_vehicle: VehicleFactory, file: Make, answer: Make,
    round_trips: Callable[[], int],
) -> None:  # fmt: skip
    ours = [file(ada, make_vehicle()) for _ in range(8)]
    elsewhere = file(ada, make_vehicle("boston"))
    answer(ours[2], "resolved")
    answer(ours[5], "in_progress")
    staff.get("/fleet/reports")
    round_trips()
    page = staff.get("/fleet/reports").text
    assert round_trips() == 2
    found = keys_on(page)
    page = staff.get(next_page(page)).text
    assert [*found, *keys_on(page)] == [str(key) for key in ours if key != ours[2]]
    assert str(elsewhere) not in page
    assert keys_on(staff.get("/fleet/reports?state=in_progress").text) == [str(ours[5])]
    answer(ours[0], "resolved")
    done = keys_on(staff.get("/fleet/reports?state=resolved").text)
    assert done == [str(ours[2]), str(ours[0])]
    for question in ("state=lost", "city=atlantis", "after=x"):
        assert staff.get(f"/fleet/reports?{question}").status_code == 404
    assert "No report in this state" in staff.get("/fleet/reports?state=dismissed").text


def keys_on(page: str) -> list[str]:
    return re.findall(r'href="/fleet/reports/([^"/?]+)"', page)


def next_page(page: str) -> str:
    return page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")


def test_an_empty_queue_and_an_empty_list_say_so(staff: Visitor) -> None:
    assert "Nothing waits for you here" in staff.get("/fleet/reports").text
    assert "You have reported nothing" in staff.get("/reports").text


def test_ones_own_reports_are_paged_each_once(
    visitor: Visitor, ada: User, make_vehicle: VehicleFactory, file: Make
) -> None:
    filed = [str(file(ada, make_vehicle(city))) for city in ("paris", "boston") * 4]
    visitor.sign_in(ada)
    page = visitor.get("/reports").text
    found = re.findall(r'href="/reports/([^"/?]+)"', page)
    page = visitor.get(next_page(page)).text
    found += re.findall(r'href="/reports/([^"/?]+)"', page)
    assert found == filed[::-1]


def test_many_reports_cost_what_few_do(
    app: Flask, ada: User, make_vehicle: VehicleFactory, server: Any
) -> None:
    if server.get_backend_name() != "postgresql":
        pytest.skip("reads PostgreSQL's plans")
    vehicles = [make_vehicle() for _ in range(100)]
    many = text(
        """INSERT INTO reports (region, id, city, vehicle_id, reporter_region, reporter_id, kind,
           critical, note, state, answer, created_at)
           SELECT :region, gen_random_uuid(), 'new york', (CAST(:vehicles AS uuid[]))[n % 100 + 1],
           :region, CASE WHEN n % 50 = 0 THEN CAST(:reporter AS uuid) END, 'damage', false, '',
           CASE n % 20 WHEN 1 THEN 'new' WHEN 2 THEN 'in_progress' ELSE 'resolved' END, '',
           now() - n * interval '1 minute' FROM generate_series(1, 10000) n"""
    )
    values = {"region": "us-east1", "vehicles": [v.id for v in vehicles], "reporter": ada.id}
    with app.app_context():
        with db.engines["write"].begin() as connection:
            connection.execute(many, values)
            first = connection.scalar(select(Report.id).limit(1))
        autocommit = {"isolation_level": "AUTOCOMMIT"}
        with db.engines["write"].connect().execution_options(**autocommit) as connection:
            connection.execute(text("VACUUM ANALYZE reports"))
        city = catalogue().find("new york")
        assert city
        key, staff = RowKey("us-east1", first), ada
        staff.__dict__["role_grants"] = [RoleGrant(role="fleet", cities=None)]
        for read, index in [
            (lambda: list_queue(city, OPEN_STATES, None), "ix_reports_queue"),
            (lambda: list_queue(city, [ReportState.RESOLVED], None), "ix_reports_queue"),
            (lambda: list_own_reports(ada.key, None), "ix_reports_reporter"),
            (lambda: find_report_for_staff(staff, key), "ix_reports_vehicle"),
        ]:
            plan = explain_plan(read)
            assert index in plan.indexes, index
            assert plan.most_rows <= 200, index


# --- answering ---------------------------------------------------------------------------------


def test_staff_take_a_report_on_and_answer_it_and_the_reporter_hears_of_it(
    app: Flask,
    visitor: Visitor,
    staff: Visitor,
    ada: User,
    make_vehicle: VehicleFactory,
    row: RowReader,
    file: Make,
) -> None:
    vehicle = make_vehicle()
    report = file(ada, vehicle, critical=True)
    page = f"/fleet/reports/{report}"
    assert "nobody should ride it" in staff.get("/fleet/reports").text
    assert staff.send(f"{page}/take").location == page
    visitor.sign_in(ada)
    assert "Somebody is looking into it" in visitor.get(f"/reports/{report}").text
    assert read_mails(app) == []
    done = staff.send(
        f"{page}/answer", seen="in_progress", state="resolved", words="New brake.", put_back="y"
    )
    assert done.location == page
    assert row(Vehicle, vehicle.key).state == "available"
    (letter,) = read_mails(app, "ada@example.org")
    answered = visitor.get(find_link(letter)).text
    assert "Solved" in answered
    assert "New brake." in answered
    assert "New brake." not in letter.body, "what stands in a mail can be read on the way"
    assert [one.details for one in read_audit_events(app, AuditKind.REPORT_ANSWERED)] == [
        {"state": "in_progress"}, {"state": "resolved"},
    ]  # fmt: skip
    assert reports(app)[0].answered_at


def test_an_answer_needs_words_and_keeps_them(
    staff: Visitor, ada: User, make_vehicle: VehicleFactory, file: Make
) -> None:
    page = f"/fleet/reports/{file(ada, make_vehicle())}/answer"
    answer = staff.send(page, seen="new", words="We came and looked.")
    assert answer.status_code == 422
    assert "We came and looked." in answer.text
    assert staff.send(page, seen="new", state="resolved").status_code == 422
    assert staff.send(page, seen="new", state="new", words="x").status_code == 422


def test_the_second_of_two_who_answer_is_told_and_overwrites_nothing(
    app: Flask, staff: Visitor, ada: User, make_vehicle: VehicleFactory, file: Make, answer: Make
) -> None:
    report = file(ada, make_vehicle())
    page = f"/fleet/reports/{report}"
    answer(report, "in_progress")
    late = staff.send(f"{page}/answer", seen="new", state="dismissed", words="Nothing there.")
    assert late.status_code == 409
    assert "A colleague has changed this report" in late.text
    assert "Nothing there." in late.text
    assert 'name="seen" type="hidden" value="in_progress"' in late.text
    answer(report, "resolved", words="Fixed.")
    late = staff.send(f"{page}/answer", seen="in_progress", state="dismissed", words="Nothing.")
    assert late.status_code == 409
    assert "Fixed." in late.text
    assert staff.send(f"{page}/take").status_code == 409
    (found,) = reports(app)
    assert (found.state, found.answer) == ("resolved", "Fixed.")


def test_an_answered_report_is_never_opened_again(
    app: Flask, ada: User, make_vehicle: VehicleFactory, file: Make, answer: Make
) -> None:
    report = file(ada, make_vehicle())
    answer(report, "resolved", words="Fixed.")
    for state in ReportState:
        if state is not ReportState.RESOLVED:
            with pytest.raises(ChangedByOthers):
                answer(report, state, seen="resolved")
    assert reports(app)[0].state == "resolved"


def test_pressing_answer_twice_is_once(
    app: Flask, staff: Visitor, ada: User, make_vehicle: VehicleFactory, file: Make
) -> None:
    page = f"/fleet/reports/{file(ada, make_vehicle())}/answer"
    fields = {"seen": "new", "state": "resolved", "words": "Fixed."}
    assert [staff.send(page, **fields).status_code for _ in range(3)] == [303] * 3
    assert len(read_mails(app)) == len(read_audit_events(app, AuditKind.REPORT_ANSWERED)) == 1


def test_a_vehicle_goes_back_in_service_when_the_last_critical_report_is_answered(
    staff: Visitor,
    ada: User,
    make_vehicle: VehicleFactory,
    row: RowReader,
    file: Make,
    answer: Make,
) -> None:
    vehicle = make_vehicle()
    first, second = (file(ada, vehicle, critical=True) for _ in range(2))
    file(ada, vehicle)  # of something that harms nobody
    answer(first, "resolved", put_back=True)
    assert row(Vehicle, vehicle.key).state == "non_operational"
    assert (
        "Another report says that nobody should ride it"
        in staff.get(f"/fleet/reports/{first}").text
    )
    answer(second, "dismissed", put_back=True)
    assert row(Vehicle, vehicle.key).state == "available"


def test_answering_alone_puts_nothing_back(
    ada: User, make_vehicle: VehicleFactory, row: RowReader, file: Make, answer: Make
) -> None:
    vehicle = make_vehicle()
    report = file(ada, vehicle, critical=True)
    answer(report, "in_progress", put_back=True)
    assert row(Vehicle, vehicle.key).state == "non_operational"
    answer(report, "resolved")
    assert row(Vehicle, vehicle.key).state == "non_operational"


@pytest.mark.parametrize("state", ["on_trip", "removed", "missing", "reserved"])
def test_only_what_is_out_of_service_is_put_back(
    app: Flask,
    ada: User,
    make_vehicle: VehicleFactory,
    row: RowReader,
    file: Make,
    answer: Make,
    state: str,
) -> None:
    vehicle = make_vehicle()
    report = file(ada, vehicle)
    update_rows(app, Vehicle, Vehicle.id == vehicle.id, state=state)
    answer(report, "resolved", put_back=True)
    assert row(Vehicle, vehicle.key).state == state


# --- with rides --------------------------------------------------------------------------------


def test_what_was_reported_on_the_way_is_out_of_service_when_the_ride_ends(
    app: Flask,
    ada: User,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    row: RowReader,
    file: Make,
) -> None:
    vehicle, rider = make_vehicle(), make_user()
    with app.app_context():
        ride = start_ride(rider.key, vehicle.public_key)
    file(ada, vehicle, critical=True)
    assert row(Vehicle, vehicle.key).state == "on_trip"
    with app.app_context():
        end_ride(rider.key, ride, Place("here", vehicle.point))
    assert row(Vehicle, vehicle.key).state == "non_operational"


# --- leaving -----------------------------------------------------------------------------------


def test_what_was_told_stays_for_the_vehicle_when_its_reporter_leaves(
    app: Flask,
    staff: Visitor,
    visitor: Visitor,
    ada: User,
    make_vehicle: VehicleFactory,
    file: Make,
) -> None:
    report = file(ada, make_vehicle(), photos=[picture().read()])
    visitor.sign_in(ada)
    assert visitor.send("/users/me/delete", sure="y").status_code == 303
    page = staff.get(f"/fleet/reports/{report}").text
    assert "an account that is gone" in page
    assert "The brake is gone." in page
    assert staff.get(f"/fleet/reports/{report}/photos/1").status_code == 200
    before = len(read_mails(app))
    answered = staff.send(
        f"/fleet/reports/{report}/answer", seen="new", state="resolved", words="Ok"
    )
    assert answered.status_code == 303
    assert len(read_mails(app)) == before


def test_a_reporter_takes_a_copy_along(
    visitor: Visitor, ada: User, make_user: UserFactory, make_vehicle: VehicleFactory, file: Make
) -> None:
    mine = file(ada, make_vehicle("paris"), photos=[b"x", b"y"])
    file(make_user("bob"), make_vehicle(), note="Of somebody else.", photos=[b"z"])
    copy = visitor.sign_in(ada).send("/users/me/data.json").get_json(force=True)
    assert [report["note"] for report in copy["reports"]] == ["The brake is gone."]
    assert [(p["report_id"], p["number"]) for p in copy["report-photos"]] == [
        (str(mine.id), 1),
        (str(mine.id), 2),
    ]
