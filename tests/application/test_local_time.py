"""Times are shown by the clocks of a city, without doubt where these show an hour twice."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from tests.factories import find_city
from webapp.templating import local_time
from webapp.translations import force_locale


@pytest.mark.parametrize(
    ("city_name", "moment", "shown"),
    [
        ("new york", datetime(2026, 11, 1, 4, 30, tzinfo=UTC), "00:30"),
        ("new york", datetime(2026, 11, 1, 5, 30, tzinfo=UTC), "01:30 UTC-04:00"),
        ("new york", datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "01:30 UTC-05:00"),
        ("new york", datetime(2026, 11, 1, 7, 30, tzinfo=UTC), "02:30"),
        ("paris", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "02:30 UTC+02:00"),
        ("paris", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "02:30 UTC+01:00"),
        ("paris", datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "01:59"),
        ("paris", datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "03:00"),
    ],
)
def test_the_offset_is_shown_only_where_an_hour_is_there_twice(
    app: Flask, city_name: str, moment: datetime, shown: str
) -> None:
    with app.test_request_context(), force_locale("en"):
        element = local_time(moment, find_city(city_name), "HH:mm")
        day = local_time(moment, find_city(city_name), "d MMM")
    assert element.striptags() == shown
    assert "UTC" not in day
