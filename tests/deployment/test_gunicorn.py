"""gunicorn serves and stops as the files of the deployment say."""

import http.client
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL

import config
from tests.databases import make_app
from tests.deployment.gunicorn import Server, ask, read_gunicorn_settings
from tests.ports import find_free_port
from tests.waiting import WAIT_TIMEOUT_S, wait_until
from webapp.extensions import db


@pytest.fixture
def gunicorn(app: Flask, database: URL) -> Iterator[Server]:
    # One worker: each worker becomes ready by itself, and one that has not yet would wait for the
    # table that the test locks.
    server = Server(database, GUNICORN_CMD_ARGS="--workers 1")
    yield server
    server.process.kill()
    server.process.wait()


def test_gunicorn_answers_running_requests_before_it_stops(gunicorn: Server, database: URL) -> None:
    if database.get_backend_name() != "postgresql":
        pytest.skip("CockroachDB has no LOCK TABLE to hold a page with")
    gunicorn.wait_until_live()
    # A busy machine may need more than the second that a check has.
    wait_until(lambda: gunicorn.get("/health/ready") == (200, {"status": "ready"}))

    engine = create_engine(database)
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    idle = http.client.HTTPConnection("127.0.0.1", gunicorn.port, timeout=WAIT_TIMEOUT_S)
    with ThreadPoolExecutor(1) as visitor, engine.connect() as lock, engine.connect() as look:
        lock.execute(text("LOCK TABLE vehicles IN ACCESS EXCLUSIVE MODE"))
        page = visitor.submit(gunicorn.get, "/vehicles")
        wait_until(lambda: look.scalar(waiting))
        wait_until(lambda: ask(idle, "/health/ready")[0] == 200)

        gunicorn.process.send_signal(signal.SIGTERM)
        stopping = (503, {"status": "not ready", "reason": "stopping"})
        wait_until(lambda: ask(idle, "/health/ready") == stopping)
        assert not page.done()
        lock.rollback()
        assert page.result(WAIT_TIMEOUT_S)[0] in (200, 302, 303)
    idle.close()
    engine.dispose()
    assert gunicorn.wait_for_exit() == 0


def test_one_worker_tells_the_metrics_of_all_of_them(app: Flask, database: URL) -> None:
    token = "a-token-of-sixteen-signs"
    server = Server(database, WEB_CONCURRENCY="2", METRICS_TOKEN=token)
    try:
        server.wait_until_live()

        def read(name: str) -> dict[str, float]:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
            text = connection.getresponse().read().decode()
            connection.close()
            lines = [line.split() for line in text.splitlines() if line.startswith(name)]
            return {sample: float(number) for sample, number in lines}

        route = 'movr_request_seconds_count{method="GET",route="/robots.txt"}'
        for _ in range(20):
            server.get("/robots.txt")
        wait_until(lambda: read("movr_request_seconds_count").get(route) == 20)
        size = 'movr_pool_connections_max{engine="read"}'
        wait_until(lambda: read("movr_pool_connections_max").get(size) == 60)
    finally:
        server.stop()


def test_gunicorn_starts_without_a_database_and_is_not_ready(app: Flask) -> None:
    port = find_free_port()
    running = Server(URL.create("postgresql", "movr", host="127.0.0.1", port=port, database="x"))
    try:
        running.wait_until_live()
        assert running.get("/health/ready") == (503, {"status": "not ready", "reason": "database"})
        running.process.terminate()
        assert running.wait_for_exit() == 0
    finally:
        running.process.kill()


@pytest.mark.parametrize(
    ("environment", "workers", "region"),
    [
        ({}, 3, "of-the-file"),
        ({"REGION": "here"}, 3, "here"),
        ({"FLASK_SKIP_DOTENV": "1", "WEB_CONCURRENCY": "1"}, 1, ""),
    ],
)
def test_gunicorn_reads_the_settings_of_dotenv_that_the_environment_does_not_have(
    tmp_path: Path, environment: dict[str, str], workers: int, region: str
) -> None:
    shutil.copy(config.ROOT / "gunicorn.conf.py", tmp_path)
    (tmp_path / ".env").write_text("WEB_CONCURRENCY=3\nREGION=of-the-file\n")
    program = """
        import os, runpy, sys
        settings = runpy.run_path(sys.argv[1])
        print(settings["workers"], os.environ.get("REGION", ""))
    """
    result = subprocess.run(
        [sys.executable, "-c", dedent(program), str(tmp_path / "gunicorn.conf.py")],
        env={"PATH": os.environ["PATH"], "PROMETHEUS_MULTIPROC_DIR": str(tmp_path), **environment},
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == f"{workers} {region}\n"


def test_gunicorn_waits_until_broken_code_is_repaired() -> None:
    """With --reload it then serves the trace, by an application that is not ours."""
    hook = read_gunicorn_settings()["post_worker_init"]
    hook(SimpleNamespace(wsgi=lambda environ, start_response: []))


def test_a_database_node_that_is_down_is_skipped(database: URL) -> None:
    """The form of our DATABASE_URL: several hosts, of which one does not listen."""
    down = f"127.0.0.1:{find_free_port()}"
    host = database.query.get("host") or database.host
    up = f"{host}:{database.port or 5432}"
    query = {**database.query, "host": (down, up), "load_balance_hosts": "random"}
    url = database.set(host=None, port=None, query=query)
    app = make_app(url)
    with app.app_context():
        for _ in range(4):
            with db.engine.connect() as connection:
                assert connection.scalar(text("SELECT 1")) == 1
                connection.invalidate()
        for engine in db.engines.values():
            engine.dispose()
