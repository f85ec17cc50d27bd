"""What protects every answer: headers, the trusted proxy, and redirects that stay on the site."""

import os
import secrets
from collections.abc import Callable, Iterable
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from werkzeug.middleware.proxy_fix import ProxyFix

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_CITY")


def init_app(app: Flask) -> None:
    app.config["SECRET_KEY"] = app.config["SECRET_KEY"] or _own_key(Path(app.instance_path))
    app.wsgi_app = TrustedProxy(app.wsgi_app, app.config["TRUSTED_PROXIES"])  # type: ignore[method-assign]
    app.after_request(_protect)


def _own_key(instance: Path) -> str:
    """Return the key of this installation, made at its first start: none is known to others.

    Production never comes here: it refuses to start without a key.
    """
    file = instance / "secret-key.txt"
    if not file.exists():
        instance.mkdir(parents=True, exist_ok=True)
        made = instance / f"secret-key.{os.getpid()}"
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(48))
        made.rename(file)
    return file.read_text()


class TrustedProxy:
    """Believes forwarding headers and X-City from our own proxies, and removes them from others."""

    def __init__(self, application: Callable[..., Any], networks: Iterable[str]) -> None:
        self.direct = application
        self.behind_proxy = ProxyFix(application, x_for=1, x_proto=1, x_host=0)
        self.networks = [ip_network(network) for network in networks]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if self._is_trusted(environ.get("REMOTE_ADDR", "")):
            return self.behind_proxy(environ, start_response)
        for header in FORWARDED:
            environ.pop(header, None)
        return self.direct(environ, start_response)

    def _is_trusted(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:  # a Unix socket has no address
            return False
        return any(address in network for network in self.networks)


def safe_next(target: str | None, default: str) -> str:
    """Return ``target`` if it is a path on this site, else ``default``.

    Browsers read ``//host``, ``/\\host`` and control characters in surprising ways: refused.
    """
    if not target or len(target) > 2000 or "\\" in target:
        return default
    if any(ord(character) < 0x21 or ord(character) == 0x7F for character in target):
        return default
    if not target.startswith("/") or target.startswith("//"):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target


def content_security_policy() -> str:
    """Return the policy of every answer: our own files, and pictures of the map's tile server."""
    tiles = urlsplit(current_app.config["MAP_TILE_URL"])
    tile_origin = f" {tiles.scheme}://{tiles.netloc}" if tiles.netloc else ""
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' data:{tile_origin.replace('{s}', '*')}",
            "connect-src 'self'",
            "font-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


def _protect(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", content_security_policy())
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(), microphone=()")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint and not request.endpoint.endswith("static"):
        headers.setdefault("Cache-Control", "no-store")
    return response
