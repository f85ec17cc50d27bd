"""docker-compose.yml, as compose reads it."""

from typing import Any

import pytest
import yaml

from tests.deployment.files import read, with_defaults


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    document: dict[str, Any] = with_defaults(yaml.safe_load(read("docker-compose.yml")))
    return document


@pytest.fixture(scope="module")
def services(stack: dict[str, Any]) -> dict[str, Any]:
    definitions: dict[str, Any] = stack["services"]
    return definitions
