"""Rate limits of sign-in, by account, by device, by network address and in total."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy.engine import URL

from tests.auth.login_steps import ATTEMPTS, fail_sign_ins, make_guesser, read_sign_in_page
from tests.auth.steps import (
    age_rows,
    expire_rate_limits,
    new_browser,
    read_audit_events,
    read_login_sessions,
    sign_in,
)
from tests.databases import dispose_engines, make_app
from tests.factories import PASSWORD, UserFactory
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.extensions import db
from webapp.web.rate_limits import RateLimitCount


@pytest.mark.slow
@pytest.mark.usefixtures("accounts")
def test_all_rate_limited_sign_ins_show_the_same_page_without_a_hash(
    app: Flask, round_trips: Callable[[], int], bcrypt_calls: list[str]
) -> None:
    responses, prices = [], []
    for name in ("nobody", "nobody@example.org", "ada", "eve", "oda"):
        expire_rate_limits(app)
        fail_sign_ins(app, ATTEMPTS, name)
        bcrypt_calls.clear()
        for _ in range(2):
            round_trips()
            responses.append(read_sign_in_page(new_browser(app), name, PASSWORD))
            prices.append(round_trips())
    assert responses[0][0] == 429
    assert prices == [4, 3] * 5, "only the first one writes an audit event"
    for response in responses[1:]:
        assert response == responses[0]
    assert bcrypt_calls == []


@pytest.mark.slow
def test_ten_failures_for_an_account_block_sign_in_from_new_browsers(app: Flask, ada: User) -> None:
    assert fail_sign_ins(app, ATTEMPTS) == [422] * ATTEMPTS
    response = sign_in(new_browser(app), "ADA@example.org")
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 15 * 60
    assert "Too many attempts. Try again in 15 minutes." in response.text
    assert not read_login_sessions(app)


@pytest.mark.slow
def test_the_refusal_names_the_minutes_that_are_left(app: Flask, ada: User) -> None:
    fail_sign_ins(app, ATTEMPTS)
    age_rows(app, RateLimitCount, "until", timedelta(minutes=14, seconds=10))
    response = sign_in(new_browser(app))
    assert int(response.headers["Retry-After"]) <= 50
    assert "Try again in a minute." in response.text


@pytest.mark.slow
def test_after_the_window_sign_in_is_possible_again(app: Flask, ada: User) -> None:
    fail_sign_ins(app, ATTEMPTS + 1)
    age_rows(app, RateLimitCount, "until", timedelta(minutes=15))
    assert sign_in(new_browser(app)).status_code == 303


@pytest.mark.slow
def test_guesses_from_other_browsers_do_not_lock_out_a_known_browser(app: Flask, ada: User) -> None:
    known_browser = new_browser(app)
    sign_in(known_browser)
    known_browser.send("/logout")
    fail_sign_ins(app, ATTEMPTS + 5)
    assert sign_in(new_browser(app)).status_code == 429
    assert sign_in(known_browser).status_code == 303


@pytest.mark.slow
def test_failures_of_a_known_browser_are_counted_separately(app: Flask, ada: User) -> None:
    known_browser = new_browser(app)
    sign_in(known_browser)
    known_browser.send("/logout")
    for _ in range(ATTEMPTS):
        assert sign_in(known_browser, password="wrong password").status_code == 422
    assert sign_in(known_browser).status_code == 429
    assert sign_in(new_browser(app)).status_code == 303, "and does not close the account to others"


@pytest.mark.slow
def test_a_browser_known_to_one_account_is_unknown_to_another(
    app: Flask, ada: User, make_user: UserFactory
) -> None:
    intruder = new_browser(app)
    make_user("bob")
    sign_in(intruder, "bob")
    intruder.send("/logout")
    fail_sign_ins(app, ATTEMPTS)
    assert sign_in(intruder, "ada").status_code == 429


@pytest.mark.slow
def test_successful_sign_ins_are_not_counted(app: Flask, ada: User) -> None:
    for _ in range(ATTEMPTS + 2):
        assert sign_in(new_browser(app)).status_code == 303
    assert fail_sign_ins(app, ATTEMPTS + 1) == [422] * ATTEMPTS + [429]


@pytest.mark.slow
def test_all_workers_share_the_counts(app: Flask, ada: User, database: URL) -> None:
    other = make_app(database)
    other.test_client_class = Visitor
    try:
        half = ATTEMPTS // 2
        assert fail_sign_ins(app, half) + fail_sign_ins(other, half) == [422] * ATTEMPTS
        assert fail_sign_ins(other, 1) + fail_sign_ins(app, 1) == [429, 429]
    finally:
        dispose_engines(other)


def address_option(address: str) -> dict[str, Any]:
    return {"environ_overrides": {"REMOTE_ADDR": address}}


def fail_from_addresses(app: Flask, *addresses: str) -> list[int]:
    """Try many names, one from each address."""
    guess = make_guesser(app)
    return [guess(uuid4().hex, **address_option(each)) for each in addresses]


@pytest.mark.slow
def test_thirty_failures_from_an_ip_address_block_it_for_all_names(app: Flask, ada: User) -> None:
    assert fail_from_addresses(app, *["203.0.113.7"] * 31) == [422] * 30 + [429]
    assert fail_sign_ins(app, 1, **address_option("203.0.113.7")) == [429]
    assert fail_sign_ins(app, 1, **address_option("203.0.113.8")) == [422]


@pytest.mark.slow
def test_an_ipv6_network_of_64_bits_counts_as_one_address(app: Flask) -> None:
    network = [f"2001:db8:0:1:{n:x}::1" for n in range(31)]
    assert fail_from_addresses(app, *network) == [422] * 30 + [429]
    assert fail_from_addresses(app, "2001:db8:0:2::1") == [422]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "elsewhere", "limit"),
    [
        ("2001:db8:0:{:x}00::1", "2001:db8:1::1", 48),
        ("2001:db8:0:1{:02x}::1", "2001:db8:0:200::1", 12),
    ],
    ids=["56 of 48", "64 of 56"],
)
def test_larger_ipv6_networks_have_higher_limits(
    app: Flask, monkeypatch: pytest.MonkeyPatch, network: str, elsewhere: str, limit: int
) -> None:
    """Whoever has a /48 can make each attempt from another /64."""
    monkeypatch.setitem(app.config, "LIMIT_SIGN_IN_ADDRESS", (3, 900))
    addresses = [network.format(n) for n in range(limit + 1)]
    assert fail_from_addresses(app, *addresses) == [422] * limit + [429]
    assert fail_from_addresses(app, elsewhere) == [422]


@pytest.mark.slow
def test_a_known_browser_signs_in_where_the_limits_of_address_and_total_are_reached(
    app: Flask, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_browser = new_browser(app)
    sign_in(known_browser)
    known_browser.send("/logout")
    monkeypatch.setitem(app.config, "LIMIT_SIGN_IN_ADDRESS", (3, 900))
    monkeypatch.setitem(app.config, "LIMIT_SIGN_IN_TOTAL", (3, 300))
    assert fail_from_addresses(app, *["127.0.0.1"] * 4) == [422] * 3 + [429]
    assert sign_in(new_browser(app)).status_code == 429
    assert sign_in(known_browser).status_code == 303


@pytest.mark.slow
def test_ipv4_addresses_mapped_to_ipv6_are_counted_separately(app: Flask) -> None:
    """A server that listens on [::] sees them like that."""
    mapped = [f"::ffff:203.0.113.{n}" for n in range(31)]
    assert fail_from_addresses(app, *mapped) == [422] * 31
    assert fail_from_addresses(app, *["203.0.113.7"] * 30) == [422] * 29 + [429]


@pytest.mark.slow
def test_a_visitor_cannot_choose_an_address_by_a_header(app: Flask) -> None:
    guess = make_guesser(app)
    for n in range(31):
        headers = {"X-Forwarded-For": f"198.51.100.{n}", "X-Real-Ip": f"198.51.100.{n}"}
        response = guess(uuid4().hex, headers=headers)
    assert response == 429
    assert {event.address for event in read_audit_events(app)} == {"127.0.0.1"}


@pytest.mark.slow
def test_the_failures_of_all_visitors_are_limited_together(
    app: Flask, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_SIGN_IN_TOTAL", (8, 300))
    at_home = new_browser(app)
    sign_in(at_home)
    at_home.send("/logout")
    responses = fail_from_addresses(app, *(f"203.0.113.{n}" for n in range(20)))
    assert responses == [422] * 8 + [429] * 12
    assert sign_in(new_browser(app)).status_code == 429
    assert sign_in(at_home).status_code == 303, "guesses of others do not block a known browser"


def test_rate_limits_do_not_store_the_names_that_were_typed(app: Flask) -> None:
    fail_sign_ins(app, 1, "somebody@example.org")
    with app.app_context():
        rows = db.session.query(RateLimitCount.bucket).all()
    assert rows
    assert "somebody" not in str(rows)
