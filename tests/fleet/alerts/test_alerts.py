"""Alerts: each number is that of the rows in its list, from the city's threshold on, unless it is
muted."""

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.auth.steps import new_browser
from tests.factories import UserFactory, VehicleFactory
from tests.fleet.alerts.rows import insert_alert
from tests.fleet.board.pages import count_rows, read_counters
from tests.visitor import Visitor
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.alerts import queries
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.alerts.labels import ALERT_LABELS
from webapp.fleet.alerts.models import VehicleAlertMute
from webapp.fleet.alerts.settings import find_threshold
from webapp.fleet.models import Vehicle
from webapp.fleet.tasks.models import Task
from webapp.fleet.tasks.rules import DEFAULT_SETTINGS

#: What a vehicle of each alert is like; and one that nearly is.
ALARMING: dict[AlertKind, dict[str, Any]] = {
    AlertKind.BATTERY_LOW: {"battery_percent": 19},
    AlertKind.NO_CONTACT: {"state": "non_contactable", "hours": 7},
    AlertKind.IDLE: {"hours": 24 * 7 + 1},
    AlertKind.OUT_OF_SERVICE: {"state": "non_operational", "hours": 24 * 3 + 1},
    AlertKind.SHORT_RIDES: {"alert": ("short_rides", 3)},
    AlertKind.RESERVED_OFTEN: {"alert": ("reserved_often", 3)},
    AlertKind.OUTSIDE_AREA: {"alert": ("outside_area", 100)},
}
QUIET: dict[AlertKind, dict[str, Any]] = {
    AlertKind.BATTERY_LOW: {"battery_percent": 20},
    AlertKind.NO_CONTACT: {"state": "non_contactable", "hours": 5},
    AlertKind.IDLE: {"hours": 24 * 7 - 1},
    AlertKind.OUT_OF_SERVICE: {"state": "non_operational", "hours": 24 * 3 - 1},
    AlertKind.SHORT_RIDES: {"alert": ("short_rides", 2)},
    AlertKind.RESERVED_OFTEN: {"alert": ("reserved_often", 2)},
    AlertKind.OUTSIDE_AREA: {"alert": ("outside_area", 99)},
}
pytestmark = pytest.mark.usefixtures("app_context")

LOW_BATTERY = str(ALERT_LABELS[AlertKind.BATTERY_LOW])


@pytest.fixture
def manager(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("nora", roles={"fleet": ["new york"]}))


def make(
    make_vehicle: VehicleFactory,
    hours: float = 0,
    alert: tuple[str, int] | None = None,
    **columns: Any,
) -> Vehicle:
    """Make a vehicle that is in its state for so many hours. alert: one that the job has found, with
    its value."""
    changed_at = datetime.now(UTC) - timedelta(hours=hours)
    vehicle = make_vehicle(state_changed_at=changed_at, **columns)
    if alert:
        insert_alert(vehicle, *alert)
    return vehicle


@pytest.mark.parametrize("kind", AlertKind)
def test_the_number_of_an_alert_is_that_of_the_rows_in_its_list(
    manager: Visitor, make_vehicle: VehicleFactory, kind: AlertKind
) -> None:
    for _ in range(7):
        make(make_vehicle, **ALARMING[kind])
    make(make_vehicle, **QUIET[kind])
    make(make_vehicle, city="paris", **ALARMING[kind])
    number, url = read_counters(manager.get("/fleet").text)[str(ALERT_LABELS[kind])]
    assert number == count_rows(manager, url) == 7


def test_the_worst_come_first_on_all_pages(manager: Visitor, make_vehicle: VehicleFactory) -> None:
    for percent in (9, 3, 7, 1, 5, 8, 2):
        make_vehicle(battery_percent=percent)
    first = manager.get("/fleet/vehicles?alert=battery_low").text
    assert [f">{n}%<" in first for n in (1, 2, 3, 5, 7, 8, 9)] == [True] * 5 + [False] * 2
    assert count_rows(manager, "/fleet/vehicles?alert=battery_low") == 7


def test_the_farthest_come_first_on_all_pages(
    manager: Visitor, make_vehicle: VehicleFactory
) -> None:
    for metres in (900, 300, 700, 100, 500, 800, 2_000):
        make(make_vehicle, alert=("outside_area", metres))
    first = manager.get("/fleet/vehicles?alert=outside_area").text
    shown = [f">{n} m<" in first for n in ("2,000", 900, 800, 700, 500, 300, 100)]
    assert shown == [True] * 5 + [False] * 2
    assert count_rows(manager, "/fleet/vehicles?alert=outside_area") == 7


