"""Links in mails: each works once, for its purpose, and for a limited time."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from tests.auth.email_steps import (
    HOUR,
    NEW_PASSWORD_FIELDS,
    read_link_statuses,
    request_change_links,
    request_confirmation_link,
    request_reset_link,
    submit_link,
)
from tests.auth.steps import age_rows, new_browser, read_all_rows
from tests.factories import PASSWORD, UserFactory
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp.auth.models import EmailLink, User

#: Well formed, and nobody's.
MADE_UP = f"us-east1.{'A' * 32}"


@pytest.fixture
def links(app: Flask, make_user: UserFactory, ada_browser: Visitor) -> dict[str, str]:
    """A good link of each kind, by what its address begins with."""
    bob = make_user("bob", "paris", email_confirmed_at=None)
    old, new = request_change_links(app, ada_browser)
    return {
        "reset": request_reset_link(app),
        "confirm": request_confirmation_link(app, bob),
        "old": old,
        "new": new,
    }


KINDS = ["reset", "confirm", "old", "new"]


def test_opening_a_link_changes_nothing(app: Flask, links: dict[str, str]) -> None:
    before = read_all_rows(app)
    for _ in range(2):
        assert read_link_statuses(app, links) == dict.fromkeys(KINDS, 200)
    assert read_all_rows(app) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_link_works_once(app: Flask, links: dict[str, str], kind: str) -> None:
    assert submit_link(app, links[kind]) == 303
    assert submit_link(app, links[kind]) == 410
    response = new_browser(app).get(links[kind])
    assert response.status_code == 410
    assert "This link is no longer valid" in response.text


@pytest.mark.parametrize(("kind", "lasts"), [("reset", HOUR), ("confirm", 72 * HOUR),
                                             ("old", 72 * HOUR), ("new", 72 * HOUR)])  # fmt: skip
def test_a_link_expires(app: Flask, links: dict[str, str], kind: str, lasts: timedelta) -> None:
    age_rows(app, EmailLink, "expires_at", lasts - timedelta(seconds=30))
    assert new_browser(app).get(links[kind]).status_code == 200
    age_rows(app, EmailLink, "expires_at", timedelta(seconds=30))
    assert new_browser(app).get(links[kind]).status_code == 410
    assert submit_link(app, links[kind]) == 410


@pytest.mark.parametrize("kind", KINDS)
def test_a_link_works_for_its_own_purpose_only(
    app: Flask, links: dict[str, str], kind: str
) -> None:
    token = links[kind].rsplit("/", 1)[1]
    for prefix in {link.rsplit("/", 1)[0] for link in links.values()}:
        if not links[kind].startswith(f"{prefix}/"):
            assert new_browser(app).get(f"{prefix}/{token}").status_code == 410
            assert submit_link(app, f"{prefix}/{token}") == 410
    assert submit_link(app, links[kind]) == 303


JUNK = ["x", ".", MADE_UP, f"mars.{'A' * 32}", f"us-east1.{'A' * 31}%00", f"us-east1.{'A' * 33}",
        f"europe-west1.{'A' * 32}", "%ff", "'; DROP TABLE users; --", "x" * 10_000,
        f"us-east1.{'A' * 10_000}", f"{'r' * 33}.{'A' * 32}", "..%2f..%2fetc"]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("prefix", ["/reset/", "/confirm/", "/account/email/"])
def test_an_unknown_token_is_an_invalid_link(
    app: Flask, links: dict[str, str], prefix: str
) -> None:
    before = read_all_rows(app)
    client = new_browser(app)
    token = client.token()
    for junk in JUNK:
        statuses = {
            client.get(prefix + junk).status_code,
            client.post(
                prefix + junk, data={"csrf_token": token, **NEW_PASSWORD_FIELDS}
            ).status_code,
        }
        assert statuses <= {404, 405, 410}, junk
    assert read_all_rows(app) == before


def test_only_a_digest_of_the_token_is_stored(app: Flask, links: dict[str, str]) -> None:
    stored_rows = str(read_all_rows(app))
    for link in links.values():
        assert link.rsplit(".", 1)[1] not in stored_rows


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000"])
def test_links_use_the_public_url_whatever_the_host_header_says(
    app: Flask, ada: User, host: str
) -> None:
    client, site = new_browser(app), {"base_url": f"http://{host}/"}
    page = client.get("/forgotten", **site).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    data = {"csrf_token": token[1], "email": "ada@example.org"}
    headers = {"X-Forwarded-Host": host, "Forwarded": f"host={host}"}
    assert client.post("/forgotten", data=data, headers=headers, **site).status_code == 200
    (letter,) = read_mails(app)
    assert f"{app.config['PUBLIC_URL']}/reset/" in letter.body
    for part in (letter.body, letter.alternatives[0][0]):
        assert "evil" not in part


def test_a_password_change_expires_links_that_change_the_address(
    app: Flask, ada_browser: Visitor, links: dict[str, str]
) -> None:
    ada_browser.send("/account/password", current=PASSWORD, **NEW_PASSWORD_FIELDS)
    after = read_link_statuses(app, links)
    assert (after["reset"], after["confirm"]) == (200, 200), "ways back in stay open"


def test_a_reset_expires_all_other_reset_links(app: Flask, ada: User) -> None:
    first, second = request_reset_link(app), request_reset_link(app)
    assert read_link_statuses(app, {"first": first, "second": second}) == {
        "first": 200,
        "second": 200,
    }
    assert submit_link(app, second) == 303
    assert submit_link(app, first) == 410


def test_a_changed_address_expires_links_that_were_sent_to_the_old_one(
    app: Flask, links: dict[str, str]
) -> None:
    assert submit_link(app, links["old"]) == submit_link(app, links["new"]) == 303
    assert read_link_statuses(app, links) == {"reset": 410, "confirm": 200, "old": 410, "new": 410}
