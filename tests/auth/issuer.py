"""A real issuer (OpenID Connect) on this machine, that people sign in to, and that can misbehave.

with running() as issuer:
    issuer.settings             # for OIDC_PROVIDERS
    issuer.claims["nonce"] = "another"
    issuer.broken["token"] = (500, "oops")
"""

import hmac
import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
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

#: Where people leave for it and come back, when it is called ``example``.
LOGIN, BACK = "/login/with/example", "/login/with/example/callback"
SIGN_IN = """<!doctype html><title>Example ID</title><h1>Example ID</h1>
<form method="post"><label>E-mail <input name="email"></label><button>Sign in</button></form>"""


class Issuer:
    """The state of the issuer: its keys, its codes, and how it misbehaves."""

    client_id, client_secret = "movr", "known-to-both"

    def __init__(self) -> None:
        self.url = ""
        self.key: Any = RSAKey.generate_key(2048, {"kid": "first"})
        self.codes: dict[str, dict[str, Any]] = {}
        #: Endpoint -> answer that it gives instead.
        self.broken: dict[str, tuple[int, str]] = {}
        #: Endpoints answer only while this is set.
        self.awake = threading.Event()
        self.asked: list[str] = []
        self.behave()

    def behave(self) -> None:
        """Be good again."""
        self.published = self.key
        #: What the token says instead; None: nothing.
        self.claims: dict[str, Any] = {}
        #: What the endpoint for more says.
        self.userinfo: dict[str, Any] = {"sub": "subject-of-ada"}
        self.algorithm: str | None = None
        self.metadata: dict[str, Any] = {}
        self.broken.clear()
        self.awake.set()
        self.asked.clear()

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

    def visit(self, address: str, email: str = "ada@example.org") -> str:
        """Sign in as a person would who was sent to ``address``; return where they are sent back."""
        page = requests.get(address, timeout=10)
        assert "Example ID" in page.text, page.text
        done = requests.post(address, {"email": email}, allow_redirects=False, timeout=10)
        back = urlsplit(done.headers["Location"])
        return f"{back.path}?{back.query}"

    def bring(self, visitor: Visitor, path: str = LOGIN, email: str = "ada@example.org") -> Any:
        """Take somebody's browser there and back; return the answer to coming back."""
        return visitor.get(self.visit(visitor.get(path).location, email))

    def token(self, code: dict[str, Any]) -> str:
        """Return the signed ID token for what was asked at the door."""
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
            **self.claims,
        }
        said = {claim: value for claim, value in claims.items() if value is not None}
        return self.sign(said)

    def sign(self, said: dict[str, Any]) -> str:
        """Return the token; without a signature, or with a shared secret's, if it misbehaves so."""
        honest = "RS256" if isinstance(self.key, RSAKey) else "ES256"
        header = {"alg": self.algorithm or honest, "kid": self.published.kid}
        if not self.algorithm:
            return jwt.encode(header, said, self.key)
        signed = f"{_written(json.dumps(header))}.{_written(json.dumps(said))}"
        mac = hmac.digest(self.client_secret.encode(), signed.encode(), "sha256")
        return f"{signed}.{_written(mac) if self.algorithm == 'HS256' else ''}"


def _written(part: str | bytes) -> str:
    return urlsafe_b64encode(part.encode() if isinstance(part, str) else part).rstrip(b"=").decode()


def make_app(issuer: Issuer) -> Flask:
    app = Flask(__name__)

    @app.before_request
    def misbehave() -> ResponseReturnValue | None:
        issuer.asked.append(str(request.endpoint))
        issuer.awake.wait(10)
        if answer := issuer.broken.get(str(request.endpoint)):
            return answer[1], answer[0]
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
    def door() -> ResponseReturnValue:
        return SIGN_IN

    @app.post("/authorize")
    def come_in() -> ResponseReturnValue:
        code = secrets.token_urlsafe(16)
        issuer.codes[code] = {**request.args, **request.form}
        answer = {"code": code, "state": request.args["state"]}
        return redirect(f"{request.args['redirect_uri']}?{urlencode(answer)}")

    @app.post("/token")
    def token() -> ResponseReturnValue:
        code = issuer.codes.pop(request.form["code"], None)
        known = request.authorization and (
            request.authorization.username == issuer.client_id
            and request.authorization.password == issuer.client_secret
        )
        if not known:
            return {"error": "invalid_client"}, 401
        if code is None or not fits(code):
            return {"error": "invalid_grant"}, 400
        access = secrets.token_urlsafe(16)
        return {"access_token": access, "token_type": "Bearer", "id_token": issuer.token(code)}

    def fits(code: dict[str, Any]) -> bool:
        digest = sha256(request.form["code_verifier"].encode()).digest()
        return (
            code["redirect_uri"] == request.form["redirect_uri"]
            and code["code_challenge_method"] == "S256"
            and code["code_challenge"] == _written(digest)
        )

    @app.get("/userinfo")
    def userinfo() -> ResponseReturnValue:
        assert request.headers["Authorization"].startswith("Bearer ")
        return issuer.userinfo

    return app


def waiting(visitor: Visitor) -> set[str]:
    """Return what is kept in somebody's cookie for the way there, or since they are back."""
    with visitor.session_transaction() as session:
        return {name for name in session if name.startswith("oidc_")}


@contextmanager
def running() -> Iterator[Issuer]:
    """Serve an issuer on a free port."""
    issuer = Issuer()
    server = make_server("127.0.0.1", 0, make_app(issuer), threaded=True)
    issuer.url = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield issuer
    finally:
        issuer.awake.set()
        server.shutdown()
        thread.join()
        server.server_close()
