"""The hooks of an application, and that two applications of one process share no state."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.engine import URL

from tests.databases import make_app
from webapp.extensions import db
from webapp.hooks import Hooks, VehicleRideColumns, get_hooks


@pytest.fixture
def second_app(app: Flask, database: URL) -> Iterator[Flask]:
    """An application made after ``app`` in the same process."""
    second = make_app(database)
    yield second
    with second.app_context():
        for engine in db.engines.values():
            engine.dispose()


def test_each_application_has_its_own_hooks(app: Flask, second_app: Flask) -> None:
    assert get_hooks(app) is not get_hooks(second_app)
    get_hooks(second_app).export_sections.clear()
    get_hooks(second_app).on_account_deletion.clear()
    assert get_hooks(app).export_sections
    assert get_hooks(app).on_account_deletion


def test_a_second_application_registers_no_hook_twice(app: Flask, second_app: Flask) -> None:
    assert vars(get_hooks(second_app)) == vars(get_hooks(app))


def test_hooks_are_read_from_the_current_application(app: Flask, second_app: Flask) -> None:
    with second_app.app_context():
        assert get_hooks() is get_hooks(second_app)


def test_applications_share_no_state(app: Flask, second_app: Flask) -> None:
    """Neither hooks nor caches, counters, readiness or the payment provider."""
    own = {name for name in app.extensions if name.startswith("movr")}
    assert {"movr", "movr_retry_counter", "movr_readiness", "movr_cities"} <= own
    for name in own:
        shared = app.extensions[name] is second_app.extensions[name]
        assert not shared or app.extensions[name] is None, name


def test_every_hook_is_used(app: Flask) -> None:
    hooks = get_hooks(app)
    assert all(vars(hooks).values())
    assert hooks.vehicle_ride_columns != VehicleRideColumns()
    assert set(vars(hooks)) == set(vars(Hooks()))


def test_names_of_export_sections_and_ledger_checks_are_unique(app: Flask) -> None:
    for names in (
        [section.name for section in get_hooks(app).export_sections],
        [check.problem for check in get_hooks(app).ledger_checks],
        [entry.position for entry in get_hooks(app).staff_menu],
    ):
        assert len(names) == len(set(names))


def test_each_staff_menu_link_requires_the_permission_of_its_page(app: Flask) -> None:
    for entry in get_hooks(app).staff_menu:
        assert vars(app.view_functions[entry.endpoint])["access"] is entry.permission
