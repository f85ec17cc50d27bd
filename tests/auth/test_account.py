"""One's own account: its password, its address, and the links in mails that lead to both."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from tests.auth.steps import (
    NEW_PASSWORD,
    age_rows,
    expire_rate_limits,
    find_link,
    is_signed_in,
    new_browser,
    read_all_rows,
    read_login_sessions,
    read_mails,
    sign_in,
    update_rows,
)
from tests.factories import PASSWORD, RowReader, UserFactory, VehicleFactory
from tests.visitor import Visitor
from webapp.auth.models import EmailLink, Identity, LoginSession, SecondFactor, User
from webapp.auth.oidc.claims import IdentityClaims
from webapp.auth.services.email_confirmation import EmailNotConfirmed
from webapp.auth.services.identities import link_identity
from webapp.auth.services.second_factor_setup import start_setup
from webapp.extensions import db

NEW_PASSWORD_FIELDS = {"password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
#: Well formed, and nobody's.
MADE_UP = f"us-east1.{'A' * 32}"
HOUR = timedelta(hours=1)
REGISTRATION = {
    "city": "paris",
    "first_name": "Marguerite",
    "last_name": "Perey",
    "username": "francium",
    "email": "m.perey@example.org",
}


def find_newest_link(app: Flask, to: str, below: str = "") -> str:
    """Return the path of the link in the newest mail to that address."""
    return find_link(read_mails(app, to)[-1], below)


def request_reset_link(app: Flask, email: str = "ada@example.org") -> str:
    new_browser(app).send("/forgotten", email=email)
    return find_newest_link(app, email, "/reset/")


def request_confirmation_link(app: Flask, user: User) -> str:
    client = new_browser(app).sign_in(user)
    assert client.send("/confirm").status_code == 303
    return find_newest_link(app, user.email, "/confirm/")


def request_change_links(
    app: Flask, client: Visitor, to: str = "new@example.org"
) -> tuple[str, str]:
    """Ask for another address; return the link to the old one and the link to the new one."""
    assert client.send("/account/email", email=to).status_code == 303
    return find_newest_link(app, "ada@example.org"), find_newest_link(app, to)


# --- changing the password -----------------------------------------------------------------


def test_after_a_change_only_the_new_password_signs_in(app: Flask, ada_browser: Visitor) -> None:
    answer = ada_browser.send("/account/password", current=PASSWORD, **NEW_PASSWORD_FIELDS)
    assert answer.location == "/account"
    assert "Your password is changed." in ada_browser.get("/account").text
    assert sign_in(new_browser(app), password=PASSWORD).status_code == 422
    assert sign_in(new_browser(app), password=NEW_PASSWORD).status_code == 303
    assert [letter.subject for letter in read_mails(app)][:1] == ["Your password was changed"]


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"current": "wrong password"}, "current", "That is not your password."),
        ({"current": ""}, "current", "Please fill this in."),
        ({"password": "short", "password_again": "short"}, "password", "Between 8 and 128"),
        ({"password": "password1!"}, "password", "Too many people use this password."),
        ({"password": "ada@example.org"}, "password", "what they know of you"),
        ({"password": "Lovelace12"}, "password", "what they know of you"),
        ({"password": "abcabcabcabc"}, "password", "follows a simple pattern"),
        ({"password_again": "another one"}, "password_again", "are not the same."),
    ],
)
def test_an_invalid_new_password_shows_its_error_at_the_field_and_changes_nothing(
    app: Flask, ada: User, ada_browser: Visitor, typed: dict[str, str], field: str, words: str
) -> None:
    fields = {"current": PASSWORD, **NEW_PASSWORD_FIELDS, **typed}
    if "password" in typed:
        fields["password_again"] = typed["password"]
    answer = ada_browser.send("/account/password", **fields)
    assert answer.status_code == 422
    assert words in answer.text.split(f'id="{field}-error"')[1].split("</p>")[0]
    for secret in {fields["current"], fields["password"]} - {"", "ada@example.org"}:
        assert secret not in answer.text
    assert not read_mails(app)
    assert sign_in(new_browser(app), password=PASSWORD).status_code == 303


def test_guesses_of_the_present_password_are_rate_limited(app: Flask, ada_browser: Visitor) -> None:
    for _ in range(10):
        assert (
            ada_browser.send(
                "/account/password", current="wrong", **NEW_PASSWORD_FIELDS
            ).status_code
            == 422
        )
    answer = ada_browser.send("/account/password", current=PASSWORD, **NEW_PASSWORD_FIELDS)
    assert answer.status_code == 429
    assert "Try again in 15 minutes." in answer.text
    expire_rate_limits(app)
    assert (
        ada_browser.send("/account/password", current=PASSWORD, **NEW_PASSWORD_FIELDS).status_code
        == 303
    )


# --- weak passwords where an account is opened ----------------------------------------------


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("password1!", "Too many people use this password."),
        ("Marguerite1", "what they know of you"),
        ("m.perey@example.org", "what they know of you"),
        ("francium99", "what they know of you"),
        ("paris2027", "what they know of you"),
    ],
)
def test_a_weak_password_shows_its_error_at_the_field_and_other_fields_keep_their_values(
    app: Flask, password: str, words: str
) -> None:
    typed = {**REGISTRATION, "password": password, "password_again": password}
    answer = new_browser(app).send("/register", **typed)
    assert answer.status_code == 422
    assert words in answer.text.split('id="password-error"')[1].split("</p>")[0]
    for name in ("first_name", "last_name", "username", "email"):
        assert f'value="{REGISTRATION[name]}"' in answer.text
    assert '<option selected value="paris">' in answer.text
    for box in re.findall(r'<input[^>]*type="password"[^>]*>', answer.text):
        assert 'value=""' in box
    assert not read_mails(app)


def test_the_owner_of_a_taken_address_gets_at_most_five_mails_an_hour(
    app: Flask, ada: User
) -> None:
    for n in range(7):
        typed = {
            **REGISTRATION,
            **NEW_PASSWORD_FIELDS,
            "username": f"francium{n}",
            "email": "ADA@example.org",
        }
        assert new_browser(app).send("/register", **typed).status_code == 422
    mails = read_mails(app)
    assert [letter.to for letter in mails] == [["ada@example.org"]] * 5
    assert mails[0].subject == "You have an account already"
    expire_rate_limits(app)
    new_browser(app).send("/register", **{**typed, "username": "francium8"})
    assert len(read_mails(app)) == 6


def test_registrations_are_rate_limited_by_ip_address(app: Flask) -> None:
    def register(n: int, address: str) -> int:
        client = new_browser(app)
        data = {
            **REGISTRATION,
            **NEW_PASSWORD_FIELDS,
            "username": f"francium{n}",
            "email": f"{n}@example.org",
        }
        data["csrf_token"] = client.token()
        overrides = {"REMOTE_ADDR": address}
        status: int = client.post("/register", data=data, environ_overrides=overrides).status_code
        return status

    assert [register(n, "2001:db8::7") for n in range(21)] == [303] * 20 + [429]
    assert register(22, "2001:db8:0:1::7") == 303
    assert len(read_mails(app)) == 21


# --- a forgotten password ------------------------------------------------------------------


def test_a_reset_link_sets_a_password_confirms_the_address_and_signs_in(
    app: Flask, make_user: UserFactory, row: RowReader
) -> None:
    ada = make_user("ada", email_confirmed_at=None)
    client = new_browser(app)
    client.send("/forgotten", email="ADA@example.org")
    link = find_newest_link(app, "ada@example.org")
    assert "New password" in client.get(link).text
    answer = client.send(link, **NEW_PASSWORD_FIELDS)
    assert (answer.status_code, answer.location) == (303, "/")
    assert "Your new password is set." in client.get("/").text
    assert is_signed_in(client)
    assert row(User, ada.key).email_confirmed_at
    assert sign_in(new_browser(app), password=PASSWORD).status_code == 422
    assert sign_in(new_browser(app), password=NEW_PASSWORD).status_code == 303
    assert "Your password was changed" in [letter.subject for letter in read_mails(app)]


@pytest.mark.parametrize("city", ["paris", "seattle"])
def test_the_link_works_wherever_the_account_lives(
    app: Flask, make_user: UserFactory, city: str
) -> None:
    make_user("bob", city)
    client = new_browser(app)
    assert (
        client.send(request_reset_link(app, "bob@example.org"), **NEW_PASSWORD_FIELDS).status_code
        == 303
    )
    assert is_signed_in(client)


def test_a_reset_keeps_the_time_when_the_address_was_confirmed(
    app: Flask, ada: User, row: RowReader
) -> None:
    new_browser(app).send(request_reset_link(app), **NEW_PASSWORD_FIELDS)
    assert row(User, ada.key).email_confirmed_at == ada.email_confirmed_at


def test_a_reset_request_does_not_show_whether_there_is_an_account(
    app: Flask, ada: User, make_user: UserFactory, round_trips: Callable[[], int]
) -> None:
    make_user("eve", disabled_at=func.now())
    answers = []
    for name in ("ada", "bob", "eve"):
        client = new_browser(app)
        data = {"csrf_token": client.token(), "email": f"{name}@example.org"}
        round_trips()
        answer = client.post("/forgotten", data=data)
        page = re.sub(r'nonce="[^"]+"', "", answer.text).replace(data["email"], "")
        answers.append((answer.status_code, page, set(answer.headers.keys()), round_trips()))
    assert answers[0][0] == 200
    assert answers[0][-1] == 2
    assert answers[1:] == answers[:1] * 2
    assert [letter.to for letter in read_mails(app)] == [["ada@example.org"]], (
        "and none to the disabled"
    )


def test_reset_mails_are_rate_limited_by_account_and_by_ip_address(
    app: Flask, make_user: UserFactory
) -> None:
    make_user("ada")

    def ask(name: str) -> int:
        status: int = new_browser(app).send("/forgotten", email=f"{name}@example.org").status_code
        return status

    for name in ("ada", "nobody"):
        assert [ask(name) for _ in range(6)] == [200] * 5 + [429]
    assert len(read_mails(app)) == 5
    assert [ask(f"n{n}") for n in range(11)] == [200] * 10 + [429], "twenty from one place"


def test_a_reset_works_for_an_owner_whom_others_have_locked_out(app: Flask, ada: User) -> None:
    for _ in range(11):
        sign_in(new_browser(app), password="wrong password")
    assert sign_in(new_browser(app)).status_code == 429
    client = new_browser(app)
    client.send(request_reset_link(app), **NEW_PASSWORD_FIELDS)
    assert is_signed_in(client)
    client.send("/logout")
    assert sign_in(client, password=NEW_PASSWORD).status_code == 303


@pytest.mark.parametrize("password", ["password1!", "Lovelace12", "short"])
def test_a_weak_password_leaves_the_reset_link_valid(app: Flask, ada: User, password: str) -> None:
    link, client = request_reset_link(app), new_browser(app)
    answer = client.send(link, password=password, password_again=password)
    assert answer.status_code == 422
    assert 'id="password-error"' in answer.text
    assert client.send(link, **NEW_PASSWORD_FIELDS).status_code == 303


def test_a_reset_link_signs_in_its_account_also_in_a_browser_of_another(
    app: Flask, ada: User, make_user: UserFactory
) -> None:
    client = new_browser(app).sign_in(make_user("bob"))
    client.send(request_reset_link(app), **NEW_PASSWORD_FIELDS)
    assert "ada@example.org" in client.get("/account").text


def test_links_of_a_disabled_account_are_invalid(app: Flask, ada: User, row: RowReader) -> None:
    link, client = request_reset_link(app), new_browser(app)
    update_rows(app, User, disabled_at=func.now())
    assert client.get(link).status_code == 410
    assert client.send(link, **NEW_PASSWORD_FIELDS).status_code == 410
    assert row(User, ada.key).password_hash == ada.password_hash
    assert not read_login_sessions(app)


# --- links: good for one use, for a while ---------------------------------------------------


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


def submit_link(app: Flask, link: str) -> int:
    """Press the button on the page of a link, in a browser that was never here."""
    status: int = (
        new_browser(app)
        .send(link, **(NEW_PASSWORD_FIELDS if link.startswith("/reset") else {}))
        .status_code
    )
    return status


def read_link_statuses(app: Flask, links: dict[str, str]) -> dict[str, int]:
    """Return how the pages of the links are answered."""
    return {name: new_browser(app).get(link).status_code for name, link in links.items()}


def test_opening_a_link_changes_nothing(app: Flask, links: dict[str, str]) -> None:
    before = read_all_rows(app)
    for _ in range(2):
        assert read_link_statuses(app, links) == dict.fromkeys(KINDS, 200)
    assert read_all_rows(app) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_link_works_once(app: Flask, links: dict[str, str], kind: str) -> None:
    assert submit_link(app, links[kind]) == 303
    assert submit_link(app, links[kind]) == 410
    answer = new_browser(app).get(links[kind])
    assert answer.status_code == 410
    assert "This link is no longer valid" in answer.text


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
    for door in {link.rsplit("/", 1)[0] for link in links.values()}:
        if not links[kind].startswith(f"{door}/"):
            assert new_browser(app).get(f"{door}/{token}").status_code == 410
            assert submit_link(app, f"{door}/{token}") == 410
    assert submit_link(app, links[kind]) == 303


JUNK = ["x", ".", MADE_UP, f"mars.{'A' * 32}", f"us-east1.{'A' * 31}%00", f"us-east1.{'A' * 33}",
        f"europe-west1.{'A' * 32}", "%ff", "'; DROP TABLE users; --", "x" * 10_000,
        f"us-east1.{'A' * 10_000}", f"{'r' * 33}.{'A' * 32}", "..%2f..%2fetc"]  # fmt: skip


@pytest.mark.parametrize("door", ["/reset/", "/confirm/", "/account/email/"])
def test_an_unknown_token_is_an_invalid_link(app: Flask, links: dict[str, str], door: str) -> None:
    before = read_all_rows(app)
    client = new_browser(app)
    token = client.token()
    for junk in JUNK:
        statuses = {
            client.get(door + junk).status_code,
            client.post(door + junk, data={"csrf_token": token, **NEW_PASSWORD_FIELDS}).status_code,
        }
        assert statuses <= {404, 405, 410}, junk
    assert read_all_rows(app) == before


def test_only_a_digest_of_the_token_is_stored(app: Flask, links: dict[str, str]) -> None:
    kept = str(read_all_rows(app))
    for link in links.values():
        assert link.rsplit(".", 1)[1] not in kept


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


# --- confirming the address ----------------------------------------------------------------


def test_the_welcome_mail_leads_to_a_button_that_confirms_the_address(
    app: Flask, row: RowReader
) -> None:
    client = new_browser(app)
    assert client.send("/register", **REGISTRATION, **NEW_PASSWORD_FIELDS).status_code == 303
    with app.app_context():
        key = db.session.scalars(select(User)).unique().one().key
    assert row(User, key).email_confirmed_at is None
    link = find_newest_link(app, "m.perey@example.org")
    assert "Hello Marguerite. Confirm that m.perey@example.org is yours" in client.get(link).text
    assert client.send(link).location == "/"
    assert "Your address is confirmed." in client.get("/").text
    assert row(User, key).email_confirmed_at
    assert client.get(link).location == "/", "pressed once more, it is no error"


def test_a_second_confirmation_link_leaves_the_first_valid(
    app: Flask, make_user: UserFactory
) -> None:
    ada = make_user("ada", email_confirmed_at=None)
    first, second = request_confirmation_link(app, ada), request_confirmation_link(app, ada)
    assert read_link_statuses(app, {"first": first, "second": second}) == {
        "first": 200,
        "second": 200,
    }
    assert submit_link(app, first) == 303


def test_confirmation_mails_are_rate_limited(app: Flask, make_user: UserFactory) -> None:
    client = new_browser(app).sign_in(make_user(email_confirmed_at=None))
    assert [client.send("/confirm").status_code for _ in range(6)] == [303] * 5 + [429]
    assert len(read_mails(app)) == 5


def test_a_confirmed_account_gets_no_confirmation_link(app: Flask, ada_browser: Visitor) -> None:
    assert ada_browser.send("/confirm").status_code == 303
    assert not read_mails(app)


def test_a_link_for_a_former_address_confirms_nothing(
    app: Flask, make_user: UserFactory, row: RowReader
) -> None:
    ada = make_user("ada", email_confirmed_at=None)
    link = request_confirmation_link(app, ada)
    update_rows(app, User, email="new@example.org")
    assert submit_link(app, link) == 410
    assert row(User, ada.key).email_confirmed_at is None


# --- another address -----------------------------------------------------------------------


def read_email(app: Flask, ada: User, row: RowReader) -> str:
    email: str = row(User, ada.key).email
    return email


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["old first", "new first"])
def test_an_address_changes_when_both_links_were_used_in_any_order(
    app: Flask, ada: User, ada_browser: Visitor, row: RowReader, order: tuple[int, int]
) -> None:
    links = request_change_links(app, ada_browser)
    first, last = (links[n] for n in order)
    client = new_browser(app)
    assert client.send(first).status_code == 303
    assert "Now open the link that we sent to the other address." in client.get("/").text
    assert read_email(app, ada, row) == "ada@example.org"
    assert sign_in(new_browser(app), "new@example.org").status_code == 422
    assert client.send(last).status_code == 303
    assert "Your account has the new address now." in client.get("/").text
    assert read_email(app, ada, row) == "new@example.org"
    assert row(User, ada.key).email_confirmed_at > ada.email_confirmed_at
    assert read_mails(app)[-1].to == ["ada@example.org"]
    assert read_mails(app)[-1].subject == "Your e-mail address was changed"
    assert sign_in(new_browser(app), "new@example.org").status_code == 303


def test_one_address_alone_changes_nothing_however_often(
    app: Flask, ada: User, ada_browser: Visitor, row: RowReader
) -> None:
    _, new = request_change_links(app, ada_browser)
    assert submit_link(app, new) == 303
    assert submit_link(app, new) == 410
    _, again = request_change_links(app, ada_browser)
    assert submit_link(app, again) == 303
    assert read_email(app, ada, row) == "ada@example.org"


@pytest.mark.parametrize("wish", ["other@example.org", "new@example.org"])
def test_a_second_change_request_expires_the_links_of_the_first(
    app: Flask, ada: User, ada_browser: Visitor, row: RowReader, wish: str
) -> None:
    """Also when it is the same wish: an agreement to the first is none to the second."""
    old, new = request_change_links(app, ada_browser)
    assert submit_link(app, old) == 303
    second_old, second_new = request_change_links(app, ada_browser, wish)
    assert submit_link(app, new) == 410
    assert submit_link(app, second_new) == 303
    assert read_email(app, ada, row) == "ada@example.org"
    assert submit_link(app, second_old) == 303
    assert read_email(app, ada, row) == wish


def test_a_used_link_of_a_change_expires_too(
    app: Flask, ada: User, ada_browser: Visitor, row: RowReader
) -> None:
    old, new = request_change_links(app, ada_browser)
    assert submit_link(app, old) == 303
    age_rows(app, EmailLink, "expires_at", 72 * HOUR, EmailLink.used_at.is_not(None))
    assert submit_link(app, new) == 303
    assert read_email(app, ada, row) == "ada@example.org"


def test_an_address_that_was_taken_meanwhile_is_refused_and_nothing_changes(
    app: Flask, ada: User, ada_browser: Visitor, make_user: UserFactory, row: RowReader
) -> None:
    old, new = request_change_links(app, ada_browser)
    assert submit_link(app, old) == 303
    bob = make_user("bob", "paris", email="new@example.org")
    before = read_all_rows(app)
    for _ in range(2):
        answer = new_browser(app).send(new)
        assert answer.status_code == 422
        assert "There is an account with this e-mail address already." in answer.text
    assert read_all_rows(app) == before
    update_rows(app, User, User.id == bob.id, email="bob@example.org")
    assert submit_link(app, new) == 303
    assert read_email(app, ada, row) == "new@example.org"


@pytest.mark.parametrize("email", ["", "no address", "a@b", "x" * 250 + "@example.org"])
def test_an_invalid_address_shows_its_error_at_the_field(
    app: Flask, ada_browser: Visitor, email: str
) -> None:
    answer = ada_browser.send("/account/email", email=email)
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
    assert not read_mails(app)


def test_requests_to_change_the_address_are_rate_limited(app: Flask, ada_browser: Visitor) -> None:
    def wish(n: int) -> int:
        status: int = ada_browser.send("/account/email", email=f"n{n}@example.org").status_code
        return status

    assert [wish(n) for n in range(6)] == [303] * 5 + [429]
    assert len(read_mails(app)) == 10


def test_a_password_change_expires_the_links_of_an_intruders_address_change(
    app: Flask, ada: User, ada_browser: Visitor, row: RowReader
) -> None:
    old, new = request_change_links(app, new_browser(app).sign_in(ada))
    assert submit_link(app, new) == 303
    ada_browser.send("/account/password", current=PASSWORD, **NEW_PASSWORD_FIELDS)
    assert submit_link(app, old) == 410
    assert read_email(app, ada, row) == "ada@example.org"


def test_the_open_sessions_stay_when_the_address_changes(
    app: Flask, ada: User, ada_browser: Visitor
) -> None:
    for link in request_change_links(app, ada_browser):
        submit_link(app, link)
    assert is_signed_in(ada_browser)
    assert len(read_login_sessions(app, LoginSession.ended_at.is_(None))) == 1


# --- no ride before the address is confirmed ------------------------------------------------


def test_an_unconfirmed_account_is_told_how_to_confirm_and_may_ride_afterwards(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    client, start = (
        new_browser(app).sign_in(make_user("ada", email_confirmed_at=None)),
        f"/rides/start/{make_vehicle().public_key}",
    )
    answer = client.send(start)
    assert answer.status_code == 403
    assert "Open the link that we sent to ada@example.org." in answer.text
    button = re.search(r'action="(/confirm)">.*?<button[^>]*>Send it again<', answer.text)
    assert button
    assert client.send(button[1]).status_code == 303
    assert "The link is on its way to ada@example.org." in client.get("/account").text
    assert client.send(start).status_code == 403
    assert client.send(find_newest_link(app, "ada@example.org")).status_code == 303
    ride = client.send(start)
    assert ride.status_code == 303
    assert client.get(ride.location).status_code == 200


def test_an_intruder_who_knows_the_password_cannot_stop_the_owners_reset(
    app: Flask, ada: User, visitor: Visitor
) -> None:
    visitor.send("/forgotten", email=ada.email)
    link = find_link(read_mails(app, ada.email)[-1], "/reset/")
    thief = new_browser(app)
    sign_in(thief)
    another = {"password": "the words of a thief", "password_again": "the words of a thief"}
    assert thief.send("/account/password", current=PASSWORD, **another).status_code == 303
    assert visitor.send(link, **NEW_PASSWORD_FIELDS).status_code == 303
    assert is_signed_in(visitor)
    assert not is_signed_in(thief)


def test_a_reset_leaves_an_intruder_no_way_to_sign_in(
    app: Flask, ada: User, visitor: Visitor
) -> None:
    """No account at another site, and no secret that somebody else was shown, opens it any more."""
    thief = new_browser(app)
    sign_in(thief)
    thief.send("/account/second-factor/start")
    with app.app_context(), db.engines["write"].begin() as connection:
        row = {"issuer": "https://id.example", "subject": "thief", "email": "t@example.org"}
        owner = {"region": ada.region, "user_id": ada.id}
        connection.execute(insert(Identity).values(**row, **owner))
    visitor.send("/forgotten", email=ada.email)
    visitor.send(find_link(read_mails(app, ada.email)[-1], "/reset/"), **NEW_PASSWORD_FIELDS)
    with app.app_context():
        assert not db.session.scalars(select(Identity)).all()
        assert not db.session.scalars(select(SecondFactor)).all()


def test_a_change_requested_before_the_address_was_confirmed_is_invalid_afterwards(
    app: Flask, make_user: UserFactory
) -> None:
    """Else whoever registered with another's address could take it over once it is confirmed."""
    eve = make_user("eve", email_confirmed_at=None)
    client = new_browser(app)
    sign_in(client, "eve")
    client.send("/account/email", email="new@example.org")
    update_rows(app, User, User.id == eve.id, email_confirmed_at=func.now())
    link = find_link(read_mails(app, "new@example.org")[-1], "/account/email/")
    assert new_browser(app).send(link).status_code == 410
    with app.app_context():
        assert db.session.get_one(User, tuple(eve.key)).email == eve.email


