"""Calls of the services of sign-in for programs."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from webapp.auth.oauth.services.clients import (
    ClientSettings,
    add_client,
    change_client,
    find_client,
    list_clients,
    remove_client,
    renew_secret,
)

APP_ID = UUID(int=1)
PLANNER = ClientSettings("Planner", ["https://app.example/cb"], ["rides:read"])

OAUTH: dict[str, Callable[[], Any]] = {
    "the apps": list_clients,
    "an app": lambda: find_client(APP_ID),
    "register an app": lambda: add_client(APP_ID, PLANNER, is_confidential=True),
    "change an app": lambda: change_client(APP_ID, PLANNER, PLANNER),
    "renew the secret of an app": lambda: renew_secret(APP_ID, "leaked"),
    "remove an app": lambda: remove_client(APP_ID, PLANNER, "ended"),
}
