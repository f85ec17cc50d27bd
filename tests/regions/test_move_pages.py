"""A rider whose page was open while the city moved."""

import pytest
from flask import Flask

from tests.auth.steps import new_browser
from tests.factories import UserFactory, VehicleFactory
from tests.regions.conftest import MoveCity


@pytest.mark.slow
def test_a_rider_with_an_open_page_ends_the_ride_and_sees_the_receipt(
    app: Flask, move: MoveCity, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    ada = make_user("ada", "boston")
    client = new_browser(app).sign_in(ada)
    page = client.send(f"/rides/start/{make_vehicle('boston').public_key}").location
    assert "us-east1" in page
    move()
    assert "You are riding" in client.get(page).text
    response = client.send(
        page.replace("/rides/", "/rides/end/"), address="Boston Common", spot="city"
    )
    assert response.status_code == 303
    assert "Boston Common" in client.get(response.location).text
    assert "Boston Common" in client.get(page).text
