"""An OpenID Connect issuer that runs on this machine and can be made to misbehave.

with run_issuer() as issuer:
    issuer.settings             # for OIDC_PROVIDERS
    issuer.claims["nonce"] = "another"
    issuer.error_responses["token"] = (500, "oops")
"""

import hmac
import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from werkzeug.serving import make_server

from tests.visitor import Visitor
from webapp.auth.models import Identity, User

#: The addresses at which sign-in starts and ends, for the provider ``example``.
LOGIN, CALLBACK = "/login/with/example", "/login/with/example/callback"
MakeIdentity = Callable[[User, str], Identity]
#: A time-out guards against hanging only.
TIMEOUT_S = 60
SIGN_IN_PAGE = """<!doctype html><title>Example ID</title><h1>Example ID</h1>
<form method="post"><label>E-mail <input name="email"></label><button>Sign in</button></form>"""


class Issuer:
    """The state of the issuer: its keys, the codes it has given out, and how it misbehaves."""

    client_id, client_secret = "movr", "known-to-both"

    def __init__(self) -> None:
        self.url = ""
        self.key: Any = RSAKey.generate_key(2048, {"kid": "first"})
        #: Authorization code -> parameters of its request, and the e-mail address of the person.
        self.codes: dict[str, dict[str, str]] = {}
        #: Endpoint -> status and body that it answers instead.
        self.error_responses: dict[str, tuple[int, str]] = {}
        #: Endpoints answer only while this is set.
        self.responding = threading.Event()
        #: The endpoints that were called, in order.
        self.calls: list[str] = []
        self.reset()

    def reset(self) -> None:
        """Behave correctly again."""
        self.published = self.key
        #: Claims of the ID token to replace; a claim that is None is left out.
        self.claims: dict[str, Any] = {}
        #: The response of the userinfo endpoint.
        self.userinfo: dict[str, Any] = {"sub": "subject-of-ada"}
        self.algorithm: str | None = None
        self.metadata: dict[str, Any] = {}
        self.error_responses.clear()
        self.responding.set()
        self.calls.clear()

    @property
    def settings(self) -> dict[str, str]:
        return {
            "label": "Example ID",
            "issuer": self.url,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }

    def rotate(self) -> None:
        """Sign with another key from now on, and publish only that one."""
        self.key = self.published = ECKey.generate_key("P-256", {"kid": secrets.token_hex(4)})

    def authenticate(self, url: str, email: str = "ada@example.org") -> str:
        """Sign in at the authorization request ``url``; return the path of the callback."""
        page = requests.get(url, timeout=TIMEOUT_S)
        assert "Example ID" in page.text, page.text
        response = requests.post(url, {"email": email}, allow_redirects=False, timeout=TIMEOUT_S)
        callback = urlsplit(response.headers["Location"])
        return f"{callback.path}?{callback.query}"

    def sign_in(self, visitor: Visitor, path: str = LOGIN, email: str = "ada@example.org") -> Any:
        """Sign in with this browser through the issuer; return the answer of the callback."""
        return visitor.get(self.authenticate(visitor.get(path).location, email))

    def token(self, code: dict[str, str]) -> str:
        """Return the signed ID token that belongs to an authorization code."""
        name = code["email"].partition("@")[0]
        claims = {
            "iss": self.url,
            "sub": f"subject-of-{name}",
            "aud": self.client_id,
            "iat": int(time.time()),
            "exp": int(time.time()) + 300,
            "nonce": code["nonce"],
            "email": code["email"],
            "email_verified": True,
            "given_name": name.title(),
            "family_name": "Lovelace",
            "preferred_username": name,
            "auth_time": int(time.time()) if "max_age" in code else None,
            **self.claims,
        }
        return self.sign({claim: value for claim, value in claims.items() if value is not None})

    def sign(self, claims: dict[str, Any]) -> str:
        """Return the token; if ``algorithm`` is set, unsigned or signed with the client secret."""
        correct_algorithm = "RS256" if isinstance(self.key, RSAKey) else "ES256"
        header = {"alg": self.algorithm or correct_algorithm, "kid": self.published.kid}
        if not self.algorithm:
            return jwt.encode(header, claims, self.key)
        content = f"{_encode(json.dumps(header))}.{_encode(json.dumps(claims))}"
        mac = hmac.digest(self.client_secret.encode(), content.encode(), "sha256")
        return f"{content}.{_encode(mac) if self.algorithm == 'HS256' else ''}"


def _encode(part: str | bytes) -> str:
    return urlsafe_b64encode(part.encode() if isinstance(part, str) else part).rstrip(b"=").decode()


def make_app(issuer: Issuer) -> Flask:
    app = Flask(__name__)

    @app.before_request
    def misbehave() -> ResponseReturnValue | None:
        issuer.calls.append(str(request.endpoint))
        issuer.responding.wait(TIMEOUT_S)
        if response := issuer.error_responses.get(str(request.endpoint)):
            return response[1], response[0]
        return None

    @app.get("/.well-known/openid-configuration")
    def metadata() -> ResponseReturnValue:
        return {
            "issuer": issuer.url,
            "authorization_endpoint": f"{issuer.url}/authorize",
            "token_endpoint": f"{issuer.url}/token",
            "jwks_uri": f"{issuer.url}/keys",
            "userinfo_endpoint": f"{issuer.url}/userinfo",
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
            **issuer.metadata,
        }

    @app.get("/keys")
    def keys() -> ResponseReturnValue:
        return {"keys": [issuer.published.as_dict(private=False)]}

    @app.get("/authorize")
    def login_page() -> ResponseReturnValue:
        return SIGN_IN_PAGE

    @app.post("/authorize")
    def authorize() -> ResponseReturnValue:
        code = secrets.token_urlsafe(16)
        issuer.codes[code] = {**request.args, **request.form}
        response = {"code": code, "state": request.args["state"]}
        return redirect(f"{request.args['redirect_uri']}?{urlencode(response)}")

    @app.post("/token")
    def token() -> ResponseReturnValue:
        code = issuer.codes.pop(request.form["code"], None)
        client = request.authorization
        if not client or (client.username, client.password) != (
            issuer.client_id,
            issuer.client_secret,
        ):
            return {"error": "invalid_client"}, 401
        if code is None or not is_valid_exchange(code):
            return {"error": "invalid_grant"}, 400
        access = secrets.token_urlsafe(16)
        return {"access_token": access, "token_type": "Bearer", "id_token": issuer.token(code)}

    def is_valid_exchange(code: dict[str, str]) -> bool:
        digest = sha256(request.form["code_verifier"].encode()).digest()
        return (
            code["redirect_uri"] == request.form["redirect_uri"]
            and code["code_challenge_method"] == "S256"
            and code["code_challenge"] == _encode(digest)
        )

    @app.get("/userinfo")
    def userinfo() -> ResponseReturnValue:
        assert request.headers["Authorization"].startswith("Bearer ")
        return issuer.userinfo

    return app


def read_oidc_cookie(visitor: Visitor) -> set[str]:
    """Return the names of the session values that OpenID Connect keeps for this browser."""
    with visitor.session_transaction() as session:
        return {name for name in session if name.startswith("oidc_")}


@contextmanager
def run_issuer() -> Iterator[Issuer]:
    """Serve an issuer on a free port."""
    issuer = Issuer()
    server = make_server("127.0.0.1", 0, make_app(issuer), threaded=True)
    issuer.url = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield issuer
    finally:
        issuer.responding.set()
        server.shutdown()
        thread.join()
        server.server_close()
