"""Steps that tests of sign-in share: failed attempts and the page that answers them."""

import re
from collections.abc import Callable
from typing import Any

from flask import Flask

from tests.auth.steps import new_browser, sign_in
from tests.visitor import Visitor

#: After so many failures, sign-in is refused.
ATTEMPTS = 10


def make_guesser(app: Flask) -> Callable[..., int]:
    """Return a function that sends a wrong password from a new browser and returns the status."""
    client = new_browser(app)
    token = client.token()

    def guess(name: str = "ada", **options: Any) -> int:
        client.delete_cookie("device")
        data = {"csrf_token": token, "username": name, "password": "wrong password"}
        status: int = client.post("/login", data=data, **options).status_code
        return status

    return guess


def fail_sign_ins(app: Flask, times: int, name: str = "ada", **options: Any) -> list[int]:
    """Send wrong passwords from new browsers; return the statuses."""
    guess = make_guesser(app)
    return [guess(name, **options) for _ in range(times)]


def read_sign_in_page(client: Visitor, name: str, password: str) -> tuple[int, str, set[str]]:
    """Sign in; return status, body and names of headers, without the parts that are random."""
    response = sign_in(client, name, password)
    body = re.sub(r'(name="csrf_token"[^>]* value|nonce)="[^"]+"', "", response.text)
    return response.status_code, body.replace(f'value="{name}"', ""), set(response.headers.keys())
