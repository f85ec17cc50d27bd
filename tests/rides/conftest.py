"""Rides that have ended, for the tests of what follows."""

from tests.rides.steps import ridden  # noqa: F401 - a fixture
