"""A program that uses the API with an access token."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from webapp.auth.models import ApiToken, User
from webapp.auth.token_text import make_token_text
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.web.scopes import Scope


def insert_token(
    app: Flask, user: User, scopes: Iterable[str] = tuple(Scope), **columns: Any
) -> str:
    """Give an account a token; return its text. columns: of ApiToken."""
    text = make_token_text(RowKey(user.region, uuid4()))
    now = datetime.now(UTC)
    row = {
        "region": user.region,
        "id": text.key.id,
        "user_id": user.id,
        "name": "Program",
        "digest": text.digest,
        "scopes": list(scopes),
        "second_factor": True,
        "expires_at": now + timedelta(days=1),
        "last_used_at": now,
        **columns,
    }
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(insert(ApiToken).values(row))
    return str(text)


class ApiClient(FlaskClient):
    """A client without cookies that sends a token, if it has one."""

    token = ""
    #: Idempotency-Key of the next requests.
    key = ""

    @classmethod
    def of(cls, app: Flask, user: User | None, *scopes: str, **columns: Any) -> "ApiClient":
        """Return a client with a token of the account: with all scopes, or only with some."""
        client = cls(app, app.response_class, use_cookies=False)
        if user:
            client.token = insert_token(app, user, scopes or tuple(Scope), **columns)
        return client

    def open(self, *arguments: Any, **options: Any) -> Any:
        headers = dict(options.pop("headers", None) or {})
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if self.key:
            headers.setdefault("Idempotency-Key", self.key)
        options.setdefault("buffered", True)  # what follows the answer has happened, too
        return super().open(*arguments, headers=headers, **options)
