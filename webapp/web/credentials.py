"""Headers and API keys that requests to one site carry, and hiding them in messages.

No other site receives them, also not after a redirect.
"""

from base64 import b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

import requests

#: Parameters of a URL that are keys, whatever letters and separators they are written with.
KEY_PARAMETERS = frozenset(
    [
        "apikey", "key", "token", "accesstoken", "authtoken", "usertoken", "auth", "secret",
        "clientid", "clientsecret", "consumerkey", "subscriptionkey", "password",
    ]
)  # fmt: skip
DEFAULT_PORTS = {"http": 80, "https": 443}
#: What a message shows in place of a value that may be secret.
HIDDEN = "***"


@dataclass(frozen=True)
class Credentials:
    """What the site of ``url`` receives with each request.

    A request to another host or port receives nothing, nor does one over http if ``url`` is https.
    """

    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_url(
        cls, url: str, headers: Mapping[str, str], parameters: Mapping[str, str]
    ) -> "Credentials":
        """Return the credentials given, and those in the URL: its keys, its name and password."""
        parts = urlsplit(url)
        keys = {name: value for name, value in parse_qsl(parts.query) if is_key(name)}
        return cls(url, {**_read_login(parts), **headers}, {**keys, **parameters})

    def add_to(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Return the request with the credentials, if it goes to their site."""
        if not request.url or not self._is_for(urlsplit(request.url)):
            return request
        # The given one stays as it is: a redirect is made from it, and may lead to another site.
        with_credentials = request.copy()
        with_credentials.headers.update(self.headers)
        with_credentials.url = self._add_parameters(request.url)
        return with_credentials

    def _is_for(self, target: SplitResult) -> bool:
        site = urlsplit(self.url)
        if not site.hostname or site.hostname != target.hostname:
            return False
        is_upgrade = (site.scheme, target.scheme) == ("http", "https")
        has_default_ports = _find_port(site) == 80 and _find_port(target) == 443
        is_same = site.scheme == target.scheme and _find_port(site) == _find_port(target)
        return is_same or (is_upgrade and has_default_ports)

    def _add_parameters(self, url: str) -> str:
        parts = urlsplit(url)
        present = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
        missing = {name: v for name, v in self.parameters.items() if name not in present}
        query = "&".join(filter(None, [parts.query, urlencode(missing, quote_via=quote)]))
        return parts._replace(query=query).geturl()


def is_key(name: str) -> bool:
    """Return whether a parameter of a URL is a key by its name."""
    return "".join(filter(str.isalnum, name.lower())) in KEY_PARAMETERS


def hide_secrets(url: str, shown_values: Collection[str] = (), *, keys_only: bool = False) -> str:
    """Return a URL as messages may show it, without user and password.

    The values of its query are hidden except ``shown_values``; with ``keys_only`` those of keys.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("?")[0].rpartition("@")[2]
    pairs = parts.query.split("&") if parts.query else []
    hidden = (
        pair
        if keys_only and not is_key(pair.partition("=")[0])
        else _hide_value(pair, shown_values)
        for pair in pairs
    )
    netloc = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=netloc, query="&".join(hidden), fragment="").geturl()


def _hide_value(pair: str, shown_values: Collection[str]) -> str:
    name, equals, value = pair.partition("=")
    if value in shown_values:
        return pair
    return f"{name}={HIDDEN}" if equals else HIDDEN


def _read_login(parts: SplitResult) -> dict[str, str]:
    """Return the header for the name and password in a URL; none if it has none."""
    if not parts.username:
        return {}
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": f"Basic {b64encode(login.encode()).decode()}"}


def _find_port(parts: SplitResult) -> int | None:
    return parts.port or DEFAULT_PORTS.get(parts.scheme)
