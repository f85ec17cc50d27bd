"""Apps and what they do."""

from collections.abc import Iterable
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import insert

from webapp.auth.oauth.models import OAuthClient
from webapp.encryption import digest_secret
from webapp.extensions import db
from webapp.web.scopes import Scope

REDIRECT_URI = "https://app.example/callback"
SECRET = f"movr_app_{'s' * 43}"


def insert_client(
    app: Flask,
    *,
    name: str = "Trip planner",
    scopes: Iterable[str] = tuple(Scope),
    redirect_uris: Iterable[str] = (REDIRECT_URI,),
    secret: str = "",
) -> UUID:
    """Register an app; return its id. secret: '' for a public one."""
    row = {
        "id": uuid4(),
        "name": name,
        "scopes": list(scopes),
        "redirect_uris": list(redirect_uris),
        "secret_digest": digest_secret(secret) if secret else "",
    }
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(insert(OAuthClient).values(row))
    client_id: UUID = row["id"]  # type: ignore[assignment]
    return client_id
