"""Ports of this machine."""

import socket


def find_free_port() -> int:
    """Return the number of a port that is not in use."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port