@pytest.mark.parametrize("kind", AlertKind)
def test_a_filtered_list_reads_some_rows_a_page_and_finds_all(
    manager: Visitor, make_vehicle: VehicleFactory, kind: AlertKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "SCAN_LIMIT", 3)
    for number in range(11):
        brand = "Xiaomi" if number in (0, 9, 10) else "Okai"
        make(make_vehicle, **ALARMING[kind], brand=brand)
    address = f"/fleet/vehicles?alert={kind}&q=xiaomi"
    assert count_rows(manager, address) == 3
    assert 'rel="next"' in manager.get(address).text, "the page ends where its scan does"


def test_vehicles_whose_reservation_has_long_ended_are_idle(
    manager: Visitor, make_vehicle: VehicleFactory
) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=9)
    make_vehicle(state="reserved", reserved_until=long_ago, state_changed_at=long_ago)
    number, url = read_counters(manager.get("/fleet").text)[str(ALERT_LABELS[AlertKind.IDLE])]
    assert number == count_rows(manager, url) == 1


def test_vehicles_that_are_ridden_have_no_low_battery(
    manager: Visitor, make_vehicle: VehicleFactory
) -> None:
    for state in ("on_trip", "removed", "missing"):
        make_vehicle(state=state, battery_percent=1)
    assert read_counters(manager.get("/fleet").text)[LOW_BATTERY][0] == 0


def test_a_city_sets_its_own_threshold(manager: Visitor, make_vehicle: VehicleFactory) -> None:
    make_vehicle(battery_percent=29)
    assert read_counters(manager.get("/fleet").text)[LOW_BATTERY][0] == 0
    manager.send("/fleet/alerts/new%20york/battery_low", threshold="30")
    page = manager.get("/fleet").text
    number, url = read_counters(page)[LOW_BATTERY]
    assert number == count_rows(manager, url) == 1
    assert "below 30%" in page


