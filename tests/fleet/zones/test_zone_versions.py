"""Changes of a zone: each is a version, which may begin later and can be restored."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from tests.auth.steps import read_audit_events
from tests.fleet.zones.conftest import (
    DrawZone,
    FindCityZones,
    ImportZones,
    ReadVersions,
    ReadZones,
)
from tests.fleet.zones.steps import SMALLER_AREA, SQUARE_AREA, ZONES, send_form
from tests.fleet.zones.zone_files import NEW_YORK, feature, gbfs, rule, square
from tests.surface.site import parse_forms
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.fleet.zones.drawn_areas import round_coordinates


def local_time(moment: datetime) -> str:
    """Return a moment by the clocks of New York, as the form has it."""
    return moment.astimezone(ZoneInfo("America/New_York")).strftime("%Y-%m-%dT%H:%M")


def test_a_change_keeps_the_version_before_it(
    app: Flask,
    admin: Visitor,
    draw: DrawZone,
    new_york_zones: FindCityZones,
    read_versions: ReadVersions,
) -> None:
    page = f"{ZONES}/{draw(name='Park')}"
    assert send_form(admin, f"{page}/edit", area=SMALLER_AREA, why="Smaller now").status_code == 303
    assert [zone.version for zone in new_york_zones().zones] == [2]
    first, second = read_versions()
    assert (first.number, second.number, second.why) == (1, 2, "Smaller now")
    assert first.coordinates == round_coordinates([square()])
    text = admin.get(page).text
    assert "Smaller now" in text
    assert "data-area-before" in text
    assert "data-area-before" not in admin.get(f"{page}?version=1").text
    assert admin.get(f"{page}?version=9").status_code == 404
    _, changed = read_audit_events(app, AuditKind.ZONE_CHANGED)
    assert [change.name for change in changed.changes] == ["square_m"]


def test_a_later_change_begins_by_the_clock(
    admin: Visitor, draw: DrawZone, new_york_zones: FindCityZones
) -> None:
    page = f"{ZONES}/{draw()}"
    begins = (datetime.now(UTC) + timedelta(days=2)).replace(second=0, microsecond=0)
    at = local_time(begins)
    assert send_form(admin, f"{page}/edit", area=SMALLER_AREA, effective_from=at).status_code == 303
    # A point that only the first version has.
    zones, point = (
        new_york_zones(),
        NEW_YORK._replace(lat=NEW_YORK.lat + 0.008, lon=NEW_YORK.lon + 0.008),
    )
    assert not zones.check_parking(point).allowed
    assert not zones.check_parking(point, moment=begins - timedelta(seconds=1)).allowed
    assert zones.check_parking(point, moment=begins).allowed
    assert zones.make_version() != zones.make_version(begins)
    # What is changed at once replaces it.
    assert send_form(admin, f"{page}/edit", area=SQUARE_AREA, effective_from="").status_code == 303
    assert [zone.version for zone in new_york_zones().zones] == [3]


def test_a_zone_is_removed_with_a_reason_and_restored(
    app: Flask,
    admin: Visitor,
    draw: DrawZone,
    new_york_zones: FindCityZones,
) -> None:
    page = f"{ZONES}/{draw(name='Park')}"
    assert send_form(admin, f"{page}/remove").status_code == 422  # why?
    assert send_form(admin, f"{page}/remove", why="Works are over").status_code == 303
    assert new_york_zones().zones == []
    assert "Works are over" in admin.get(f"{ZONES}/removed").text
    assert "This zone was removed." in admin.get(page).text
    assert admin.get(f"{page}/edit").status_code == 404
    assert send_form(admin, f"{page}/versions/1/restore", why="Not yet").status_code == 303
    assert [zone.version for zone in new_york_zones().zones] == [3]
    assert "Park" not in admin.get(f"{ZONES}/removed").text
    events = read_audit_events(app, AuditKind.ZONE_CHANGED)
    names = [(e.details["before"] and 1, e.details["after"] and 1) for e in events]
    assert names == [(None, 1), (1, None), (None, 1)]


def test_a_zone_that_will_be_removed_holds_until_then(
    admin: Visitor, draw: DrawZone, new_york_zones: FindCityZones
) -> None:
    page = f"{ZONES}/{draw()}"
    ends = (datetime.now(UTC) + timedelta(days=2)).replace(second=0, microsecond=0)
    at = local_time(ends)
    response = send_form(admin, f"{page}/remove", why="Works are over", effective_from=at)
    assert response.status_code == 303
    zones = new_york_zones()
    assert [zone.valid_until for zone in zones.list_active_zones()] == [ends]
    assert zones.list_active_zones(ends) == []
    assert "Until" in admin.get(page).text


@pytest.mark.parametrize("days", [0, 3])
def test_a_change_replaces_a_removal_that_was_planned(
    admin: Visitor, draw: DrawZone, new_york_zones: FindCityZones, days: int
) -> None:
    page = f"{ZONES}/{draw()}"
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    removed = local_time(now + timedelta(days=2))
    begins = local_time(now + timedelta(days=days)) if days else ""
    send_form(admin, f"{page}/remove", why="Works are over", effective_from=removed)
    assert send_form(admin, f"{page}/edit", name="Park", effective_from=begins).status_code == 303
    active = new_york_zones().list_active_zones(now + timedelta(days=4))
    assert [(zone.version, zone.name, zone.valid_until) for zone in active] == [(3, "Park", None)]


def test_an_old_version_is_restored_only_over_the_newest_that_was_shown(
    admin: Visitor, draw: DrawZone
) -> None:
    page = f"{ZONES}/{draw()}"
    send_form(admin, f"{page}/edit", name="Green")
    path = f"{page}/versions/1/restore"
    form = next(f for f in parse_forms(admin.get(path).text, path) if "newest" in f.fields)
    send_form(admin, f"{page}/edit", name="Blue")
    response = admin.post(path, data={**form.fields, "why": "Better"})
    assert response.status_code == 409
    assert "Somebody else has changed this" in response.text


def test_each_version_has_the_names_in_each_language(
    app: Flask, admin: Visitor, draw: DrawZone, read_zones: ReadZones,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "de", "it"))
    page = f"{ZONES}/{draw(name='Park', label_de='Stadtpark', label_it='Parco')}"
    assert send_form(admin, f"{page}/edit", label_de="x" * 121).status_code == 422
    send_form(admin, f"{page}/edit", label_de="Stadtgarten")
    assert [zone.labels for zone in read_zones()] == [{"de": "Stadtgarten", "it": "Parco"}]
    assert 'German: <span lang="de">Stadtgarten</span>' in admin.get(page).text
    german = {"Accept-Language": "de"}
    assert "<h1>Stadtpark</h1>" in admin.get(f"{page}?version=1", headers=german).text
    send_form(admin, f"{page}/versions/1/restore", why="As before")
    assert [zone.labels for zone in read_zones()] == [{"de": "Stadtpark", "it": "Parco"}]
    *_, changed = read_audit_events(app, AuditKind.ZONE_CHANGED)
    assert [change.name for change in changed.changes] == ["labels"]


def test_an_imported_zone_that_is_edited_leaves_the_imports(
    admin: Visitor,
    import_zones: ImportZones,
    read_zones: ReadZones,
    read_versions: ReadVersions,
) -> None:
    park, plaza = feature(kind="no_parking", name="Park"), feature(kind="no_parking", name="Plaza")
    import_zones({"type": "FeatureCollection", "features": [park, plaza]})
    first, second = read_zones()
    assert "imported" in admin.get(f"{ZONES}/{first.id}/edit").text
    assert send_form(admin, f"{ZONES}/{first.id}/edit", name="Our park").status_code == 303
    assert send_form(admin, f"{ZONES}/{second.id}/remove", why="Gone").status_code == 303
    assert [(v.number, v.name, v.removed) for v in sorted(read_versions(), key=lambda v: v.name)] == [
        (2, "Our park", False), (1, "Park", False), (1, "Plaza", False), (2, "Plaza", True)
    ]  # fmt: skip
    import_zones({"type": "FeatureCollection", "features": [park, plaza]})
    assert [zone.name for zone in read_zones()] == ["Our park"]
    import_zones(
        {"type": "FeatureCollection", "features": [feature(kind="no_parking", name="New")]}
    )
    assert {zone.name for zone in read_zones()} == {"New", "Our park"}


def test_edited_zones_stay_so_when_a_file_has_another_zone_before_them(
    admin: Visitor, import_zones: ImportZones, read_zones: ReadZones
) -> None:
    no_end = [rule(end=False)]
    park = feature(name="Park", rules=no_end, start="2026-01-01", end="2099-01-01")
    new, plaza = (feature(name=name, rules=no_end) for name in ("New", "Plaza"))
    import_zones(gbfs(park, plaza))
    first, second = read_zones()
    assert send_form(admin, f"{ZONES}/{first.id}/edit", name="Our park").status_code == 303
    assert send_form(admin, f"{ZONES}/{second.id}/remove", why="Gone").status_code == 303
    assert "2 left out" in import_zones(gbfs(new, park, plaza)).output
    assert {zone.name for zone in read_zones()} == {"New", "Our park"}
