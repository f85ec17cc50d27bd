"""The page on which planners switch rules on and off."""

from functools import partial

import pytest
from flask import Flask
from sqlalchemy import insert, select

from tests.auth.steps import new_browser, read_audit_events
from tests.factories import UserFactory
from tests.threads import run_in_threads
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.extensions import db
from webapp.fleet.tasks.errors import MAX_KINDS
from webapp.fleet.tasks.models import CustomTaskKind


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"hours": "0"}, "Enter a whole number from 1 to 2160."),
        ({"hours": ""}, "Fill this in."),
        ({"battery_percent": "51"}, "Enter a whole number from 1 to 50."),
        ({"battery_percent": ""}, "Fill this in."),
        ({"kind": "own:Nothing"}, "Choose an option from the list."),
    ],
)
def test_a_wrong_number_of_a_rule_is_told_beside_its_field(
    app: Flask, fay: User, fields: dict[str, str], error: str
) -> None:
    planner = new_browser(app).sign_in(fay)
    usual = {"is_on": "y", "hours": "1", "battery_percent": "20", "kind": "inspect"}
    values = {f"battery_low-{name}": value for name, value in {**usual, **fields}.items()}
    response = planner.send("/fleet/tasks/rules/new%20york/battery_low", **values)
    assert response.status_code == 422
    assert error in response.text


def test_only_planners_of_the_city_change_its_rules(
    app: Flask, max_: User, make_user: UserFactory
) -> None:
    rule = {"idle-is_on": "y", "idle-hours": "1", "idle-kind": "inspect"}
    paris = new_browser(app).sign_in(make_user(roles={"fleet": ["paris"]}))
    assert paris.send("/fleet/tasks/rules/new%20york/idle", **rule).status_code == 404
    mechanic = new_browser(app).sign_in(max_)
    assert mechanic.send("/fleet/tasks/rules/new%20york/idle", **rule).status_code == 403
    assert (
        new_browser(app)
        .sign_in(make_user(roles=["admin"]))
        .send("/fleet/tasks/rules/new%20york/sunny", **rule)
        .status_code
        == 404
    )


def test_a_type_of_the_city_that_is_sent_twice_is_there_once(app: Flask, fay: User) -> None:
    planner = new_browser(app).sign_in(fay)
    browsers = [new_browser(app).sign_in(fay) for _ in range(4)]
    add = "/fleet/tasks/kinds/new%20york/add"
    sent = [partial(each.send, add, name=" Winter\u200b  tyres\u2060 ") for each in browsers]
    assert [each.status_code for each in run_in_threads(*sent)] == [303] * 4
    assert read_kinds(app) == ["Winter tyres"]
    assert len(read_audit_events(app, AuditKind.TASK_KIND_ADDED)) == 1
    response = planner.send(add, name="WINTER tyres")
    assert response.status_code == 409
    assert "This city has a task type of that name already." in response.text


def test_a_city_has_so_many_types_at_most(app: Flask, fay: User) -> None:
    planner = new_browser(app).sign_in(fay)
    rows = [{"city": "new york", "name": f"Type {n}"} for n in range(MAX_KINDS - 1)]
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(insert(CustomTaskKind), rows)
    add = "/fleet/tasks/kinds/new%20york/add"
    assert planner.send(add, name="Wash").status_code == 303
    response = planner.send(add, name="Polish")
    assert response.status_code == 409
    assert "There are 100 task types already. Remove one that nobody uses." in response.text
    assert 'value="Polish"' in response.text
    assert planner.send(add, name="Wash").status_code == 303  # a second press


def read_kinds(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(CustomTaskKind.name)))
