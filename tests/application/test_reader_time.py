"""What concerns an account is by the clocks of its person; forms know the clocks of cities."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from wtforms.validators import ValidationError

from tests.auth.steps import update_rows
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.forms import refuse_skipped_time
from webapp.regions.time_zones import find_time_zone, list_time_zones
from webapp.rides.models import Ride
from webapp.rides.services.start import start_ride
from webapp.templating import format_reader_time

SUMMER = datetime(2026, 7, 1, 16, 5, tzinfo=UTC)
PROFILE = {"city": "new york", "first_name": "Ada", "last_name": "Byron"}


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("", "1 Jul 2026, 12:05"),
        ("America/Toronto", "1 Jul 2026, 12:05"),  # as in New York: nothing to say
        ("Europe/Berlin", "1 Jul 2026, 18:05 UTC+02:00"),
        ("Mars/Olympus", "1 Jul 2026, 12:05"),  # of a newer release
    ],
)
def test_the_offset_is_said_where_the_home_city_has_another_time(
    app: Flask, make_user: UserFactory, zone: str, shown: str
) -> None:
    user = make_user(time_zone=zone)
    with app.test_request_context(headers={"Accept-Language": "en-IE"}):
        assert format_reader_time(SUMMER, user) == shown
        assert format_reader_time(SUMMER, user, "d MMM yyyy") == "1 Jul 2026"


def test_the_account_is_by_the_clocks_of_its_person_and_rides_by_those_of_the_city(
    app: Flask, visitor: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    ada = make_user(time_zone="Asia/Tokyo")
    visitor.sign_in(ada)
    with app.app_context():
        ride_key = start_ride(ada.key, make_vehicle().public_key)
    update_rows(app, Ride, started_at=SUMMER)
    assert "UTC+09:00" in visitor.get("/account").text
    assert "12:05" in visitor.get(f"/rides/{ride_key}").text


def test_the_profile_has_the_time_zone(
    visitor: Visitor, make_user: UserFactory, row: RowReader
) -> None:
    ada = make_user()
    visitor.sign_in(ada)
    visitor.send("/users/me/edit", **PROFILE, time_zone="Europe/Berlin")
    assert row(User, ada.key).time_zone == "Europe/Berlin"
    page = visitor.get("/users/me/edit").text
    assert '<option selected value="Europe/Berlin">Germany (Berlin)</option>' in page
    assert page.index("Germany (Berlin)") < page.index("United States (New York)")
    assert "data-zone-guess" in page
    assert visitor.send("/users/me/edit", **PROFILE, time_zone="Mars/Olympus").status_code == 422


def test_each_zone_that_is_offered_is_one(app: Flask) -> None:
    assert {"Europe/Berlin", "America/New_York", "Asia/Tokyo"} <= set(list_time_zones())
    assert all(find_time_zone(name, None).key == name for name in list_time_zones())
    assert find_time_zone("../etc/passwd", None).key == "UTC"


@pytest.mark.parametrize(
    ("local", "is_skipped"),
    [
        (datetime(2026, 3, 29, 1, 59), False),
        (datetime(2026, 3, 29, 2, 0), True),
        (datetime(2026, 3, 29, 2, 30), True),
        (datetime(2026, 3, 29, 3, 0), False),
        (datetime(2026, 10, 25, 2, 30), False),  # twice: the first one
        (datetime(1, 1, 1), False),  # the first and the last day of the calendar
        (datetime(9999, 12, 31, 23, 59), False),
    ],
)
def test_forms_refuse_a_time_that_clocks_skip(
    app: Flask, local: datetime, is_skipped: bool
) -> None:
    moment = local.replace(tzinfo=ZoneInfo("Europe/Paris"))
    with app.test_request_context():
        if is_skipped:
            with pytest.raises(ValidationError, match="skip this time"):
                refuse_skipped_time(moment)
        else:
            refuse_skipped_time(moment)
