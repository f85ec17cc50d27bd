"""The session cookie: its name, the key that signs it, and the responses that go without it."""

import os
import secrets
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app
from flask.sessions import SecureCookieSessionInterface

from webapp.web.responses import is_public


def init_app(app: Flask) -> None:
    settings = app.config
    settings["SECRET_KEY"] = settings["SECRET_KEY"] or _read_or_create_key(Path(app.instance_path))
    with app.app_context():
        settings["SESSION_COOKIE_NAME"] = cookie_name(settings["SESSION_COOKIE_NAME"])
    app.session_interface = _SessionInterface()


def cookie_name(name: str) -> str:
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
