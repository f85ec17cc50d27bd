"""Addresses: absolute ones for mails, and redirects that stay on this site."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import current_app, url_for


def public_url(endpoint: str, **values: Any) -> str:
    """Return the address of a page as it may stand in a mail: below PUBLIC_URL, whoever asks."""
    path = current_app.url_map.bind("").build(endpoint, values)
    return f"{current_app.config['PUBLIC_URL']}{path}"


def url_with_query(endpoint: str, query_args: Mapping[str, Any], **values: Any) -> str:
    """Return the address of a page with a query string. query_args: also what a request has sent;
    ``url_for`` would read ``endpoint``, ``_scheme`` and others as arguments of its own.

    values: the parameters of the route. An argument that is None is left out.
    """
    query = urlencode(
        {name: value for name, value in query_args.items() if value is not None},
        safe="!$'()*,/:;?@",  # as in the addresses of url_for
    )
    url = url_for(endpoint, **values)
    return f"{url}?{query}" if query else url


#: The longest page that is gone back to, characters: an app may ask for access with a long state.
#: The web server reads no request line above 4,094 bytes.
MAX_NEXT_LENGTH = 4000


def find_safe_next(target: str | None, default: str) -> str:
    """Return ``target`` if it is a path on this site, else ``default``.

    Browsers read ``//host``, ``/\\host`` and control characters in surprising ways: refused.
    """
    if not target or len(target) > MAX_NEXT_LENGTH or "\\" in target:
        return default
    if any(ord(character) < 0x21 or ord(character) == 0x7F for character in target):
        return default
    if not target.startswith("/") or target.startswith("//"):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target


def find_local_path(url: str) -> str:
    """Return the path of an address that ``public_url`` has made, also of an earlier PUBLIC_URL; ''
    for ''."""
    parts = urlsplit(url)
    return urlunsplit(("", "", parts.path, parts.query, parts.fragment))
