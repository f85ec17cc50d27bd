"""Run commands, move Boston or New York, and move it back before the next test."""

from collections.abc import Callable, Iterator

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import update

from tests.factories import UserFactory
from tests.regions.fake_cluster import FakeCluster
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.regions import moving, placement, regional_database
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City

#: Move Boston, or another city: ``move("us-west1", city="boston")``.
MoveCity = Callable[..., Result]
#: Run a command: ``run("regions", "list")``.
RunCommand = Callable[..., Result]


@pytest.fixture
def cluster(app: Flask, monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    """Let the commands believe that they run on this CockroachDB."""
    cluster = FakeCluster()
    monkeypatch.setattr(placement, "has_regions", lambda: True)
    monkeypatch.setattr(placement, "make_maintenance_engine", lambda: cluster)
    monkeypatch.setattr(regional_database, "POLL_S", 0.01)
    return cluster


@pytest.fixture
def run(app: Flask) -> RunCommand:
    def invoke(*arguments: str) -> Result:
        return app.test_cli_runner().invoke(args=arguments)

    return invoke


@pytest.fixture
def move(app: Flask, run: RunCommand, monkeypatch: pytest.MonkeyPatch) -> Iterator[MoveCity]:
    """Move a city with the command, without the wait for other processes."""
    monkeypatch.setattr(moving, "find_catalogue_delay_s", lambda: 0.0)
    yield lambda region="us-west1", city="boston": run("cities", "move", city, "--region", region)
    with app.app_context(), db.engines["write"].begin() as connection:
        is_eastern = City.name.in_(["boston", "new york"])
        connection.execute(update(City).where(is_eastern).values(region="us-east1"))
        catalogue().forget()


@pytest.fixture
def ada(make_user: UserFactory) -> RowKey:
    """A rider of Boston."""
    return make_user("ada", "boston").key
