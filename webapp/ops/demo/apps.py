"""The app of the demo, with which the script of docs/api.md signs in, and which has access to the
account of the rider."""

from datetime import UTC, datetime
from uuid import UUID

from webapp.auth.models import User
from webapp.auth.oauth.models import OAuthClient, OAuthGrant
from webapp.db.inserts import insert
from webapp.db.transactions import execute_write
from webapp.web.scopes import Scope

#: The same everywhere, so that programs can be tried with it.
CLIENT_ID = UUID("6f1c2a9e-7d54-4c1b-9a30-52b8e0d7c416")
SCOPES = [Scope.ACCOUNT_READ, Scope.RIDES_READ]


def add_app(rider: User) -> None:
    """Register the app, and give it access to an account; what is there already stays as it is."""
    client = {
        "id": CLIENT_ID,
        "name": "Trip planner",
        "redirect_uris": ["http://127.0.0.1/back"],
        "scopes": [*SCOPES, Scope.RIDES_WRITE],
        "secret_digest": "",  # it runs on the computers of people
    }
    grant = {
        "region": rider.region,
        "user_id": rider.id,
        "client_id": CLIENT_ID,
        "scopes": SCOPES,
        "last_used_on": datetime.now(UTC).date(),
    }
    for model, row in ((OAuthClient, client), (OAuthGrant, grant)):
        execute_write(insert(model).values(row).on_conflict_do_nothing(), idempotent=True)
