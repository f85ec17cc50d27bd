"""Fetching files over HTTP from addresses that others name, such as the feeds of operators.

All of them go through a Fetcher. By default it reaches public addresses only: the address is
checked for each connection, so also after a redirect, and the connection is made to the address
that was checked. All fetches of one Fetcher share a deadline.
"""

import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Event, Timer
from typing import Any, TypeVar, cast

import msgspec
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
)

from webapp.observability.runs import observe_call
from webapp.web.credentials import Credentials

#: Who asks, for the logs of the server that answers; the version is that of pyproject.toml.
USER_AGENT = "MovR/0.1.0"
#: Seconds to connect, and to wait for the next piece of an answer.
TIMEOUT_S = (5, 20)
#: Seconds for all fetches of one Fetcher together.
DEADLINE_S = 300
#: Networks that Python takes for public: of metadata (Azure, Oracle), of relays (RFC 7526), for
#: documents (RFC 9637), and IPv6 addresses that lead to an IPv4 one (RFC 3056 and 4380).
NOT_PUBLIC = [
    ip_network(network)
    for network in (
        "168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "2001::/32", "2002::/16", "3fff::/20",
    )
]  # fmt: skip
#: All public IPv6 addresses are in it. Others are site-local, or lead to an IPv4 address.
PUBLIC_IPV6 = ip_network("2000::/3")


#: A longer answer of a service is none of a few places or translations.
MAX_JSON_BYTES = 500_000

Answer = TypeVar("Answer")


class AddressRefused(Exception):
    """The host leads to an address that is not public; ``args[0]`` is the address."""


class DeadlineExceeded(Exception):
    """The fetches took longer than their deadline; ``args[0]`` is its length in seconds."""


#: What may be raised while a service is asked for JSON. HTTPError: its answer is cut short, or not
#: compressed as it says. RecursionError: it has lists in lists without end.
JSON_ERRORS = (
    requests.RequestException, HTTPError, AddressRefused, DeadlineExceeded,
    msgspec.DecodeError, UnicodeDecodeError, RecursionError, OSError,
)  # fmt: skip


def read_json(response: requests.Response, answer_type: type[Answer]) -> Answer:
    """Return the body of a response; numbers in it may be strings. Raises JSON_ERRORS."""
    body = response.raw.read(MAX_JSON_BYTES + 1, decode_content=True)
    return msgspec.json.decode(body, type=answer_type, strict=False)


def is_public(address: str) -> bool:
    """Tell whether an IP address is public: not loopback, private, link-local or of metadata."""
    ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if isinstance(ip, IPv6Address) and ip not in PUBLIC_IPV6:
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in NOT_PUBLIC)


class Fetcher:
    """Fetches files, of public addresses only unless ``allows_private``.

    A proxy in the environment is used only if ``allows_private``: it would connect to any address.
    """

    def __init__(
        self,
        *,
        allows_private: bool = False,
        deadline_s: float | None = None,
        credentials: Credentials | None = None,
    ) -> None:
        self.allows_private = allows_private
        self.credentials = credentials or Credentials()
        self._deadline_s = DEADLINE_S if deadline_s is None else deadline_s
        self._ends_at = time.monotonic() + self._deadline_s
        self._is_expired = Event()
        self._sockets: list[socket.socket] = []
        self._session = requests.Session()
        self._session.trust_env = allows_private
        self._session.headers["User-Agent"] = USER_AGENT
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(self))

    def open(
        self, url: str, headers: Mapping[str, str] | None = None
    ) -> AbstractContextManager[requests.Response]:
        """Yield the response, whose body is read while the context is open.

        headers: of this request, and of those that it is redirected to. No credentials.

        Raises AddressRefused, DeadlineExceeded, and the errors of requests.
        """
        return self._send("feed", "GET", url, headers=headers)

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], provider: str
    ) -> AbstractContextManager[requests.Response]:
        """Send a body, and yield the response as ``open`` does; of a redirect, the redirect itself.

        provider: as in ``observe_call``.
        """
        return self._send(provider, "POST", url, headers=headers, data=body, allow_redirects=False)

    # Any: the arguments of requests.
    @contextmanager
    def _send(
        self, provider: str, method: str, url: str, **arguments: Any
    ) -> Iterator[requests.Response]:
        # A server that sends a byte now and then meets every time-out of a socket.
        timer = Timer(max(0, self._ends_at - time.monotonic()), self._expire)
        timer.daemon = True
        timer.start()
        try:
            with (
                observe_call(provider),
                self._session.request(
                    method, url, timeout=TIMEOUT_S, stream=True, **arguments
                ) as response,
            ):
                yield response
        except Exception as error:
            self._check_deadline(error)
            raise
        else:
            self._check_deadline(None)
        finally:
            timer.cancel()
            self._close_sockets()

    def check_address(self, address: str) -> None:
        """Raise AddressRefused if the Fetcher may not connect to the address."""
        if not self.allows_private and not is_public(address):
            raise AddressRefused(address)

    def watch(self, connection: socket.socket) -> None:
        """Shut the connection down at the deadline."""
        self._sockets.append(connection.dup())  # TLS takes the file descriptor of the other
        if self._is_expired.is_set():
            self._expire()

    def _expire(self) -> None:
        self._is_expired.set()
        for connection in list(self._sockets):
            with suppress(OSError):  # closed by its server
                connection.shutdown(socket.SHUT_RDWR)

    def _check_deadline(self, error: Exception | None) -> None:
        if self._is_expired.is_set():
            raise DeadlineExceeded(self._deadline_s) from error

    def _close_sockets(self) -> None:
        while self._sockets:
            self._sockets.pop().close()
        # The next fetch makes its own connections, which are checked and watched.
        for adapter in self._session.adapters.values():
            adapter.close()


class _Connection(HTTPConnection):
    """A connection whose addresses its Fetcher checks."""

    # Any: the arguments of urllib3.
    def __init__(self, *args: Any, fetcher: Fetcher, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._fetcher = fetcher

    def _new_conn(self) -> socket.socket:
        name = self._dns_host  # urllib3 connects to it
        addresses = self._resolve()
        for address in addresses:
            self._fetcher.check_address(address)
        try:
            connection = self._connect_first(addresses)
        finally:
            self._dns_host = name
        self._fetcher.watch(connection)
        return connection

    def _resolve(self) -> list[str]:
        try:
            infos = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            reason = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
            raise NameResolutionError(self.host, self, reason) from error
        return [str(info[4][0]) for info in infos]

    def _connect_first(self, addresses: list[str]) -> socket.socket:
        for address in addresses[:-1]:
            self._dns_host = address
            with suppress(NewConnectionError, ConnectTimeoutError):
                return super()._new_conn()
        self._dns_host = addresses[-1]
        return super()._new_conn()


class _TlsConnection(_Connection, HTTPSConnection):
    """Such a connection with TLS; the certificate is checked for the name, not the address."""


class _Adapter(HTTPAdapter):
    """Gives the connections of a session to its Fetcher."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        super().__init__()

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """Send a request, also one after a redirect, with the credentials for its site."""
        with_credentials = self._fetcher.credentials.add_to(request)
        return super().send(with_credentials, *args, **kwargs)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = _TlsConnection if pool.scheme == "https" else _Connection
        pool.conn_kw["fetcher"] = self._fetcher
        return cast(HTTPConnectionPool, pool)
