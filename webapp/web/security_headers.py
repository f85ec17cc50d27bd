"""Security headers of every response, with its Content Security Policy."""

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request

NONCE = "movr.csp_nonce"
#: What a browser deletes when somebody leaves it. The cookie clears itself.
SITE_DATA = '"cache", "storage"'


def init_app(app: Flask) -> None:
    app.add_template_global(csp_nonce)
    app.after_request(_add_headers)


def csp_nonce() -> str:
    """Return the nonce that allows a script of this response: ``<script nonce="...">``.

    Modules that such a script imports may run too.
    """
    nonce: str = request.environ.setdefault(NONCE, make_nonce())
    return nonce


def make_nonce() -> str:
    """Return a nonce that nobody can guess."""
    return secrets.token_urlsafe(16)


def allow_camera() -> None:
    """Let the page of this response use the camera; no other page may."""
    g.allows_camera = True


def allow_form_action(source: str) -> None:
    """Let the forms of this response lead to another site, too: an app that people return to."""
    g.form_action_source = source


def clear_site_data() -> None:
    """Let the browser delete what it keeps of this site: somebody has signed out for good."""
    g.clears_site_data = True


def _make_permissions_policy() -> str:
    camera = "(self)" if g.get("allows_camera") else "()"
    return f"geolocation=(self), camera={camera}, microphone=()"


def make_content_security_policy() -> str:
    """Return the policy of this response: our own files, scripts with the nonce, and images of
    the map's tile server."""
    tiles = urlsplit(current_app.config["MAP_TILE_URL"])
    tile_origin = f" {tiles.scheme}://{tiles.netloc}" if tiles.netloc else ""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'nonce-{csp_nonce()}'",
            "worker-src 'self'",
            "manifest-src 'self'",
            "style-src 'self'",
            f"img-src 'self' data:{tile_origin.replace('{s}', '*')}",
            "connect-src 'self'",
            "font-src 'self'",
            f"form-action 'self' {g.get('form_action_source', '')}".rstrip(),
            "base-uri 'none'",
            "object-src 'none'",
            "frame-ancestors 'none'",
        ]
    )


def _add_headers(response: Response) -> Response:
    defaults = {
        "Content-Security-Policy": make_content_security_policy(),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": _make_permissions_policy(),
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if request.is_secure:
        defaults["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    is_file = (request.endpoint or "").endswith("static")
    if not is_file or response.status_code >= 400:  # an error page shows whose it is
        defaults["Cache-Control"] = "no-store"
    else:
        response.cache_control.public = True  # the same for all visitors: it goes without a cookie
    headers = response.headers
    names = {name.lower() for name, _ in headers}
    headers.extend({key: text for key, text in defaults.items() if key.lower() not in names})
    if g.get("clears_site_data") and response.status_code < 400:
        headers["Clear-Site-Data"] = SITE_DATA
    return response
