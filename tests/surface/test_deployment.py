"""The files of the deployment say nothing that does not exist, and gunicorn serves as they say.

No container runs here: docker-compose.yml, the Dockerfile and the Caddyfile are read.
"""

import fnmatch
import http.client
import importlib.util
import json
import os
import re
import runpy
import shlex
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from flask import Flask
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from werkzeug.sansio.utils import host_is_trusted

import config
from tests.auth.steps import find_link
from tests.databases import make_app
from tests.factories import PASSWORD
from tests.riders.wallet_steps import assert_consistent_ledger, give_credit
from tests.visitor import Visitor
from tests.waiting import PATIENCE_S, wait_until
from webapp import create_app
from webapp.auth.services.users import find_user
from webapp.db.errors import sqlstate
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.ops.demo.cities import CITIES
from webapp.riders.wallet.models import WalletEntry

REGIONS = {"us-east1", "us-west1", "europe-west1"}
#: Of `cockroach start`, in every version from v24.3.
NODE_FLAGS = {
    "--insecure",
    "--listen-addr",
    "--sql-addr",
    "--http-addr",
    "--advertise-addr",
    "--join",
    "--locality",
    "--max-offset",
    "--cache",
    "--max-sql-memory",
    "--store",
}


def read(name: str) -> str:
    return (config.ROOT / name).read_text()


# --- docker-compose.yml -----------------------------------------------------------------------


def with_defaults(value: Any) -> Any:
    """Put the defaults of ``${NAME:-default}`` in their places, as compose does."""
    if isinstance(value, dict):
        return {key: with_defaults(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_defaults(inner) for inner in value]
    if isinstance(value, str):
        assert not re.search(r"\$\{?\w+(?!\w|:-)", value), f"no default: {value}"
        return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)
    return value


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    document: dict[str, Any] = with_defaults(yaml.safe_load(read("docker-compose.yml")))
    return document


