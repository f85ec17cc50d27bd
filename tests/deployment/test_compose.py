"""docker-compose.yml fits the application, and everything that it names exists."""

import importlib.util
import json
import os
import re
import shlex
import subprocess
from collections import Counter
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from celery.bin.worker import worker
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
from webapp.ops.celery.application import make_celery
from webapp.ops.celery.worker import add_worker_options
from webapp.settings.readers import list_settings

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


def test_each_region_has_a_database_node_in_each_of_three_zones(services: dict[str, Any]) -> None:
    places = [locality(flags) for flags in nodes(services).values()]
    assert sorted(places) == sorted((region, zone) for region in REGIONS for zone in "abc")
    for name, flags in nodes(services).items():
        assert name == "-".join(locality(flags))


def test_every_node_joins_one_node_of_each_region_and_has_known_flags(
    services: dict[str, Any],
) -> None:
    all_nodes = nodes(services)
    for name, flags in all_nodes.items():
        assert set(flags) == NODE_FLAGS
        assert flags["--advertise-addr"] == f"{name}{flags['--listen-addr']}"
        assert flags["--max-offset"] == "250ms"
        joined = [
            address.removesuffix(flags["--listen-addr"]) for address in flags["--join"].split(",")
        ]
        assert {locality(all_nodes[peer])[0] for peer in joined} == REGIONS
        assert flags["--http-addr"] in services[name]["healthcheck"]["test"][-1]
    assert len({json.dumps(flags["--join"]) for flags in all_nodes.values()}) == 1


def test_stores_in_memory_have_at_least_the_minimum_size(services: dict[str, Any]) -> None:
    for flags in nodes(services).values():
        kind, size = flags["--store"].split(",")
        assert kind == "type=mem"
        assert int(size.removeprefix("size=").removesuffix("GiB")) * 1024 >= 640


def test_all_cockroachdb_services_use_the_same_pinned_image(services: dict[str, Any]) -> None:
    images = {s["image"] for s in services.values() if "cockroach" in s["image"]}
    assert len(images) == 1
    # Not 25.2 to 25.4 and early 26.1: see docs/cockroachdb.md.
    assert re.fullmatch(r"cockroachdb/cockroach:v(24\.3|26\.[2-9])\.\d+", images.pop())
    assert re.fullmatch(r"caddy:\d+\.\d+\.\d+-alpine", services["proxy"]["image"])
    assert re.fullmatch(r"valkey/valkey:\d+\.\d+\.\d+-alpine", services["broker"]["image"])


def test_each_region_has_one_application_that_uses_the_nodes_of_its_region(
    services: dict[str, Any],
) -> None:
    web_applications = {n: e for n, e in applications(services).items() if n.startswith("web-")}
    assert {environment["REGION"] for environment in web_applications.values()} == REGIONS
    for name, environment in applications(services).items():
        region_nodes = [
            n for n, flags in nodes(services).items() if locality(flags)[0] == environment["REGION"]
        ]
        assert sorted(database_hosts(environment)) == sorted(region_nodes)
        region = environment["REGION"]
        assert name in (f"web-{region}", f"worker-{region}", "celery-us-east1", "schema")


def test_every_environment_variable_is_a_known_setting(services: dict[str, Any]) -> None:
    for environment in applications(services).values():
        others = {"MOVR_ENV", "PROMETHEUS_MULTIPROC_DIR"}
        assert set(environment) - others <= set(list_settings())
        assert all(isinstance(value, str) for value in environment.values())
    named = set(re.findall(r"\$\{(\w+)", read("docker-compose.yml")))
    own_variables = {
        name for name in named if not name.startswith("MOVR_") and not name.endswith("_VERSION")
    }
    assert own_variables <= set(list_settings())
    assert all(name in read("docs/regions.md") for name in named)


def test_an_application_starts_with_the_environment_of_its_service(
    services: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*list_settings(), "MOVR_ENV"):
        monkeypatch.delenv(name, raising=False)
    for name, environment in applications(services).items():
        with monkeypatch.context() as patch:
            for variable, value in environment.items():
                patch.setenv(variable, value)
            app = create_app()
        assert app.config["REGION"] == environment["REGION"]
        assert app.config["SESSION_COOKIE_SECURE"] is False
        assert app.config["DEMO_ALLOWED"] is (name == "schema")
        for host in re.findall(r"http://([\w.-]+)", read("deploy/Caddyfile")):
            assert host_is_trusted(f"{host}:8080", app.config["TRUSTED_HOSTS"]), host
        assert not host_is_trusted("movr.example", app.config["TRUSTED_HOSTS"])
        with app.app_context():
            for engine in db.engines.values():
                _, arguments = engine.dialect.create_connect_args(engine.url)
                assert arguments["host"].split(",") == database_hosts(environment)
                assert arguments["port"] == "26257,26257,26257"


def test_only_proxies_in_the_compose_network_are_trusted(stack: dict[str, Any]) -> None:
    subnet = stack["networks"]["movr"]["ipam"]["config"][0]["subnet"]
    assert ip_network(subnet).is_private
    for environment in applications(stack["services"]).values():
        assert environment["TRUSTED_PROXIES"] == subnet
    assert all(service["networks"] == ["movr"] for service in stack["services"].values())


