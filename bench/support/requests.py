"""Requests to a WSGI application without a server, and without the time of a test client."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from tests.visitor import Visitor
from webapp.auth.models import User

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Request:
    """A request that can be sent many times. ``status``, ``headers`` and ``body`` are those of
    the last answer.

    Sending raises RuntimeError when the answer has another status than ``expected_status``.
    """

    def __init__(
        self, app: WsgiApplication, environ: dict[str, Any], expected_status: int = 200
    ) -> None:
        self._app = app
        self._environ = environ
        self._expected_status = expected_status
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""

    def __call__(self) -> None:
        body = self._app(self._environ.copy(), self._start)
        try:
            self.body = b"".join(body)
        finally:
            if close := getattr(body, "close", None):
                close()
        if self.status != self._expected_status:
            path = f"{self._environ['REQUEST_METHOD']} {self._environ['PATH_INFO']}"
            raise RuntimeError(f"{path} answered {self.status}: {self.body[:2000].decode()}")

    def _start(self, status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
        self.status = int(status.split()[0])
        self.headers = dict(headers)


def get(app: WsgiApplication, path: str, status: int = 200, **headers: str) -> Request:
    """Return a GET request; header names have underscores for hyphens."""
    named = Headers({name.replace("_", "-"): value for name, value in headers.items()})
    return Request(app, EnvironBuilder(path=path, headers=named).get_environ(), status)


class Browser:
    """Sends requests with one session: that of ``user``, or of a visitor without an account."""

    def __init__(self, app: Flask, user: User | None = None) -> None:
        self.app = app
        client = Visitor(app, app.response_class)
        self._token = (client.sign_in(user) if user else client).token()
        cookie = client.get_cookie("movr")
        self.cookie = cookie.value if cookie else ""

    def get(self, path: str, status: int = 200, **headers: str) -> Request:
        return get(self.app.wsgi_app, path, status, Cookie=f"movr={self.cookie}", **headers)

    def post(self, path: str, status: int = 303, **fields: object) -> Request:
        """Return a request that submits a form, with its token. It can be sent once."""
        builder = EnvironBuilder(
            path=path,
            method="POST",
            headers=[("Cookie", f"movr={self.cookie}")],
            content_type="application/x-www-form-urlencoded",
            data=urlencode({"csrf_token": self._token, **fields}),
        )
        return Request(self.app.wsgi_app, builder.get_environ(), status)
