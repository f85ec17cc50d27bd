"""Rides that have ended, for the tests of what follows."""

from tests.rides.steps import make_ended_ride  # noqa: F401 - a fixture
