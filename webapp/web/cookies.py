"""Cookies: the name of the session's, the key that signs it, and what goes without cookies.

The API reads access tokens and no cookies. A browser adds cookies to a request that another site
has caused, but never a token: so the API needs no CSRF tokens.
"""

import os
import secrets
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app
from flask.sessions import SecureCookieSessionInterface

from webapp.web.api_requests import is_api_environ
from webapp.web.middleware import Application
from webapp.web.responses import is_public


def init_app(app: Flask) -> None:
    settings = app.config
    settings["SECRET_KEY"] = settings["SECRET_KEY"] or _read_or_create_key(Path(app.instance_path))
    with app.app_context():
        settings["SESSION_COOKIE_NAME"] = make_cookie_name(settings["SESSION_COOKIE_NAME"])
    app.session_interface = _SessionInterface()
    app.wsgi_app = _ApiWithoutCookies(app.wsgi_app)  # type: ignore[method-assign]


def make_cookie_name(name: str) -> str:
    """Return what a cookie of ours is called: ``__Host-name`` where cookies are secure.

    Browsers take such a cookie from this very host over https only (Secure, Path=/, no Domain),
    so that no neighbour below the same domain can plant one.
    """
    return f"__Host-{name}" if current_app.config["SESSION_COOKIE_SECURE"] else name


class _SessionInterface(SecureCookieSessionInterface):
    """Sets no cookie with a response that is the same for all and that a proxy may cache."""

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        if not is_public(response):
            super().save_session(app, session, response)


class _ApiWithoutCookies:
    """WSGI middleware that takes cookies out of requests to the API, and out of their responses."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if not is_api_environ(environ):
            return self.application(environ, start_response)
        environ.pop("HTTP_COOKIE", None)

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            kept = [header for header in headers if header[0].lower() != "set-cookie"]
            return start_response(status, kept, *error)

        return self.application(environ, start)


def _read_or_create_key(instance: Path) -> str:
    """Return the key of this installation, which is created at its first start.

    Production does not use it: it refuses to start without SECRET_KEY.
    """
    file = instance / "secret-key.txt"
    if not file.exists():
        instance.mkdir(parents=True, exist_ok=True)
        unfinished = instance / f"secret-key.{os.getpid()}"
        unfinished.touch(mode=0o600)
        unfinished.write_text(secrets.token_urlsafe(48))
        unfinished.rename(file)
    return file.read_text()
