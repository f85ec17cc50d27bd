"""Requests that are each the first one of a process.

The program reads requests as JSON from stdin, and answers each in a fork of itself, which has made
the application and done nothing else. It writes the status codes, 0 for a process that died.
"""

import gc
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, field

from flask import Flask
from sqlalchemy.engine import URL, make_url

import config
from tests.databases import make_app
from tests.waiting import WAIT_TIMEOUT_S
from webapp.web import health
from webapp.web.assets.static_files import asset_store


@dataclass(frozen=True)
class Request:
    """A request, with the cookies of a browser and the fields of a form."""

    method: str
    path: str
    cookies: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)


def send_in_fresh_processes(database: URL, requests: list[Request]) -> list[int]:
    """Return the status code of each request, as the first one of a process."""
    result = subprocess.run(
        [sys.executable, "-m", __name__, database.render_as_string(hide_password=False)],
        input=json.dumps([asdict(request) for request in requests]),
        cwd=config.ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    codes: list[int] = json.loads(result.stdout.splitlines()[-1])
    return codes


def _send_in_fork(app: Flask, request: Request) -> int:
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.write(writer, str(_send(app, request)).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as response:
        code = response.read()
    os.waitpid(process, 0)
    return int(code or 0)


def _send(app: Flask, request: Request) -> int:
    client = app.test_client()
    for name, value in request.cookies.items():
        client.set_cookie(name, value)
    return client.open(request.path, method=request.method, data=request.form).status_code


if __name__ == "__main__":
    health.CHECK_TIMEOUT_S = WAIT_TIMEOUT_S
    fresh_app = make_app(make_url(sys.argv[1]), TESTING=False, PROPAGATE_EXCEPTIONS=False)
    asset_store().assets()  # before it forks, as gunicorn.conf.py
    gc.freeze()
    gc.disable()  # A fork copies each page of memory that it writes to.
    print(json.dumps([_send_in_fork(fresh_app, Request(**each)) for each in json.load(sys.stdin)]))
