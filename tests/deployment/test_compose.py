"""docker-compose.yml names nothing that does not exist, and fits the application."""

import json
import os
import re
import shlex
import subprocess
from collections import Counter
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.sansio.utils import host_is_trusted

import config
from tests.deployment.files import (
    REGIONS,
    applications,
    database_hosts,
    locality,
    nodes,
    read,
)
from webapp import create_app
from webapp.extensions import db

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
