"""Where push messages may be sent: to the push services of browsers, whatever a browser names."""

import re
from urllib.parse import urlsplit

from flask import current_app

#: Of the address of a device at its push service, characters.
MAX_ENDPOINT_LENGTH = 1000
#: Those of a URI (RFC 3986). Of others, such as a backslash, two parsers may read two hosts.
SAFE_CHARACTERS = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")


def is_push_service(endpoint: str) -> bool:
    """Tell whether an address is one of PUSH_SERVICES: by HTTPS on its usual port; or below an
    origin that is listed whole."""
    if len(endpoint) > MAX_ENDPOINT_LENGTH or not SAFE_CHARACTERS.fullmatch(endpoint):
        return False
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if "@" in parts.netloc:
        return False
    if is_listed_origin(endpoint):
        return True
    is_listed = any(f".{host}".endswith(f".{each}") for each in current_app.config["PUSH_SERVICES"])
    return parts.scheme == "https" and port in (None, 443) and is_listed


def is_listed_origin(endpoint: str) -> bool:
    """Tell whether the operator has listed the origin of an address: it may be on a private
    network."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}" in current_app.config["PUSH_SERVICES"]
