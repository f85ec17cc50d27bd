"""What stands before the application: whose word is believed, and under which names we answer."""

from collections.abc import Callable, Iterable
from ipaddress import ip_address, ip_network
from typing import Any

from werkzeug.exceptions import SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wsgi import get_host

Application = Callable[..., Any]

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_CITY")

#: Stands in the environ of a request that asked for a host which is not ours.
FOREIGN_HOST = "movr.foreign_host"


class TrustedProxy:
    """Believes forwarding headers and X-City from our own proxies, and removes them from others.

    Of ``hops`` proxies each has added one address, so the visitor's own stands that far from the
    right; what stands left of it, the visitor may have made up.
    """

    def __init__(self, application: Application, networks: Iterable[str], hops: int) -> None:
        self.direct = application
        self.behind_proxy = ProxyFix(application, x_for=hops, x_proto=hops, x_host=0)
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


class OwnName:
    """Marks requests for hosts that are not ours (FOREIGN_HOST) and gives them our own name.

    So the refusal is a page like any other, none of its links repeats the foreign name, and load
    balancers, who know us by an address only, still hear how we are.
    """

    def __init__(self, application: Application, names: list[str], own: str) -> None:
        self.application = application
        self.names = names
        self.own = own

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        try:
            get_host(environ, self.names)
        except SecurityError:
            environ[FOREIGN_HOST] = True
            environ["HTTP_HOST"] = self.own
        return self.application(environ, start_response)
