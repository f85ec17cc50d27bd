"""Addresses: absolute ones for mails, and redirects that stay on this site."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app


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
