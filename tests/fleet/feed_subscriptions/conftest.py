"""A server that publishes a feed."""

from collections.abc import Iterator

import pytest

from tests.fleet.gbfs.feeds import FeedServer, serve_files


@pytest.fixture
def feed_server() -> Iterator[FeedServer]:
    with serve_files() as server:
        yield server
