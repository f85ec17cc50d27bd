"""Where a browser on this machine finds its server."""

#: Addresses that stand for all of the machine -> the one that a browser on it opens.
WILDCARD_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


def make_local_url(host: str, port: int) -> str:
    """Return where a browser on this machine finds a server that listens on ``host``."""
    address = WILDCARD_ADDRESSES.get(host, host)
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
