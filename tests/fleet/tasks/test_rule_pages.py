"""The page on which planners switch rules on and off."""

import pytest
from flask import Flask

from tests.auth.steps import new_browser
from tests.factories import UserFactory
from webapp.auth.models import User


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
