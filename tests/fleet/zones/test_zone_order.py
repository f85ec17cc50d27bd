"""Staff change the order of precedence of a city's zones."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask

from tests.auth.steps import new_browser, read_audit_events
from tests.factories import UserFactory, find_city
from tests.fleet.zones.areas import NO_PARKING, NO_RIDE, SERVICE, SLOW
from tests.fleet.zones.conftest import MakeZone, ReadZones
from tests.fleet.zones.steps import send_form
from tests.surface.site import parse_forms
from tests.threads import run_in_threads
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.db.keys import RowKey
from webapp.errors import EditConflict
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.edits import ZoneEdit, change_zone
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.order import list_placed_zones, move_zone
from webapp.fleet.zones.zone_data import ZoneData

ZONES = "/fleet/zones/new%20york"
LIST = "/fleet/zones?city=new+york"


@pytest.fixture
def admin(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("ada", roles={"admin": ["new york"]}))


@pytest.fixture
def zones(make_zone: MakeZone) -> list[Zone]:
    """Four zones that overlap; two of them have no room between them."""
    kinds = (NO_RIDE, NO_PARKING, SLOW, SERVICE)
    named = zip(kinds, ("Pier", "Park", "Bridge", "Town"), (1, 5, 6, 90), strict=True)
    return [make_zone(kind, name=name, position=position) for kind, name, position in named]


@pytest.fixture
def read_names(app: Flask) -> Callable[[], list[str]]:
    def read() -> list[str]:
        with app.app_context():
            zones = city_zones(find_city(), max_age_s=0)
            return [each.zone.name for each in list_placed_zones(zones)]

    return read


def send_place(browser: Visitor, zone: Zone, place: object, why: str = "") -> int:
    path = f"{ZONES}/{zone.zone_id}/move"
    form = next(f for f in parse_forms(browser.get(path).text, path) if "place" in f.fields)
    data = {**form.fields, "place": str(place), "why": why}
    return browser.post(path, data=data).status_code


@pytest.mark.parametrize(
    ("moved", "place", "names"),
    [
        (3, 1, ["Town", "Pier", "Park", "Bridge"]),
        (3, 3, ["Pier", "Park", "Town", "Bridge"]),
        (0, 2, ["Park", "Pier", "Bridge", "Town"]),
        (0, 4, ["Park", "Bridge", "Town", "Pier"]),
    ],
)
def test_a_zone_is_moved_and_the_others_keep_their_order(
    admin: Visitor,
    zones: list[Zone],
    read_names: Callable[[], list[str]],
    moved: int,
    place: int,
    names: list[str],
) -> None:
    assert send_place(admin, zones[moved], place) == 303
    assert read_names() == names


def test_the_zone_that_comes_first_decides_where_a_ride_may_end(
    app: Flask, admin: Visitor, zones: list[Zone]
) -> None:
    def may_park() -> bool:
        with app.app_context():
            city = find_city()
            return city_zones(city, max_age_s=0).check_parking(city.centre).allowed

    assert not may_park()
    assert send_place(admin, zones[3], 1) == 303
    assert may_park()


def test_buttons_in_the_list_move_a_zone_and_lead_back_to_it(
    admin: Visitor, zones: list[Zone], read_names: Callable[[], list[str]]
) -> None:
    def press(zone: Zone, place: str) -> str:
        forms = parse_forms(admin.get(LIST).text, LIST)
        action = f"{ZONES}/{zone.zone_id}/move"
        form = next(f for f in forms if f.action == action and f.fields["place"] == place)
        response = admin.post(action, data=form.fields)
        assert response.status_code == 303
        return str(response.location)

    assert press(zones[2], "2").endswith(f"#zone-{zones[2].zone_id}")
    assert read_names() == ["Pier", "Bridge", "Park", "Town"]
    press(zones[0], "2")
    assert read_names() == ["Bridge", "Pier", "Park", "Town"]
    assert "Moved: Pier is now at place 2 of 4." in admin.get(LIST).text


def test_the_audit_trail_has_the_places_and_why(
    app: Flask, admin: Visitor, zones: list[Zone]
) -> None:
    assert send_place(admin, zones[3], 2, "Festival") == 303
    (event,) = read_audit_events(app, AuditKind.ZONE_CHANGED)
    assert event.subject == f"zone {zones[3].id}"
    assert [(each.name, each.before, each.after) for each in event.changes] == [("place", 4, 2)]
    assert event.details["why"] == "Festival"


@pytest.mark.parametrize("place", ["0", "5", "", "first"])
def test_a_place_that_is_none_is_refused(
    admin: Visitor, zones: list[Zone], read_names: Callable[[], list[str]], place: str
) -> None:
    assert send_place(admin, zones[0], place) == 422
    assert read_names() == ["Pier", "Park", "Bridge", "Town"]


def test_the_page_says_which_zones_overlap_and_which_comes_first(
    admin: Visitor, zones: list[Zone], make_zone: MakeZone
) -> None:
    make_zone(SLOW, name="Far", coordinates=[[[[1, 1], [1, 1.1], [1.1, 1.1], [1, 1]]]])
    page = admin.get(f"{ZONES}/{zones[1].zone_id}/move").text
    overlapping = page.partition("Zones that overlap with it")[2]
    assert [name in overlapping for name in ("Pier", "Bridge", "Town", "Far")] == [
        *(True, True, True, False)
    ]
    assert overlapping.count("it comes first") == 1
    assert overlapping.count("Park comes first") == 2


def test_of_several_who_move_zones_at_once_the_later_ones_are_told(
    app: Flask, zones: list[Zone], read_names: Callable[[], list[str]]
) -> None:
    with app.app_context():
        city = find_city()
        placed = list_placed_zones(city_zones(city, max_age_s=0))

    def move(index: int) -> bool:
        with app.app_context():
            try:
                move_zone(city, placed[index], 2, "")
            except EditConflict:
                return False
        return True

    assert sorted(run_in_threads(lambda: move(0), lambda: move(3))) == [False, True]
    assert read_names()[1] in ("Pier", "Town")


def test_all_versions_of_a_zone_that_begin_later_move_with_it(
    app: Flask, admin: Visitor, zones: list[Zone], read_zones: ReadZones, make_user: UserFactory
) -> None:
    author: RowKey = make_user("grace").key
    with app.app_context():
        edit = ZoneEdit(author, find_city(), effective_from=datetime.now(UTC) + timedelta(days=1))
        change_zone(edit, zones[0], ZoneData.of(zones[0])._replace(name="Old pier"))
    assert send_place(admin, zones[0], 4) == 303
    ids: list[UUID] = [zone.zone_id for zone in read_zones()]
    assert ids == [zones[1].id, zones[2].id, zones[3].id, zones[0].id, zones[0].id]


def test_a_version_that_is_restored_stays_where_its_zone_was_moved(
    app: Flask, admin: Visitor, zones: list[Zone], read_names: Callable[[], list[str]]
) -> None:
    path = f"{ZONES}/{zones[3].id}"
    for name in ("City", "Town"):
        assert send_form(admin, f"{path}/edit", name=name).status_code == 303
    assert send_place(admin, zones[3], 1) == 303
    assert send_form(admin, f"{path}/versions/2/restore", why="Again").status_code == 303
    assert read_names() == ["City", "Pier", "Park", "Bridge"]