def test_addresses_that_reach_the_same_mailbox_are_one_address(
    app: Flask, visitor: Visitor
) -> None:
    """Others that reach the same mailbox are the same account."""
    visitor.send("/register", **REGISTRATION, **NEW_PASSWORD_FIELDS)
    other = {**REGISTRATION, "username": "other", "email": "m.perey@ｅxample。org"}
    assert new_browser(app).send("/register", **other, **NEW_PASSWORD_FIELDS).status_code == 422


def test_a_password_change_requires_recent_authentication(
    app: Flask, ada: User, visitor: Visitor
) -> None:
    sign_in(visitor)
    age_rows(app, LoginSession, "authenticated_at", HOUR)
    answer = visitor.send("/account/password", current=PASSWORD, **NEW_PASSWORD_FIELDS)
    assert answer.location.startswith("/login/again")
    assert sign_in(new_browser(app)).status_code == 303


# --- an account that was opened with somebody else's address -----------------------------------


@pytest.mark.parametrize("wish", ["second factor", "identity"])
def test_an_unconfirmed_account_gets_no_further_way_to_sign_in(
    app: Flask, make_user: UserFactory, wish: str
) -> None:
    """Else whoever registered with another's address would be in after they have taken it over."""
    unconfirmed_user = make_user(email_confirmed_at=None)
    claims = IdentityClaims("https://id.example", "s", "s@example.org", True, "S", "Q", "squatter")
    acts = {
        "second factor": lambda: start_setup(unconfirmed_user),
        "identity": lambda: link_identity(unconfirmed_user, claims),
    }
    with app.test_request_context("/account"), pytest.raises(EmailNotConfirmed):
        acts[wish]()
    with app.app_context():
        assert not db.session.scalars(select(SecondFactor)).all()
        assert not db.session.scalars(select(Identity)).all()
