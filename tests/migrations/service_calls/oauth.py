"""Calls of the services of Sign in with MovR."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from tests.migrations.sample_rows import AFTER, RIDER, SESSION, USER
from webapp.audit.enums import AuditKind
from webapp.auth.models import AppToken
from webapp.auth.oauth.family_secrets import FamilySecret
from webapp.auth.oauth.models import OAuthClient, OAuthTokenFamily
from webapp.auth.oauth.services import signing_keys
from webapp.auth.oauth.services.access_tokens import AccessToken
from webapp.auth.oauth.services.app_users import find_app_user, update_last_used_day
from webapp.auth.oauth.services.clients import (
    ClientSettings,
    add_client,
    change_client,
    find_client,
    list_clients,
    remove_client,
    renew_secret,
)
from webapp.auth.oauth.services.codes import (
    AuthorizationRequest,
    find_client_and_grant,
    give_access_statement,
    use_code_statement,
)
from webapp.auth.oauth.services.families import end_family_statement, find_family
from webapp.auth.oauth.services.grants import list_grants
from webapp.auth.oauth.services.refresh_tokens import rotate_statement
from webapp.auth.services.oauth_grants import end_access
from webapp.db.transactions import execute_write

APP_ID = UUID(int=1)
CODE = FamilySecret(SESSION, "s" * 43)
ASKED = AuthorizationRequest(
    OAuthClient(id=APP_ID), "https://app.example/cb", ["rides:read"], "c" * 43, []
)
FAMILY = OAuthTokenFamily(region=SESSION.region, id=SESSION.id, user_id=RIDER.id, client_id=APP_ID)
ACCESS_TOKEN = AccessToken(SESSION, str(APP_ID), frozenset({"rides:read"}), AFTER[0])
APP_TOKEN = AppToken(APP_ID, ["rides:read"], True, AFTER[0], True, AFTER[0].date())
PLANNER = ClientSettings("Planner", ["https://app.example/cb"], ["rides:read"])

OAUTH: dict[str, Callable[[], Any]] = {
    "the apps": list_clients,
    "an app": lambda: find_client(APP_ID),
    "register an app": lambda: add_client(APP_ID, PLANNER, is_confidential=True),
    "change an app": lambda: change_client(APP_ID, PLANNER, PLANNER),
    "renew the secret of an app": lambda: renew_secret(APP_ID, "leaked"),
    "remove an app": lambda: remove_client(APP_ID, PLANNER, "ended"),
    "an app with what somebody has agreed to": lambda: find_client_and_grant(APP_ID, RIDER),
    "give an app access": lambda: execute_write(give_access_statement(USER, ASKED, CODE)),
    "use an authorization code": lambda: execute_write(
        use_code_statement(CODE, CODE, APP_ID, ASKED.redirect_uri, ASKED.code_challenge)
    ),
    "use a refresh token": lambda: execute_write(
        rotate_statement(CODE, CODE, APP_ID, ["rides:read"])
    ),
    "a family of tokens": lambda: find_family(SESSION),
    "end a family of tokens": lambda: execute_write(
        end_family_statement(FAMILY, AuditKind.APP_TOKEN_REUSED)
    ),
    "the account of an app": lambda: find_app_user(ACCESS_TOKEN, "192.0.2.1"),
    "update when an app was last used": lambda: update_last_used_day(RIDER, APP_TOKEN),
    "the apps of an account": lambda: list_grants(RIDER),
    "take access away from an app": lambda: end_access(RIDER, APP_ID),
    "the keys of access tokens": signing_keys._load_keys,
    "delete old keys of access tokens": lambda: execute_write(signing_keys._delete_old_statement()),
}