def test_a_muted_alert_says_until_when_and_why(
    manager: Visitor, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(battery_percent=1)
    assert "counter-alert" in manager.get("/fleet").text
    address = "/fleet/alerts/new%20york/battery_low"
    assert manager.send(address, threshold="20", mute_h="24").status_code == 422
    manager.send(address, threshold="20", mute_h="24", reason="Charging depot is closed")
    page = manager.get("/fleet").text
    assert "Charging depot is closed" in page
    assert "counter-alert" not in page


def test_a_vehicle_can_be_muted_for_an_alert(
    manager: Visitor, make_vehicle: VehicleFactory
) -> None:
    muted = make_vehicle(battery_percent=1)
    make_vehicle(battery_percent=2)
    address = f"/fleet/vehicles/{muted.key}/alerts/battery_low"
    assert manager.send(address, mute_h="24", reason="It charges").status_code == 303
    number, url = read_counters(manager.get("/fleet").text)[LOW_BATTERY]
    assert number == count_rows(manager, url) == 1


@pytest.mark.parametrize("kind", AlertKind)
def test_every_alert_can_be_muted_for_a_vehicle(
    manager: Visitor, make_vehicle: VehicleFactory, kind: AlertKind
) -> None:
    vehicle = make(make_vehicle, **ALARMING[kind])
    address = f"/fleet/vehicles/{vehicle.key}/alerts/{kind}"
    assert manager.send(address, mute_h="1", reason="Known").status_code == 303
    number, url = read_counters(manager.get("/fleet").text)[str(ALERT_LABELS[kind])]
    assert number == count_rows(manager, url) == 0
    lasts = VehicleAlertMute.until - func.now()
    hour = timedelta(hours=1)
    assert db.session.scalar(select(lasts <= hour)), "by the clock of the database"
    ended = {"until": func.now() - timedelta(seconds=1)}
    execute_write(update(table(VehicleAlertMute)).values(ended))
    assert read_counters(manager.get("/fleet").text)[str(ALERT_LABELS[kind])][0] == 1


@pytest.mark.parametrize(
    ("threshold", "status"), [("0", 422), ("51", 422), ("x", 422), ("", 422), ("50", 303)]
)
def test_a_threshold_that_cannot_be_is_an_error(
    manager: Visitor, threshold: str, status: int
) -> None:
    response = manager.send("/fleet/alerts/new%20york/battery_low", threshold=threshold)
    assert response.status_code == status


def test_a_distance_is_typed_and_read_in_the_units_of_the_reader(
    app: Flask, manager: Visitor, make_user: UserFactory
) -> None:
    address = "/fleet/alerts/new%20york/outside_area"
    american = new_browser(app).sign_in(make_user("max", roles=["admin"], units="mi-12"))
    page = american.get(address).text
    assert "Alert from (feet outside)" in page
    assert 'name="threshold_unit" value="ft"' in page
    typed = {"threshold": "500", "threshold_unit": "ft"}
    assert american.send(address, **typed).status_code == 303
    assert find_threshold("new york", AlertKind.OUTSIDE_AREA) == 152
    assert "500 ft or more" in american.get("/fleet/alerts?city=new+york").text
    wrong = american.send(address, **typed | {"threshold": "40000"})
    assert "Enter a number from 1 to 32808." in wrong.text


@pytest.mark.parametrize(
    ("role", "alerts"),
    [
        ("mechanic", {"Low battery", "Open reports"}),
        ("support", {"Low battery", "Open reports", "Long rides", "Open disputes"}),
        ("analyst", {"Low battery", "Open reports", "Long rides", "Open disputes"}),
        ("admin", {"Low battery", "Open reports", "Long rides", "Open disputes", "Failed jobs of"}),
    ],
)
def test_each_role_sees_the_alerts_of_its_work(
    app: Flask, make_user: UserFactory, role: str, alerts: set[str]
) -> None:
    staff = new_browser(app).sign_in(make_user("sam", roles=[role]))
    page = staff.get("/fleet?city=new+york").text
    every = {"Low battery", "Open reports", "Long rides", "Open disputes", "Failed jobs of"}
    assert {each for each in every if each in page} == alerts
    links = {url for _, url in read_counters(page).values()}
    assert links == {""} if role == "analyst" else "" not in links
    assert all(staff.get(link).status_code == 200 for link in links if link)


def test_a_new_threshold_leaves_a_mute_as_it_is(
    manager: Visitor, make_vehicle: VehicleFactory
) -> None:
    address = "/fleet/alerts/new%20york/battery_low"
    manager.send(address, threshold="20", mute_h="24", reason="Strike")
    assert 'selected value="keep"' in manager.get(address).text
    assert manager.send(address, threshold="30", mute_h="keep", reason="").status_code == 303
    page = manager.get("/fleet/alerts?city=new+york").text
    assert "Strike" in page
    assert "below 30%" in page
    manager.send(address, threshold="30", mute_h="")
    assert "Strike" not in manager.get("/fleet/alerts?city=new+york").text


@pytest.mark.parametrize("kind", AlertKind)
def test_the_page_of_a_vehicle_and_the_map_name_its_alert_and_offer_a_task(
    manager: Visitor, make_vehicle: VehicleFactory, kind: AlertKind
) -> None:
    vehicle, quiet = make(make_vehicle, **ALARMING[kind]), make(make_vehicle, **QUIET[kind])
    label = html.escape(str(ALERT_LABELS[kind]))
    page = manager.get(f"/fleet/vehicles/{vehicle.key}").text
    assert f">{label}</a>" in page
    assert f">{label}</a>" not in manager.get(f"/fleet/vehicles/{quiet.key}").text
    form = f"/fleet/vehicles/{vehicle.key}/tasks/new?trigger={kind}"
    assert form in page
    assert form in manager.get(f"/fleet/vehicles?alert={kind}").text
    suggested = re.search(r'<option selected value="(\w+)"', manager.get(form).text)
    assert suggested
    assert suggested[1] == DEFAULT_SETTINGS[kind].kind
    assert manager.send(form, nonce="n", kind=suggested[1], priority="2").status_code == 303
    (task,) = db.session.scalars(select(Task)).all()
    assert (task.source, task.trigger) == ("alert", kind)
    shown = manager.get("/fleet/map.json?city=new+york").get_json()["vehicles"]
    assert {each[0]: each[-1] for each in shown} == {
        str(vehicle.key): [str(ALERT_LABELS[kind])],
        str(quiet.key): [],
    }
    assert manager.get(f"/fleet/map.json?city=new+york&alert={kind}").get_json()["number"] == 1
