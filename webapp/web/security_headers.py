"""What protects every answer: headers, cookies, our own name, redirects that stay on the site."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import config
from webapp.web.error_pages import error_page
from webapp.web.middleware import FOREIGN_HOST, OwnName, TrustedProxy

NONCE = "movr.csp_nonce"


def init_app(app: Flask) -> None:
    settings = app.config
    settings["SECRET_KEY"] = settings["SECRET_KEY"] or _own_key(Path(app.instance_path))
    with app.app_context():
        settings["SESSION_COOKIE_NAME"] = cookie_name(settings["SESSION_COOKIE_NAME"])
    _stand_before(app)
    app.session_interface = _Sessions()
    app.add_template_global(csp_nonce)
    app.before_request(_refuse_foreign_host)
    app.after_request(_protect)


def _stand_before(app: Flask) -> None:
    """Put the proxy and the names of this site in front of the application."""
    settings = app.config
    settings["PUBLIC_URL"] = settings["PUBLIC_URL"] or config.local_url(
        settings["HOST"], settings["PORT"]
    )
    own, names = urlsplit(settings["PUBLIC_URL"]), settings["TRUSTED_HOSTS"]
    wsgi = app.wsgi_app
    if names is not None:
        settings["TRUSTED_HOSTS"] = [own.hostname, *names]
        wsgi = OwnName(wsgi, settings["TRUSTED_HOSTS"], own.netloc)
    wsgi = TrustedProxy(wsgi, settings["TRUSTED_PROXIES"], settings["PROXY_HOPS"])
    app.wsgi_app = wsgi  # type: ignore[method-assign]


class _Sessions(SecureCookieSessionInterface):
    """Keeps an answer that is the same for all, and may be kept by a proxy, free of cookies."""

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        if not response.cache_control.public:
            super().save_session(app, session, response)


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


def cookie_name(name: str) -> str:
    """Return what a cookie of ours is called: ``__Host-name`` where cookies are secure.

    Browsers take such a cookie from this very host over https only (Secure, Path=/, no Domain),
    so that no neighbour below the same domain can plant one.
    """
    return f"__Host-{name}" if current_app.config["SESSION_COOKIE_SECURE"] else name


def public_url(endpoint: str, **values: Any) -> str:
    """Return the address of a page as it may stand in a mail: below PUBLIC_URL, whoever asks."""
    path = current_app.url_map.bind("").build(endpoint, values)
    return f"{current_app.config['PUBLIC_URL']}{path}"


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


def csp_nonce() -> str:
    """Return the word that lets a script of this answer run: ``<script nonce="...">``.

    Modules that such a script imports run too.
    """
    nonce: str = request.environ.setdefault(NONCE, secrets.token_urlsafe(16))
    return nonce


def content_security_policy() -> str:
    """Return the policy of this answer: our own files, scripts that carry the nonce, and pictures
    of the map's tile server.
    """
    tiles = urlsplit(current_app.config["MAP_TILE_URL"])
    tile_origin = f" {tiles.scheme}://{tiles.netloc}" if tiles.netloc else ""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'nonce-{csp_nonce()}'",
            "style-src 'self'",
            f"img-src 'self' data:{tile_origin.replace('{s}', '*')}",
            "connect-src 'self'",
            "font-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "object-src 'none'",
            "frame-ancestors 'none'",
        ]
    )


def _refuse_foreign_host() -> ResponseReturnValue | None:
    if FOREIGN_HOST not in request.environ or request.blueprint == "health":
        return None
    return error_page(400, _("MovR is not available at this address."), _("Wrong address"))


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
    is_file = (request.endpoint or "").endswith("static")
    if not is_file or response.status_code >= 400:  # an error page shows whose it is
        headers.setdefault("Cache-Control", "no-store")
    if request.endpoint == "auth.login.sign_out" and response.status_code < 400:
        headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