@pytest.fixture(scope="module")
def services(stack: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = stack["services"]
    return found


def nodes(services: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return name -> flags of each node of the database."""
    found = {}
    for name, service in services.items():
        words = service.get("entrypoint", [])
        if words[:2] == ["/cockroach/cockroach", "start"]:
            flags = [word.partition("=") for word in words[2:] + service["command"]]
            found[name] = {flag: value for flag, _, value in flags}
            assert len(found[name]) == len(flags), f"{name} has a flag twice"
    return found


def locality(flags: dict[str, str]) -> tuple[str, str]:
    tiers = dict(tier.split("=") for tier in flags["--locality"].split(","))
    assert list(tiers) == ["region", "zone"]
    return tiers["region"], tiers["zone"]


def applications(services: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return name -> environment of each service that runs our image."""
    return {
        name: service["environment"]
        for name, service in services.items()
        if service.get("image") == "movr"
    }


def database_hosts(environment: dict[str, str]) -> list[str]:
    hosts = make_url(environment["DATABASE_URL"]).query["host"]
    assert isinstance(hosts, tuple)
    return [host.removesuffix(":26257") for host in hosts]


def test_nine_nodes_stand_in_three_zones_of_each_region(services: dict[str, Any]) -> None:
    places = [locality(flags) for flags in nodes(services).values()]
    assert sorted(places) == sorted((region, zone) for region in REGIONS for zone in "abc")
    for name, flags in nodes(services).items():
        assert name == "-".join(locality(flags))


def test_nodes_find_each_other_and_know_their_flags(services: dict[str, Any]) -> None:
    found = nodes(services)
    for name, flags in found.items():
        assert set(flags) == NODE_FLAGS
        assert flags["--advertise-addr"] == f"{name}{flags['--listen-addr']}"
        assert flags["--max-offset"] == "250ms"
        joined = [
            address.removesuffix(flags["--listen-addr"]) for address in flags["--join"].split(",")
        ]
        assert {locality(found[peer])[0] for peer in joined} == REGIONS
        assert flags["--http-addr"] in services[name]["healthcheck"]["test"][-1]
    assert len({json.dumps(flags["--join"]) for flags in found.values()}) == 1


def test_a_store_in_memory_is_as_large_as_cockroachdb_demands(services: dict[str, Any]) -> None:
    for flags in nodes(services).values():
        kind, size = flags["--store"].split(",")
        assert kind == "type=mem"
        assert int(size.removeprefix("size=").removesuffix("GiB")) * 1024 >= 640


def test_all_nodes_and_the_job_have_one_exact_version(services: dict[str, Any]) -> None:
    images = {s["image"] for s in services.values() if "cockroach" in s["image"]}
    assert len(images) == 1
    assert re.fullmatch(r"cockroachdb/cockroach:v25\.4\.\d+", images.pop())
    assert re.fullmatch(r"caddy:\d+\.\d+\.\d+-alpine", services["proxy"]["image"])


def test_each_region_has_one_application_beside_its_nodes(services: dict[str, Any]) -> None:
    webs = {n: e for n, e in applications(services).items() if n.startswith("web-")}
    assert {environment["REGION"] for environment in webs.values()} == REGIONS
    for name, environment in applications(services).items():
        near = [
            n for n, flags in nodes(services).items() if locality(flags)[0] == environment["REGION"]
        ]
        assert sorted(database_hosts(environment)) == sorted(near)
        assert name in (f"web-{environment['REGION']}", "schema")


def test_every_variable_is_one_of_config(services: dict[str, Any]) -> None:
    for environment in applications(services).values():
        assert set(environment) - {"MOVR_ENV"} <= set(config.VARIABLES)
        assert all(isinstance(value, str) for value in environment.values())
    named = set(re.findall(r"\$\{(\w+)", read("docker-compose.yml")))
    ours = {
        name for name in named if not name.startswith("MOVR_") and not name.endswith("_VERSION")
    }
    assert ours <= set(config.VARIABLES)
    assert all(name in read("docs/regions.md") for name in named)


def test_an_application_starts_with_these_variables(
    services: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*config.VARIABLES, "MOVR_ENV"):
        monkeypatch.delenv(name, raising=False)
    for name, environment in applications(services).items():
        with monkeypatch.context() as given:
            for variable, value in environment.items():
                given.setenv(variable, value)
            app = create_app()
        assert app.config["REGION"] == environment["REGION"]
        assert app.config["SESSION_COOKIE_SECURE"] is False
        assert app.config["DEMO_ALLOWED"] is (name == "schema")
        for host in re.findall(r"http://([\w.-]+)", read("deploy/Caddyfile")):
            assert host_is_trusted(f"{host}:8080", app.config["TRUSTED_HOSTS"]), host
        assert not host_is_trusted("movr.example", app.config["TRUSTED_HOSTS"])
        with app.app_context():
            for engine in db.engines.values():
                _, told = engine.dialect.create_connect_args(engine.url)
                assert told["host"].split(",") == database_hosts(environment)
                assert told["port"] == "26257,26257,26257"


def test_only_the_proxy_of_this_network_is_believed(stack: dict[str, Any]) -> None:
    subnet = stack["networks"]["movr"]["ipam"]["config"][0]["subnet"]
    assert ip_network(subnet).is_private
    for environment in applications(stack["services"]).values():
        assert environment["TRUSTED_PROXIES"] == subnet
    assert all(service["networks"] == ["movr"] for service in stack["services"].values())


def test_every_command_exists(services: dict[str, Any], app: Flask) -> None:
    ran = []
    for service in services.values():
        line = " ".join(service.get("command", []))
        ran += [shlex.split(part) for part in re.findall(r"flask ([^&|;]+)", line)]
    assert ran == [["db", "upgrade"], ["demo"]]
    for words in ran:
        result = app.test_cli_runner().invoke(args=[*words, "--help"])
        assert result.exit_code == 0, result.output


def test_the_commands_of_the_documentation_exist(app: Flask) -> None:
    text_ = read("docs/regions.md")
    commands = {
        tuple(line.split()[:2])
        for line in re.findall(r"\bflask ((?:regions|cities|db) \w+)", text_)
    }
    assert {("regions", "add"), ("regions", "drop"), ("regions", "survive")} <= commands
    for words in commands:
        assert app.test_cli_runner().invoke(args=[*words, "--help"]).exit_code == 0, words


def test_every_service_file_and_volume_that_is_named_exists(stack: dict[str, Any]) -> None:
    for service in stack["services"].values():
        assert set(service.get("depends_on", ())) <= set(stack["services"])
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (config.ROOT / source).exists()
            else:
                assert source in stack["volumes"]
    job = stack["services"]["cluster"]["entrypoint"]
    assert (config.ROOT / job[1].removeprefix("/")).is_file()
    assert job[2] in nodes(stack["services"])


def test_the_beginning_is_in_order(services: dict[str, Any]) -> None:
    done = {"condition": "service_completed_successfully"}
    assert set(services["cluster"]["depends_on"]) == set(nodes(services))
    assert services["schema"]["depends_on"] == {"cluster": done}
    for region in REGIONS:
        assert services[f"web-{region}"]["depends_on"] == {"schema": done}


def test_ports_are_distinct_and_open_to_this_machine_only(services: dict[str, Any]) -> None:
    published = [port for service in services.values() for port in service.get("ports", ())]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert max(Counter(port.split(":")[1] for port in published).values()) == 1


def test_the_job_makes_the_database_with_all_regions() -> None:
    script = read("deploy/init-cluster.sh")
    assert set(re.findall(r'"([a-z]+-[a-z]+\d)"', script)) == REGIONS
    assert 'PRIMARY REGION "us-east1"' in script
    result = subprocess.run(["bash", "-n", config.ROOT / "deploy/init-cluster.sh"], check=False)
    assert result.returncode == 0


@pytest.mark.parametrize("told", ["", "ERROR: cluster has already been initialized"])
def test_the_job_may_run_again(tmp_path: Path, told: str) -> None:
    """Against a stand-in for the program: what it is asked, in which order."""
    fake = tmp_path / "cockroach"
    fake.write_text(
        '#!/bin/sh\necho "$*" >> calls\n[ "$1" = sql ] || { echo "$SAID"; [ -z "$SAID" ]; }\n'
    )
    fake.chmod(0o755)
    script = (
        (config.ROOT / "deploy/init-cluster.sh").read_text().replace("/cockroach:", f"{tmp_path}:")
    )
    result = subprocess.run(
        ["bash", "-c", script, "init-cluster.sh", "us-east1-a"],
        cwd=tmp_path,
        env={**os.environ, "SAID": told},
        check=False,
    )
    assert result.returncode == 0
    calls = (tmp_path / "calls").read_text()
    assert calls.startswith(
        "init --insecure --host=us-east1-a:26357\nsql --insecure --host=us-east1-a:26257"
    )


# --- the Caddyfile ----------------------------------------------------------------------------


def test_every_city_of_the_demo_goes_to_its_region(services: dict[str, Any]) -> None:
    file = read("deploy/Caddyfile")
    names = dict(re.findall(r'^\t\t(\S+)\.localhost "([^"]+)"$', file, re.M))
    assert names == {city.name.replace(" ", "-"): city.name for city in CITIES}

    regions = {}
    for hosts, upstreams in re.findall(
        r"^(http://.+) \{\n\timport application (.+)\n\}", file, re.M
    ):
        order = [upstream.removesuffix(":8000") for upstream in upstreams.split()]
        assert set(order) == {f"web-{region}" for region in REGIONS} <= set(services)
        for host in hosts.split(", "):
            regions[host.removeprefix("http://")] = order[0].removeprefix("web-")
    assert regions.pop("localhost") == regions.pop("127.0.0.1") == "us-east1"
    assert regions == {f"{city.name.replace(' ', '-')}.localhost": city.region for city in CITIES}


def test_the_proxy_lets_no_visitor_say_where_they_are() -> None:
    file = read("deploy/Caddyfile")
    assert "header_up X-City {city}" in file
    assert "request_header -Forwarded" in file
    assert "trusted_proxies" not in file  # so Caddy drops the X-Forwarded-* of visitors
    assert "health_uri /health/ready" in file


# --- the Dockerfile ---------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    lines = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", read("Dockerfile"), flags=re.M))
    found = [line.partition(" ") for line in lines.splitlines() if line.strip()]
    return [(name, rest) for name, _, rest in found]


def sources() -> list[str]:
    copies = [rest.split() for name, rest in instructions() if name == "COPY"]
    return [source for words in copies if words[0] != "--from=packages" for source in words[:-1]]


def test_what_the_image_copies_exists_and_is_not_ignored() -> None:
    ignored = [line for line in read(".dockerignore").splitlines() if line and line[0] != "#"]
    assert ignored[0] == "*"
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    assert let_in == set(sources())
    assert all((config.ROOT / source).exists() for source in sources())
    assert not [
        s for s in sources() for p in (".env", "tests*", "instance*") if fnmatch.fnmatch(s, p)
    ]


def test_the_image_has_nothing_but_what_production_needs() -> None:
    text_ = read("Dockerfile")
    assert "requirements-" not in text_
    assert "--require-hashes" in text_
    assert "--only-binary :all:" in text_
    assert not re.search(r"apt-get|gcc|build-essential|curl", text_)
    assert "MOVR_ENV=production" in text_
    assert "PYTHONDONTWRITEBYTECODE=1" in text_


def test_the_image_runs_gunicorn_as_nobody_special() -> None:
    steps = dict(instructions())
    assert steps["USER"] == "movr"
    assert steps["STOPSIGNAL"] == "SIGTERM"
    command = json.loads(steps["CMD"])
    assert command[0] == "gunicorn"
    module, _, name = command[-1].partition(":")
    assert f"{module}.py" in sources()
    assert importlib.util.find_spec(module)
    assert re.search(rf"^{name} = create_app\(\)$", read(f"{module}.py"), re.M)
    port = command[command.index("--bind") + 1].split(":")[1]
    assert steps["EXPOSE"] == port
    assert f":{port} " in read("deploy/Caddyfile")


# --- gunicorn, with our settings --------------------------------------------------------------


class Server:
    """gunicorn as the image runs it, on a port of its own."""

    def __init__(self, database: URL) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        command = next(json.loads(rest) for name, rest in instructions() if name == "CMD")
        command[command.index("--bind") + 1] = f"127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=config.ROOT,
            env={
                **os.environ,
                "MOVR_ENV": "test",
                "DATABASE_URL": database.render_as_string(hide_password=False),
            },
        )

    def get(self, path: str) -> tuple[int, dict[str, Any] | None]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            return ask(connection, path)
        finally:
            connection.close()

    def wait_until_live(self) -> None:
        def is_live() -> bool:
            assert self.process.poll() is None
            try:
                return self.get("/health/live")[0] == 200
            except OSError:
                return False

        wait_until(is_live)

    def wait_for_exit(self) -> int:
        return self.process.wait(PATIENCE_S)


def ask(connection: http.client.HTTPConnection, path: str) -> tuple[int, dict[str, Any] | None]:
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    is_json = answer.headers.get_content_type() == "application/json"
    return answer.status, json.loads(body) if is_json else None


@pytest.fixture
def gunicorn(app: Flask, database: URL) -> Iterator[Server]:
    running = Server(database)
    yield running
    running.process.kill()
    running.process.wait()


def test_it_serves_and_answers_what_is_in_flight_when_it_is_told_to_stop(
    gunicorn: Server, database: URL
) -> None:
    if database.get_backend_name() != "postgresql":
        pytest.skip("CockroachDB has no LOCK TABLE to hold a page with")
    gunicorn.wait_until_live()
    # A busy machine may need more than the second that a check has.
    wait_until(lambda: gunicorn.get("/health/ready") == (200, {"status": "ready"}))

    engine = create_engine(database)
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    idle = http.client.HTTPConnection("127.0.0.1", gunicorn.port, timeout=PATIENCE_S)
    with ThreadPoolExecutor(1) as visitor, engine.connect() as lock, engine.connect() as look:
        lock.execute(text("LOCK TABLE cities IN ACCESS EXCLUSIVE MODE"))
        page = visitor.submit(gunicorn.get, "/")
        wait_until(lambda: look.scalar(waiting))
        wait_until(lambda: ask(idle, "/health/ready")[0] == 200)

        gunicorn.process.send_signal(signal.SIGTERM)
        stopping = (503, {"status": "not ready", "reason": "stopping"})
        wait_until(lambda: ask(idle, "/health/ready") == stopping)
        assert not page.done()
        lock.rollback()
        assert page.result(PATIENCE_S)[0] in (200, 302, 303)
    idle.close()
    engine.dispose()
    assert gunicorn.wait_for_exit() == 0


def test_it_starts_without_a_database_and_says_that_it_is_not_ready(app: Flask) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = Server(URL.create("postgresql", "movr", host="127.0.0.1", port=port, database="x"))
    try:
        running.wait_until_live()
        assert running.get("/health/ready") == (503, {"status": "not ready", "reason": "database"})
        running.process.terminate()
        assert running.wait_for_exit() == 0
    finally:
        running.process.kill()


def test_gunicorn_waits_for_code_that_cannot_be_loaded_to_be_mended() -> None:
    """With --reload it then serves the trace, by an application that is not ours."""
    hook = runpy.run_path(str(config.ROOT / "gunicorn.conf.py"))["post_worker_init"]
    hook(SimpleNamespace(wsgi=lambda environ, start_response: []))


def test_a_node_that_is_down_is_passed_over(database: URL) -> None:
    """The form of our DATABASE_URL: several hosts, of which one does not listen."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        down = f"127.0.0.1:{probe.getsockname()[1]}"
    given = database.query.get("host") or database.host
    up = f"{given}:{database.port or 5432}"
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


# --- the database's roles ---------------------------------------------------------------------

FORBIDDEN = [
    "CREATE TABLE stolen (x INT)",
    "DROP TABLE rides",
    "ALTER TABLE users ADD COLUMN x INT",
    "DELETE FROM events",
    "UPDATE events SET kind = 'x'",
    "DELETE FROM wallet_entries",
    "DELETE FROM wallet_lines",
    "UPDATE wallet_entries SET kind = 'x'",
    "UPDATE wallet_lines SET amount = 0",
    "INSERT INTO cities SELECT * FROM cities",
    "UPDATE alembic_version SET version_num = 'x'",
]


@pytest.fixture
def restricted(app: Flask, database: URL) -> Iterator[Flask]:
    """The application as the role that docs/security.md gives to servers."""
    if database.get_backend_name() != "postgresql":
        pytest.skip("CockroachDB grants no columns")
    name = f"{database.database}_app"
    script = read("docs/security.md").split("```sql\n")[1].split("```")[0]
    owner = create_engine(database, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text(f"CREATE ROLE {name} LOGIN"))
        for statement in script.replace("movr_app", name).split(";")[:-1]:
            connection.execute(text(statement))
        limited = make_app(database.set(username=name))
        limited.test_client_class = Visitor
        yield limited
        with limited.app_context():
            for engine in db.engines.values():
                engine.dispose()
        connection.execute(text(f"DROP OWNED BY {name}"))
        connection.execute(text(f"DROP ROLE {name}"))
    owner.dispose()


def test_servers_need_no_more_rights_than_the_document_gives_them(
    restricted: Flask, make_vehicle: Callable[..., Vehicle]
) -> None:
    ada: Visitor = restricted.test_client()  # type: ignore[assignment]
    person = {"first_name": "Ada", "last_name": "Byron", "username": "ada", "city": "new york"}
    words = {"password": PASSWORD, "password_again": PASSWORD}
    assert ada.send("/register", **person, **words, email="ada@example.org").status_code == 303
    (letter,) = restricted.extensions["mailman"].outbox
    ada.send(find_link(letter))
    place = {"address": "Here", "lat": "40.73", "lon": "-73.99"}
    assert (
        ada.send("/vehicles/add", type="bike", brand="Cube", color="red", **place).status_code
        == 303
    )
    ride = ada.send(f"/rides/start/{make_vehicle().public_key}").location
    assert ada.send(ride.replace("/rides/", "/rides/end/"), **place).location == ride
    with restricted.app_context():
        rider = find_user("ada")
        assert rider
        give_credit(rider.key, 100)
    moved = {**person, "city": "paris", "about": ""}
    assert ada.send("/users/me/edit", **moved).status_code == 303
    assert ada.send("/logout").status_code == 303
    assert ada.send("/login", username="ada", password=PASSWORD).status_code == 303
    assert ada.send("/users/me/delete", sure="y").status_code == 303
    with restricted.app_context():
        assert_consistent_ledger()
        left = db.session.execute(select(WalletEntry.region, WalletEntry.rider_id)).all()
    assert set(left) == {("europe-west1", None)}


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_servers_cannot_change_the_schema_the_audit_trail_or_the_ledger(
    restricted: Flask, statement: str
) -> None:
    with restricted.app_context(), db.engines["write"].connect() as connection:
        with pytest.raises(DBAPIError) as refused:
            connection.execute(text(statement))
        assert sqlstate(refused.value) == "42501"
