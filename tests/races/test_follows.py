"""Concurrent requests of one rider to follow places."""

from functools import partial

import pytest
from flask import Flask

from tests.factories import UserFactory
from tests.races.steps import ROUNDS, count_rows
from tests.threads import run_together
from webapp.regions.geography import Point
from webapp.rides.following import services
from webapp.rides.following.models import Follow

STATION = Point(40.75, -73.99)


def test_concurrent_requests_do_not_pass_the_limit(
    app: Flask, make_user: UserFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each counts the follows of the rider before it adds one."""
    monkeypatch.setattr(services, "MAX_FOLLOWS", 2)
    for _ in range(ROUNDS):
        rider = make_user()
        follow = partial(
            services.follow_place, rider.key, "Station", STATION, radius_m=200, form_factor=""
        )
        results = run_together(app, *(partial(follow, nonce=str(n)) for n in range(4)))
        assert [type(each) for each in results].count(services.TooManyFollows) == 2, results
        assert count_rows(Follow, Follow.rider_id == rider.id) == 2
