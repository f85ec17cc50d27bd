"""WSGI middleware: forwarding headers of trusted proxies only, and only our own host names."""

from collections.abc import Callable, Iterable
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wsgi import get_host

from webapp.settings.local_url import make_local_url
from webapp.translations import gettext as _
from webapp.web.error_pages import error_page

#: A WSGI application. Its three types are those of WSGI, which has none of its own: Any.
Application = Callable[..., Any]

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_CITY")

#: Is set in the environ of a request for a host that is not in TRUSTED_HOSTS.
FOREIGN_HOST = "movr.foreign_host"
#: Load balancers and Prometheus ask each server by its own address. A token protects the metrics.
ANY_HOST_BLUEPRINTS = ("health", "metrics")


def init_app(app: Flask) -> None:
    """Wrap the application, and refuse requests for foreign hosts."""
    settings = app.config
    settings["PUBLIC_URL"] = settings["PUBLIC_URL"] or make_local_url(
        settings["HOST"], settings["PORT"]
    )
    public_url, names = urlsplit(settings["PUBLIC_URL"]), settings["TRUSTED_HOSTS"]
    wsgi = app.wsgi_app
    if names is not None:
        settings["TRUSTED_HOSTS"] = [public_url.hostname, *names]
        wsgi = HostFilter(wsgi, settings["TRUSTED_HOSTS"], public_url.netloc)
    wsgi = TrustedProxy(wsgi, settings["TRUSTED_PROXIES"], settings["PROXY_HOPS"])
    app.wsgi_app = wsgi  # type: ignore[method-assign]
    app.before_request(_refuse_foreign_host)


def _refuse_foreign_host() -> ResponseReturnValue | None:
    if FOREIGN_HOST not in request.environ or request.blueprint in ANY_HOST_BLUEPRINTS:
        return None
    return error_page(400, _("MovR is not available at this address."), _("Wrong address"))


class TrustedProxy:
    """Reads X-Forwarded-* and X-City from trusted proxies, and removes them from others' requests.

    Each of the ``hops`` proxies adds one address to X-Forwarded-For, so the visitor's address is
    that far from the right. The visitor may have sent what stands left of it.
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


class HostFilter:
    """Marks requests for foreign hosts (FOREIGN_HOST) and replaces their Host by our own.

    The refusal is then a page like any other, whose links do not repeat the foreign name. Load
    balancers and Prometheus, which know an address only, can still read /health and /metrics.
    """

    def __init__(self, application: Application, names: list[str], public_host: str) -> None:
        self.application = application
        self.names = names
        self.public_host = public_host

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        try:
            get_host(environ, self.names)
        except SecurityError:
            environ[FOREIGN_HOST] = True
            environ["HTTP_HOST"] = self.public_host
        return self.application(environ, start_response)
