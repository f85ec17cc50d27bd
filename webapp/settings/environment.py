"""The environment: which class of config.py it chooses, and the settings that it overrides."""

import os
from typing import Any

import config
from webapp.settings.readers import list_settings, read_setting


def find_environment() -> type[config.Configuration]:
    """Return the class that ``MOVR_ENV`` names; development when it is not set."""
    name = os.environ.get("MOVR_ENV", "development")
    if name not in config.ENVIRONMENTS:
        names = ", ".join(config.ENVIRONMENTS)
        raise config.ConfigurationError(f"MOVR_ENV is '{name}'; it must be one of: {names}.")
    return config.ENVIRONMENTS[name]


def read_overrides() -> dict[str, Any]:  # Any: as in config.py
    """Return the settings that the environment sets, with their types."""
    values = {}
    for name in list_settings():
        if text := os.environ.get(name):
            try:
                values[name] = read_setting(name, text)
            except ValueError as problem:
                raise config.ConfigurationError(f"{name} cannot be read: {problem}.") from None
    return values


def make_environ(**settings: object) -> dict[str, str]:
    """Return the environment for a process that is to run with these settings. It need not read
    ``.env`` again."""
    values = {name: str(value) for name, value in settings.items()}
    return {**os.environ, "FLASK_SKIP_DOTENV": "1", **values}
