"""The proof of work that browsers do where the rate limits grow suspicious."""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from altcha.v1 import SHA256, solve_challenge
from flask import Flask

from tests.auth.login_steps import fail_sign_ins
from tests.auth.steps import is_signed_in, new_browser, sign_in
from tests.factories import PASSWORD
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.auth.models import User

ASKED = "So your browser has to do a short calculation first."


@pytest.fixture(autouse=True)
def proofs_after_some_attempts(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "PROOF_OF_WORK_SHARE", 0.4)
    monkeypatch.setitem(app.config, "PROOF_OF_WORK_MAX_NUMBER", 50)


def find_challenge(page: str) -> dict[str, Any]:
    """Return the challenge of a page that asks for a proof."""
    match = re.search(r'data-proof="([^"]+)"', page)
    assert match
    challenge: dict[str, Any] = json.loads(unescape(match[1]))
    return challenge


def solve(page: str, **changes: Any) -> str:
    """Return the solution of the challenge of a page, with changes."""
    challenge = find_challenge(page)
    found = solve_challenge(challenge["challenge"], challenge["salt"], SHA256, 50)
    assert found
    return encode({**challenge, "number": found.number, **changes})


def encode(solution: Any) -> str:
    return b64encode(json.dumps(solution).encode()).decode()


def ask_for_proof(app: Flask) -> tuple[Visitor, str]:
    """Return a new browser, with the page that it gets after the failures of others."""
    fail_sign_ins(app, 4)
    browser = new_browser(app)
    response = sign_in(browser)
    assert response.status_code == 422
    assert ASKED in response.text
    return browser, response.text


def test_nobody_is_asked_while_it_is_calm(app: Flask, ada: User) -> None:
    assert fail_sign_ins(app, 3) == [422] * 3
    browser = new_browser(app)
    assert "data-proof" not in browser.get("/login").text
    assert sign_in(browser).status_code == 303


def test_after_many_failures_a_proof_signs_in_once(
    app: Flask, ada: User, bcrypt_calls: list[str]
) -> None:
    browser, page = ask_for_proof(app)
    assert len(bcrypt_calls) == 4, "no password is verified without the proof"
    assert "Turn on JavaScript for it, or wait an hour and try again." in page
    proof = solve(page)
    wrong = sign_in(browser, password="wrong password", altcha=proof)
    assert "Wrong username or password." in wrong.text
    again = sign_in(browser, altcha=proof)
    assert ASKED in again.text
    assert sign_in(browser, altcha=solve(again.text)).status_code == 303
    assert is_signed_in(browser)


def test_a_browser_that_was_signed_in_before_is_never_asked(app: Flask, ada: User) -> None:
    browser = new_browser(app)
    sign_in(browser)
    browser.send("/logout")
    fail_sign_ins(app, 6)
    for _ in range(6):
        assert ASKED not in sign_in(browser, password="wrong password").text


@pytest.mark.parametrize(
    "change",
    [
        lambda page: "",
        lambda page: "AAAA",
        lambda page: encode([]),
        lambda page: encode(1),
        lambda page: encode(None),
        lambda page: solve(page, number=51),
        lambda page: solve(page, signature="0" * 64),
        lambda page: solve(page, salt=1),
        lambda page: solve(page, salt="00?expires=9999999999&region=us-east1&"),
        lambda page: solve(page, algorithm="SHA-1"),
    ],
)
def test_what_is_no_solution_is_refused(
    app: Flask, ada: User, change: Callable[[str], str]
) -> None:
    browser, page = ask_for_proof(app)
    assert ASKED in sign_in(browser, altcha=change(page)).text


def test_a_solution_expires_and_is_of_one_region(
    app: Flask, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, page = ask_for_proof(app)
    proof = solve(page)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=11)):
        assert ASKED in sign_in(browser, altcha=proof).text
    monkeypatch.setitem(app.config, "REGION", "europe-west1")
    fail_sign_ins(app, 4)
    assert ASKED in sign_in(new_browser(app), altcha=proof).text


def test_of_many_uses_at_once_one_counts(app: Flask, ada: User) -> None:
    _, page = ask_for_proof(app)
    proof = solve(page)

    def use() -> bool:
        text: str = sign_in(new_browser(app), password="wrong password", altcha=proof).text
        return ASKED not in text

    assert sum(run_together(app, *[use] * 4)) == 1


def test_registering_and_resetting_ask_for_it_too(app: Flask, ada: User) -> None:
    browser = new_browser(app)
    statuses = [browser.send("/forgotten", email=f"n{n}@example.org").status_code for n in range(9)]
    assert statuses == [200] * 8 + [422]
    page = browser.send("/forgotten", email="n9@example.org").text
    sent = browser.send("/forgotten", email="n9@example.org", altcha=solve(page))
    assert sent.status_code == 200
    for n in range(9):
        person = {
            "username": f"person{n}", "email": f"person{n}@example.org", "city": "new york",
            "first_name": "Ada", "last_name": "Byron", "password": PASSWORD, "password_again": PASSWORD,
        }  # fmt: skip
        visitor = new_browser(app)
        response = visitor.send("/register", **person)
        assert response.status_code == (303 if n < 8 else 422)
    assert visitor.send("/register", **person, altcha=solve(response.text)).status_code == 303