def test_every_flask_command_in_compose_exists(services: dict[str, Any], app: Flask) -> None:
    commands = []
    for service in services.values():
        line = " ".join(service.get("command", []))
        commands += [shlex.split(part) for part in re.findall(r"flask ([^&|;]+)", line)]
    assert commands == [
        ["db", "upgrade"],
        ["demo"],
        *(
            ["work", "--region", region, "--metrics-address", "0.0.0.0", "--metrics-port", "9100"]
            for region in ("us-east1", "us-west1", "europe-west1")
        ),
    ]
    for command in commands:
        result = app.test_cli_runner().invoke(args=[*command, "--help"])
        assert result.exit_code == 0, result.output


def test_the_services_of_celery_start_with_their_profile_only(services: dict[str, Any]) -> None:
    names = {name for name, service in services.items() if service.get("profiles") == ["celery"]}
    assert names == {"broker", "celery-us-east1", "flower"}
    for name, service in services.items():
        assert name in names or not names & set(service.get("depends_on", ()))
    broker_url = urlsplit("redis://broker:6379/0")
    assert broker_url.hostname in names
    assert broker_url.geturl() in read("docs/regions.md")
    assert broker_url.geturl() in services["flower"]["environment"]["CELERY_BROKER_URL"]
    assert not any("BROKER" in part for part in services["flower"]["command"]), "it has a password"


def test_celery_knows_the_options_of_its_commands(
    services: dict[str, Any], app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "CELERY_BROKER_URL", "redis://broker:6379/0")
    application = make_celery(app)
    add_worker_options(application)
    options = application.user_options["worker"]
    known = {text for option in [*worker.params, *options] for text in option.opts}
    program, flag, module, command, *arguments = services["celery-us-east1"]["command"]
    assert (program, flag, command) == ("celery", "-A", "worker")
    assert importlib.util.find_spec(module)
    used = {argument for argument in arguments if argument.startswith("-")}
    assert used <= known, used - known


def test_every_flask_command_in_the_documentation_exists(app: Flask) -> None:
    document = read("docs/regions.md")
    commands = {
        tuple(line.split()[:2])
        for line in re.findall(r"\bflask ((?:regions|cities|db) \w+)", document)
    }
    assert {("regions", "add"), ("regions", "drop"), ("regions", "survive")} <= commands
    for words in commands:
        assert app.test_cli_runner().invoke(args=[*words, "--help"]).exit_code == 0, words


def test_every_service_file_and_volume_in_compose_exists(stack: dict[str, Any]) -> None:
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


def test_services_start_after_those_they_depend_on(services: dict[str, Any]) -> None:
    after_success = {"condition": "service_completed_successfully"}
    assert set(services["cluster"]["depends_on"]) == set(nodes(services))
    assert services["schema"]["depends_on"] == {"cluster": after_success}
    for region in REGIONS:
        assert services[f"web-{region}"]["depends_on"] == {"schema": after_success}


def test_published_ports_are_distinct_and_on_localhost(services: dict[str, Any]) -> None:
    published = [port for service in services.values() for port in service.get("ports", ())]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert max(Counter(port.split(":")[1] for port in published).values()) == 1


def test_the_init_job_creates_the_database_with_all_regions() -> None:
    script = read("deploy/init-cluster.sh")
    assert set(re.findall(r'"([a-z]+-[a-z]+\d)"', script)) == REGIONS
    assert 'PRIMARY REGION "us-east1"' in script
    result = subprocess.run(["bash", "-n", config.ROOT / "deploy/init-cluster.sh"], check=False)
    assert result.returncode == 0


def test_the_init_job_gives_the_cluster_its_licence_key(tmp_path: Path) -> None:
    fake = tmp_path / "cockroach"
    fake.write_text('#!/bin/sh\necho "$*" >> calls\n')
    fake.chmod(0o755)
    script = read("deploy/init-cluster.sh").replace("/cockroach:", f"{tmp_path}:")
    licence = {"COCKROACH_LICENSE": "crl-0-abc", "COCKROACH_ORGANIZATION": "Ada's"}
    subprocess.run(
        ["bash", "-c", script, "init-cluster.sh", "us-east1-a"],
        cwd=tmp_path,
        env={**os.environ, **licence},
        check=True,
    )
    calls = (tmp_path / "calls").read_text()
    assert "SET CLUSTER SETTING enterprise.license = 'crl-0-abc'" in calls
    assert "SET CLUSTER SETTING cluster.organization = 'Ada''s'" in calls


@pytest.mark.parametrize("message", ["", "ERROR: cluster has already been initialized"])
def test_the_init_job_can_run_again(tmp_path: Path, message: str) -> None:
    """A fake program records the commands of the job, and fails where the cluster exists."""
    fake = tmp_path / "cockroach"
    fake.write_text(
        '#!/bin/sh\necho "$*" >> calls\n[ "$1" = sql ] || { echo "$MESSAGE"; [ -z "$MESSAGE" ]; }\n'
    )
    fake.chmod(0o755)
    script = (
        (config.ROOT / "deploy/init-cluster.sh").read_text().replace("/cockroach:", f"{tmp_path}:")
    )
    result = subprocess.run(
        ["bash", "-c", script, "init-cluster.sh", "us-east1-a"],
        cwd=tmp_path,
        env={**os.environ, "MESSAGE": message},
        check=False,
    )
    assert result.returncode == 0
    calls = (tmp_path / "calls").read_text()
    assert "enterprise.license" not in calls
    assert calls.startswith(
        "init --insecure --host=us-east1-a:26357\nsql --insecure --host=us-east1-a:26257"
    )
