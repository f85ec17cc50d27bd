"""An app as its maker would write it: it sends people to MovR, and uses the API with what it gets."""

import secrets
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import Flask

from tests.api.client import ApiClient
from tests.auth.oauth.steps import REDIRECT_URI
from tests.visitor import Visitor

AUTHORIZE, TOKEN, REVOKE = "/oauth/authorize", "/api/oauth/token", "/api/oauth/revoke"
ME = "/api/v1/me"
#: Of the app.
ADDRESS = "203.0.113.7"


@dataclass
class Program:
    """An app that is registered, and one person's sign-in to it."""

    app: Flask
    client_id: UUID
    redirect_uri: str = REDIRECT_URI
    #: '' for a public app.
    secret: str = ""
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    state: str = "state of the app"
    access_token: str = ""
    refresh_token: str = ""

    @property
    def http(self) -> ApiClient:
        """A client without cookies, with the access token."""
        client = ApiClient.of(self.app, None)
        client.token = self.access_token
        return client

    def authorize_path(self, scope: str = "account:read", **changes: str | None) -> str:
        """Return where the app sends people to. changes: other parameters; None: without it."""
        parameters = {
            "response_type": "code",
            "client_id": str(self.client_id),
            "redirect_uri": self.redirect_uri,
            "scope": scope,
            "state": self.state,
            "code_challenge": create_s256_code_challenge(self.verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        return f"{AUTHORIZE}?{urlencode({k: v for k, v in parameters.items() if v is not None})}"

    def get_code(self, browser: Visitor, scope: str = "account:read") -> str:
        """Let somebody agree; return the code that comes back to the app."""
        response = browser.send(self.authorize_path(scope), decision="allow")
        assert response.status_code == 303, response.text
        return read_answer(response.location)["code"]

    def post(self, path: str, **fields: str) -> Any:
        """Send a form as the app, with its id, and its secret if it has one."""
        client = ApiClient.of(self.app, None)
        client.environ_base["REMOTE_ADDR"] = ADDRESS
        if not self.secret:
            return client.post(path, data={"client_id": str(self.client_id), **fields})
        return client.post(path, data=fields, auth=(str(self.client_id), self.secret))

    def exchange(self, code: str, **changes: str) -> Any:
        """Ask for tokens for a code."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
            **changes,
        }
        return self._keep(self.post(TOKEN, **{k: v for k, v in fields.items() if v}))

    def refresh(self, **changes: str) -> Any:
        """Ask for the next tokens."""
        fields = {"grant_type": "refresh_token", "refresh_token": self.refresh_token, **changes}
        return self._keep(self.post(TOKEN, **fields))

    def sign_in(self, browser: Visitor, scope: str = "account:read") -> "Program":
        """Go all the way."""
        response = self.exchange(self.get_code(browser, scope))
        assert response.status_code == 200, response.text
        return self

    def _keep(self, response: Any) -> Any:
        if response.status_code == 200:
            tokens = response.get_json()
            self.access_token, self.refresh_token = tokens["access_token"], tokens["refresh_token"]
        return response

    def get_me(self) -> Any:
        return self.http.get(ME)


def read_answer(url: str) -> dict[str, str]:
    """Return the parameters with which the browser comes back to the app."""
    return dict(parse_qsl(urlsplit(url).query))


def read_return_url(page: str) -> str:
    """Return where the page "Back to the app" leads to."""
    return unescape(page.partition('content="0;url=')[2].partition('"')[0])
