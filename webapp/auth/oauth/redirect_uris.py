"""Redirect addresses: where the browser goes after somebody has decided about an app."""

import re
from urllib.parse import urlsplit, urlunsplit

#: A loopback address of an app on the same machine, which takes whatever port is free (RFC 8252,
#: section 7.3). Not ``localhost``: a name may lead elsewhere (section 8.3).
_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?((?:[/?].*)?)", re.ASCII)
#: The scheme of an app on a phone: a domain name of its maker, reversed (RFC 8252, section 7.1).
_PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+", re.ASCII)
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*", re.ASCII)
#: What stands in addresses (RFC 3986), without a fragment.
_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+", re.ASCII)


def is_redirect_uri(uri: str) -> bool:
    """Tell whether an app may be registered with an address: https, loopback, or an app's scheme.

    RFC 6749, section 3.1.2: absolute and without a fragment.
    """
    if not _CHARACTERS.fullmatch(uri):
        return False
    try:
        parts = urlsplit(uri)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if parts.username is not None or urlunsplit(parts) != uri:  # answers go to this form of it
        return False
    if parts.scheme == "https":
        return bool(_HOST.fullmatch(host or ""))
    if parts.scheme == "http":
        return _LOOPBACK.fullmatch(uri) is not None
    return _PRIVATE_SCHEME.fullmatch(parts.scheme) is not None and not parts.netloc


def is_registered(uri: str, registered_uris: list[str]) -> bool:
    """Tell whether an address is one of those of an app: the same text, but for the port of a
    loopback address."""
    return uri in registered_uris or _remove_port(uri) in {
        loopback for each in registered_uris if (loopback := _remove_port(each))
    }


def _remove_port(uri: str) -> str | None:
    """Return a loopback address without its port; None for any other address."""
    match = _LOOPBACK.fullmatch(uri)
    return match and match[1] + match[2]


def is_https_uri(uri: str) -> bool:
    """Tell whether nobody but the app gets what is sent to the address: other apps of a machine can
    listen at its ports, and claim a scheme (RFC 8252, section 8.6)."""
    return uri.startswith("https://")


def find_form_action_source(uri: str) -> str:
    """Return what the Content Security Policy of a form says that leads to the address."""
    parts = urlsplit(uri)
    has_name = parts.netloc and "[" not in parts.netloc  # a policy knows no IPv6 addresses
    return f"{parts.scheme}://{parts.netloc}" if has_name else f"{parts.scheme}:"
