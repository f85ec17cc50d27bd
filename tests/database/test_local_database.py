"""The database server that development starts by itself."""

import pytest
from flask import Flask

from webapp.db.local import LOCAL_DATABASE
from webapp.regions.placement import make_maintenance_engine


class StartedServer:
    """Counts how often it is started."""

    starts = 0

    def ensure_started(self) -> None:
        self.starts += 1


def test_commands_of_maintenance_start_the_server_too(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = StartedServer()
    monkeypatch.setitem(app.extensions, LOCAL_DATABASE, server)
    with app.app_context():
        make_maintenance_engine().dispose()
    assert server.starts == 1
