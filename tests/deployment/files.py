"""The files of the deployment, read and not run: no container runs in the tests."""

import re
from typing import Any

from sqlalchemy.engine import make_url

import config

REGIONS = {"us-east1", "us-west1", "europe-west1"}


def read(name: str) -> str:
    return (config.ROOT / name).read_text()


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


def nodes(services: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return name -> flags of each node of the database."""
    flags_by_node = {}
    for name, service in services.items():
        words = service.get("entrypoint", [])
        if words[:2] == ["/cockroach/cockroach", "start"]:
            flags = [word.partition("=") for word in words[2:] + service["command"]]
            flags_by_node[name] = {flag: value for flag, _, value in flags}
            assert len(flags_by_node[name]) == len(flags), f"{name} has a flag twice"
    return flags_by_node


def locality(flags: dict[str, str]) -> tuple[str, str]:
    tiers = dict(tier.split("=") for tier in flags["--locality"].split(","))
    assert list(tiers) == ["region", "zone"]
    return tiers["region"], tiers["zone"]


def applications(services: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return name -> environment of each service that runs our application: Flower has our image
    only."""
    return {
        name: service["environment"]
        for name, service in services.items()
        if service.get("image") == "movr" and name != "flower"
    }


def database_hosts(environment: dict[str, str]) -> list[str]:
    hosts = make_url(environment["DATABASE_URL"]).query["host"]
    assert isinstance(hosts, tuple)
    return [host.removesuffix(":26257") for host in hosts]


def instructions() -> list[tuple[str, str]]:
    lines = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", read("Dockerfile"), flags=re.M))
    parts = [line.partition(" ") for line in lines.splitlines() if line.strip()]
    return [(name, rest) for name, _, rest in parts]


def sources() -> list[str]:
    copies = [rest.split() for name, rest in instructions() if name == "COPY"]
    return [source for words in copies if words[0] != "--from=packages" for source in words[:-1]]
