"""The people of the tests of the audit trail."""

import pytest
from flask import Flask

from tests.audit.actions import HERE, Scene
from tests.auth.steps import (
    new_browser,
)
from tests.factories import PlanFactory, UserFactory, VehicleFactory


@pytest.fixture
def scene(
    app: Flask,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    make_plan: PlanFactory,
) -> Scene:
    ada, client, stranger = make_user("ada", "paris"), new_browser(app), new_browser(app)
    client.sign_in(ada, address=HERE)
    for visitor in (client, stranger):
        visitor.environ_base["REMOTE_ADDR"] = HERE
    return Scene(app, ada, client, stranger, make_user, make_vehicle, make_plan)
