"""The second factor: set up with a code, asked for at every door, and got rid of by its owner."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pyotp
import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete, func, insert, select
from sqlalchemy.engine import URL

from tests.auth.steps import (
    expire_authentication,
    expire_rate_limits,
    find_link,
    is_signed_in,
    new_browser,
    read_all_rows,
    read_audit_events,
    read_audit_kinds,
    read_login_sessions,
    read_mails,
    read_rows,
    sign_in,
    update_rows,
)
from tests.databases import dispose_engines, make_app
from tests.factories import PASSWORD, RowReader, UserFactory
from tests.surface.test_texts import Brackets, bare_words
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth import encryption, totp
from webapp.auth.devices import Device
from webapp.auth.models import LoginSession, RecoveryCode, SecondFactor, User
from webapp.auth.recovery_codes import digest_recovery_code
from webapp.auth.services import login, second_factor_setup
from webapp.auth.totp import AuthenticatorSetup
from webapp.extensions import bcrypt, db

SETTINGS_PAGE, START_PATH = "/account/second-factor", "/account/second-factor/start"
RENEW_PATH, TURN_OFF_PAGE = "/account/second-factor/codes", "/account/second-factor/off"
CODE_PAGE, REAUTHENTICATION_PAGE = "/login/code", "/login/again"
SHOWN_CODE = r"[a-z2-7]{4}(?:-[a-z2-7]{4}){5}"
RECOVERY_CODES = [f"aaaa-bbbb-cccc-dddd-eeee-ff{read_mails}" for read_mails in ("aa", "bb", "lo")]
STEP_S = 30
pytestmark = pytest.mark.usefixtures("frozen_clock")
pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.fixture
def frozen_clock() -> Iterator[time_machine.Traveller]:
    """A frozen_clock that stands still, so that a code does not change under a test."""
    with time_machine.travel(datetime.now(UTC), tick=False) as traveller:
        yield traveller


def enable_second_factor(app: Flask, user: User) -> str:
    """Give an account a second factor and RECOVERY_CODES; return the secret."""
    secret = totp.new_secret()
    owner = {"region": user.region, "user_id": user.id}
    with app.app_context(), db.engines["write"].begin() as connection:
        ciphertext = encryption.encrypt(secret, f"second factor {user.id}")
        factor = {**owner, "secret": ciphertext, "confirmed_at": func.now()}
        connection.execute(insert(SecondFactor).values(factor))
        codes = [{**owner, "digest": digest_recovery_code(code)} for code in RECOVERY_CODES]
        connection.execute(insert(RecoveryCode).values(codes))
    return secret


@pytest.fixture
def secret(app: Flask, ada: User) -> str:
    """Give Ada a second factor; return its secret."""
    return enable_second_factor(app, ada)


@pytest.fixture
def strict_app(app: Flask, database: URL) -> Iterator[Flask]:
    """An application that requires a second factor of staff_browser."""
    application = make_app(database, SECOND_FACTOR_REQUIRED=True)
    application.test_client_class = Visitor
    yield application
    dispose_engines(application)


def totp_code(secret: str, step: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(time.time()) + step * STEP_S)


def open_code_page(app: Flask, **fields: Any) -> Visitor:
    """Return a new browser in which Ada has typed her password."""
    client = new_browser(app)
    assert sign_in(client, **fields).location.startswith(CODE_PAGE)
    return client


# --- setting it up -----------------------------------------------------------------------------


def find_secret(page: str) -> str:
    match = re.search(r"<code[^>]*>([A-Z2-7 ]+)</code>", page)
    assert match
    return match[1].replace(" ", "")


def confirm_setup(client: Visitor, path: str = SETTINGS_PAGE) -> Any:
    """Enable the second factor on its page; return the answer that shows the recovery codes."""
    answer = client.send(path.replace(SETTINGS_PAGE, START_PATH))
    assert answer.location == path
    return client.send(path, code=totp_code(find_secret(client.get(path).text)))


def test_looking_at_the_page_starts_nothing(app: Flask, visitor: Visitor, ada: User) -> None:
    visitor.sign_in(ada)
    before = read_all_rows(app)
    assert "Set it up" in visitor.get(SETTINGS_PAGE).text
    assert read_all_rows(app) == before


def test_the_page_shows_qr_code_link_and_secret(app: Flask, visitor: Visitor, ada: User) -> None:
    visitor.sign_in(ada).send(START_PATH)
    page = visitor.get(SETTINGS_PAGE).text
    secret = find_secret(page)
    link = re.search(r'href="(otpauth:[^"]+)"', page)
    assert link
    shown_codes = pyotp.parse_uri(link[1].replace("&amp;", "&"))
    assert (shown_codes.secret, shown_codes.name, shown_codes.issuer) == (secret, "ada", "MovR")
    picture = re.search(r'src="(data:image/svg[^"]+)"', page)
    assert picture
    assert unquote(picture[1].replace("&#39;", "'")) == unquote(
        AuthenticatorSetup(secret, "ada").qr_code
    )
    assert len(secret) == 32
    assert secret not in str(read_rows(app, SecondFactor)[0].secret)
    assert read_audit_kinds(app) == []


def test_the_first_code_turns_it_on(app: Flask, visitor: Visitor, ada: User) -> None:
    visitor.sign_in(ada)
    other = new_browser(app).sign_in(ada)
    answer = confirm_setup(visitor)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    shown_codes = re.findall(f"<code>({SHOWN_CODE})</code>", answer.text)
    assert len(set(shown_codes)) == 10
    assert {row.digest for row in read_rows(app, RecoveryCode)} == set(
        map(digest_recovery_code, shown_codes)
    )
    assert read_rows(app, SecondFactor)[0].confirmed_at
    assert is_signed_in(visitor)
    assert not is_signed_in(other)
    assert [
        row.second_factor for row in read_login_sessions(app, LoginSession.ended_at.is_(None))
    ] == [True]
    assert read_audit_kinds(app) == [AuditKind.SECOND_FACTOR_ON]
    assert [each.subject for each in read_mails(app, ada.email)] == ["Signing in takes a code now"]
    for path in (SETTINGS_PAGE, "/account"):
        assert not re.search(SHOWN_CODE, visitor.get(path).text)
        assert "otpauth" not in visitor.get(path).text


def test_the_code_that_turned_it_on_does_not_sign_in(
    app: Flask, visitor: Visitor, ada: User
) -> None:
    visitor.sign_in(ada).send(START_PATH)
    secret = find_secret(visitor.get(SETTINGS_PAGE).text)
    visitor.send(SETTINGS_PAGE, code=totp_code(secret))
    client = open_code_page(app)
    assert client.send(CODE_PAGE, code=totp_code(secret)).status_code == 422
    assert client.send(CODE_PAGE, code=totp_code(secret, 1)).status_code == 303


@pytest.mark.parametrize(
    "typed", ["", "000000", "12345", "abc", "\u0661\u0662\u0663", RECOVERY_CODES[0]]
)
def test_a_wrong_first_code_turns_nothing_on(
    app: Flask, visitor: Visitor, ada: User, typed: str
) -> None:
    visitor.sign_in(ada).send(START_PATH)
    answer = visitor.send(SETTINGS_PAGE, code=typed)
    assert answer.status_code == 422
    assert 'id="code-error"' in answer.text
    assert read_rows(app, SecondFactor)[0].confirmed_at is None
    assert read_rows(app, RecoveryCode) == []
    assert not new_browser(app).get(CODE_PAGE).text.count("And your code")
    assert sign_in(new_browser(app)).location == "/"


def test_nothing_is_confirmed_that_was_not_started(visitor: Visitor, ada: User) -> None:
    assert visitor.sign_in(ada).send(SETTINGS_PAGE, code="123456").status_code == 422


def test_starting_again_replaces_an_unconfirmed_secret(visitor: Visitor, ada: User) -> None:
    visitor.sign_in(ada).send(START_PATH)
    first = find_secret(visitor.get(SETTINGS_PAGE).text)
    visitor.send(START_PATH)
    assert find_secret(visitor.get(SETTINGS_PAGE).text) != first
    assert visitor.send(SETTINGS_PAGE, code=totp_code(first)).status_code == 422


def test_starting_does_not_replace_a_confirmed_secret(
    app: Flask, visitor: Visitor, ada: User, secret: str
) -> None:
    visitor.sign_in(ada, second_factor=True)
    before = read_rows(app, SecondFactor)[0].secret
    assert visitor.send(START_PATH).status_code == 409
    assert visitor.send(SETTINGS_PAGE, code=totp_code(secret)).status_code == 200
    assert read_rows(app, SecondFactor)[0].secret == before
    assert len(read_rows(app, RecoveryCode)) == len(RECOVERY_CODES)


def test_of_two_first_codes_at_once_one_makes_recovery_codes(app: Flask, ada: User) -> None:
    clients = [new_browser(app).sign_in(ada) for _ in range(4)]
    clients[0].send(START_PATH)
    secret, tokens = (
        find_secret(clients[0].get(SETTINGS_PAGE).text),
        [each.token() for each in clients],
    )

    def confirming(client: Visitor, token: str) -> Callable[[], Any]:
        data = {"csrf_token": token, "code": totp_code(secret)}
        return lambda: client.post(SETTINGS_PAGE, data=data)

    answers = run_together(app, *map(confirming, clients, tokens))
    assert [bool(re.search(SHOWN_CODE, each.text)) for each in answers].count(True) == 1
    assert len(read_rows(app, RecoveryCode)) == 10
    assert read_audit_kinds(app) == [AuditKind.SECOND_FACTOR_ON]


# --- signing in --------------------------------------------------------------------------------


@pytest.mark.usefixtures("secret")
def test_the_password_alone_opens_nothing(app: Flask, visitor: Visitor, ada: User) -> None:
    answer = sign_in(visitor)
    assert (answer.status_code, answer.location) == (303, CODE_PAGE)
    assert not is_signed_in(visitor)
    assert read_login_sessions(app) == []
    assert AuditKind.SIGNED_IN not in read_audit_kinds(app)
    with visitor.session_transaction() as session:
        stored = session["pending_login"]
    digest = stored.pop("password_digest")
    assert stored == {
        "user_key": str(ada.key), "remember": False, "started_at": int(time.time())
    }  # fmt: skip
    assert len(digest) == 16
    assert digest not in ada.password_hash
    assert "And your code" in visitor.get(CODE_PAGE).text


def test_a_code_signs_in_and_returns_to_the_requested_page(
    app: Flask, visitor: Visitor, ada: User, secret: str
) -> None:
    there = visitor.send("/login?next=/rides", username="ada", password=PASSWORD).location
    assert there == f"{CODE_PAGE}?next=/rides"
    answer = visitor.send(there, code=totp_code(secret))
    assert (answer.status_code, answer.location) == (303, "/rides")
    assert is_signed_in(visitor)
    assert [row.second_factor for row in read_login_sessions(app)] == [True]
    with visitor.session_transaction() as session:
        assert "pending_login" not in session
    assert read_audit_events(app, AuditKind.SIGNED_IN)[0].actor == ada.key
    assert [each.subject for each in read_mails(app)] == ["Somebody signed in to your account"]
    assert visitor.get(CODE_PAGE).location == "/"


@pytest.mark.parametrize("there", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_next_after_a_code_never_leaves_the_site(visitor: Visitor, secret: str, there: str) -> None:
    sign_in(visitor)
    assert visitor.send(f"{CODE_PAGE}?next={there}", code=totp_code(secret)).location == "/"


@pytest.mark.parametrize("remember", [True, False])
def test_remember_is_kept_until_the_code(app: Flask, secret: str, remember: bool) -> None:
    client = open_code_page(app, **({"remember": "y"} if remember else {}))
    client.send(CODE_PAGE, code=totp_code(secret))
    assert [row.remember for row in read_login_sessions(app)] == [remember]


@pytest.mark.parametrize(("step", "status"), [(-2, 422), (-1, 303), (0, 303), (1, 303), (2, 422)])
def test_clocks_may_differ_by_one_step(app: Flask, secret: str, step: int, status: int) -> None:
    assert open_code_page(app).send(CODE_PAGE, code=totp_code(secret, step)).status_code == status


@pytest.mark.parametrize("write", ["{0} {1}", " {0}{1} ", "{0}-{1}"])
def test_a_code_is_read_as_people_write_it(app: Flask, secret: str, write: str) -> None:
    code = totp_code(secret)
    typed = write.format(code[:3], code[3:])
    assert open_code_page(app).send(CODE_PAGE, code=typed).status_code == 303


def test_each_code_works_once(
    app: Flask, secret: str, frozen_clock: time_machine.Traveller
) -> None:
    assert open_code_page(app).send(CODE_PAGE, code=totp_code(secret)).status_code == 303
    client = open_code_page(app)
    for step in (0, -1):  # what was before it is over, too
        answer = client.send(CODE_PAGE, code=totp_code(secret, step))
        assert answer.status_code == 422
        assert "it was used already" in answer.text
    frozen_clock.shift(STEP_S)
    assert client.send(CODE_PAGE, code=totp_code(secret)).status_code == 303


def send_at_once(app: Flask, number: int, **fields: str) -> list[int]:
    """Send the same from several browsers at the same time; return how they were answered."""
    clients = [open_code_page(app) for _ in range(number)]
    data = [{"csrf_token": client.token(), **fields} for client in clients]

    def sending(client: Visitor, sent: dict[str, str]) -> Callable[[], Any]:
        return lambda: client.post(CODE_PAGE, data=sent).status_code

    return run_together(app, *map(sending, clients, data))


def test_of_several_with_the_same_code_at_once_one_gets_in(app: Flask, secret: str) -> None:
    assert sorted(send_at_once(app, 6, code=totp_code(secret))) == [303] + [422] * 5
    assert len(read_login_sessions(app)) == 1
    assert len(read_audit_events(app, AuditKind.SECOND_FACTOR_FAILED)) == 5


@pytest.mark.usefixtures("secret")
def test_of_several_with_the_same_recovery_code_at_once_one_gets_in(app: Flask) -> None:
    assert sorted(send_at_once(app, 6, recovery_code=RECOVERY_CODES[0])) == [303] + [422] * 5
    assert len(read_login_sessions(app)) == 1
    assert len(read_rows(app, RecoveryCode)) == len(RECOVERY_CODES) - 1
    assert len(read_audit_events(app, AuditKind.RECOVERY_CODE_USED)) == 1


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize("field", ["recovery_code", "code"])
def test_a_recovery_code_stands_in_once(app: Flask, ada: User, field: str) -> None:
    client = open_code_page(app)
    assert client.send(CODE_PAGE, **{field: RECOVERY_CODES[0]}).status_code == 303
    assert "2 recovery codes are left." in client.get("/").text
    used = read_audit_events(app, AuditKind.RECOVERY_CODE_USED)[0]
    assert (used.subject, used.details) == (f"account {ada.key}", {})
    answer = open_code_page(app).send(CODE_PAGE, **{field: RECOVERY_CODES[0]})
    assert answer.status_code == 422
    assert 'id="recovery_code-error"' in answer.text


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize(
    "typed",
    [
        RECOVERY_CODES[2].upper(),
        RECOVERY_CODES[2].replace("-", " "),
        RECOVERY_CODES[2].replace("lo", "10"),
        RECOVERY_CODES[2],
    ],
)
def test_a_recovery_code_is_read_as_people_write_it(app: Flask, typed: str) -> None:
    assert open_code_page(app).send(CODE_PAGE, recovery_code=typed).status_code == 303


def test_the_codes_of_others_do_not_fit(app: Flask, make_user: UserFactory, secret: str) -> None:
    eve = make_user("eve")
    other_secret = enable_second_factor(app, eve)
    with app.app_context(), db.engines["write"].begin() as connection:
        first_code_of_eve = (RecoveryCode.user_id == eve.id) & (
            RecoveryCode.digest == digest_recovery_code(RECOVERY_CODES[0])
        )
        connection.execute(delete(RecoveryCode).where(~first_code_of_eve))
    client = open_code_page(app)
    assert client.send(CODE_PAGE, code=totp_code(other_secret)).status_code == 422
    assert client.send(CODE_PAGE, recovery_code=RECOVERY_CODES[0]).status_code == 422
    assert client.send(CODE_PAGE, code=totp_code(secret)).status_code == 303


def test_a_wrong_code_is_audited_without_the_code(app: Flask, ada: User, secret: str) -> None:
    answer = open_code_page(app).send(CODE_PAGE, code="000000")
    assert answer.status_code == 422
    shown_codes = read_audit_events(app, AuditKind.SECOND_FACTOR_FAILED)
    assert [(each.subject, each.details) for each in shown_codes] == [(f"account {ada.key}", {})]


def test_guesses_are_rate_limited_for_all_processes_before_the_code_is_verified(
    app: Flask, database: URL, secret: str
) -> None:
    other_worker = make_app(database)
    other_worker.test_client_class = Visitor
    clients = [open_code_page(app), open_code_page(other_worker)]
    tokens = [client.token() for client in clients]
    answers = []
    for turn in range(11):
        data = {"csrf_token": tokens[turn % 2], "code": "000000"}
        answers.append(clients[turn % 2].post(CODE_PAGE, data=data).status_code)
    assert answers == [422] * 10 + [429]
    refused = clients[0].send(CODE_PAGE, code=totp_code(secret))
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 15 * 60
    assert len(read_audit_events(app, AuditKind.SECOND_FACTOR_FAILED)) == 10
    expire_rate_limits(app)
    assert clients[0].send(CODE_PAGE, code=totp_code(secret)).status_code == 303
    dispose_engines(other_worker)


def test_whoever_guesses_does_not_lock_out_the_owner(
    app: Flask, secret: str, frozen_clock: time_machine.Traveller
) -> None:
    owner = open_code_page(app)
    owner.send(CODE_PAGE, code=totp_code(secret))
    owner.send("/logout")
    stranger = open_code_page(app)
    assert [stranger.send(CODE_PAGE, code="000000").status_code for _ in range(11)][-1] == 429
    frozen_clock.shift(STEP_S)
    assert sign_in(owner).location == CODE_PAGE
    assert owner.send(CODE_PAGE, code=totp_code(secret)).status_code == 303


def test_right_codes_are_not_counted(
    app: Flask, secret: str, frozen_clock: time_machine.Traveller
) -> None:
    client = new_browser(app)
    for _ in range(12):
        frozen_clock.shift(STEP_S)
        assert sign_in(client).status_code == 303
        assert client.send(CODE_PAGE, code=totp_code(secret)).status_code == 303
        client.send("/logout")


def test_a_pending_login_expires_after_ten_minutes(
    app: Flask, secret: str, frozen_clock: time_machine.Traveller
) -> None:
    client = open_code_page(app)
    frozen_clock.shift(10 * 60 - 1)
    assert client.get(CODE_PAGE).status_code == 200
    frozen_clock.shift(2)
    answer = client.send(CODE_PAGE, code=totp_code(secret))
    assert answer.location == "/login"
    assert "That took too long." in client.get("/login").text
    assert not is_signed_in(client)


def test_the_code_page_requires_a_verified_password(visitor: Visitor) -> None:
    assert visitor.get(f"{CODE_PAGE}?next=/rides").location == "/login?next=/rides"
    assert visitor.send(CODE_PAGE, code="123456").location == "/login"


@pytest.mark.parametrize("what", ["disabled", "turned off"])
def test_a_pending_login_ends_when_the_account_changes(
    app: Flask, ada: User, secret: str, what: str
) -> None:
    client = open_code_page(app)
    if what == "disabled":
        update_rows(app, User, User.id == ada.id, disabled_at=func.now())
    else:
        with app.app_context():
            second_factor_setup.reset(ada)
    assert client.send(CODE_PAGE, code=totp_code(secret)).location == "/login"
    assert not is_signed_in(client)


def test_a_link_for_a_forgotten_password_asks_for_the_code_too(
    app: Flask, visitor: Visitor, secret: str
) -> None:
    visitor.send("/forgotten", email="ada@example.org")
    link = find_link(read_mails(app)[-1], "/reset/")
    new = "a bridge over calm water"
    assert visitor.send(link, password=new, password_again=new).location == CODE_PAGE
    assert not is_signed_in(visitor)
    assert "Your new password is set." in visitor.get(CODE_PAGE).text
    assert visitor.send(CODE_PAGE, code=totp_code(secret)).status_code == 303
    assert is_signed_in(visitor)


def test_each_step_of_signing_in_takes_three_round_trips(
    app: Flask, secret: str, round_trips: Callable[[], int], frozen_clock: time_machine.Traveller
) -> None:
    client = new_browser(app)
    token = client.token()

    def cost(path: str, **fields: str) -> int:
        round_trips()
        client.post(path, data={"csrf_token": token, **fields})
        return round_trips()

    assert cost("/login", username="ada", password=PASSWORD) == 3
    assert cost(CODE_PAGE, code="000000") == 3
    assert cost(CODE_PAGE, code=totp_code(secret)) == 3
    assert is_signed_in(client)


@pytest.mark.usefixtures("secret")
def test_the_password_is_hashed_anew_although_a_code_follows(
    app: Flask, ada: User, row: RowReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "BCRYPT_LOG_ROUNDS", 5)
    monkeypatch.setattr(bcrypt, "_log_rounds", 5)
    open_code_page(app)
    assert row(User, ada.key).password_hash.startswith("$2b$05$")


def test_without_the_encryption_key_recovery_codes_still_work(
    app: Flask, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SECRET_KEY", "another key than before")
    client = open_code_page(app)
    assert client.send(CODE_PAGE, code=totp_code(secret)).status_code == 422
    assert client.send(CODE_PAGE, recovery_code=RECOVERY_CODES[0]).status_code == 303


# --- showing it again --------------------------------------------------------------------------


@pytest.fixture
def stale_browser(app: Flask, visitor: Visitor, ada: User, secret: str) -> Visitor:
    """The browser of Ada, whose last authentication was too long ago."""
    visitor.sign_in(ada, second_factor=True)
    expire_authentication(app)
    return visitor


@pytest.mark.parametrize("path", [SETTINGS_PAGE, TURN_OFF_PAGE])
def test_the_pages_ask_first_who_it_is(stale_browser: Visitor, path: str) -> None:
    assert stale_browser.get(path).location == f"{REAUTHENTICATION_PAGE}?next={path}"


@pytest.mark.parametrize("path", [START_PATH, RENEW_PATH])
def test_the_buttons_ask_first_who_it_is(stale_browser: Visitor, path: str) -> None:
    assert stale_browser.send(path).location == REAUTHENTICATION_PAGE


def test_reauthentication_takes_password_and_code(stale_browser: Visitor, secret: str) -> None:
    page = stale_browser.get(REAUTHENTICATION_PAGE).text
    assert "Your password" in page
    assert "Use a recovery code instead" in page
    assert stale_browser.send(REAUTHENTICATION_PAGE, password=PASSWORD).status_code == 422
    assert stale_browser.send(REAUTHENTICATION_PAGE, code=totp_code(secret)).status_code == 422
    assert (
        stale_browser.send(REAUTHENTICATION_PAGE, password=PASSWORD, code="000000").status_code
        == 422
    )
    # A wrong password has used up no code.
    assert (
        stale_browser.send(
            REAUTHENTICATION_PAGE, password="wrong", code=totp_code(secret)
        ).status_code
        == 422
    )
    assert stale_browser.get(SETTINGS_PAGE).status_code == 303
    answer = stale_browser.send(
        f"{REAUTHENTICATION_PAGE}?next={SETTINGS_PAGE}", password=PASSWORD, code=totp_code(secret)
    )
    assert answer.location == SETTINGS_PAGE
    assert stale_browser.get(SETTINGS_PAGE).status_code == 200


def test_reauthentication_accepts_a_recovery_code(app: Flask, stale_browser: Visitor) -> None:
    assert (
        stale_browser.send(
            REAUTHENTICATION_PAGE, password=PASSWORD, recovery_code=RECOVERY_CODES[0]
        ).status_code
        == 303
    )
    assert stale_browser.get(SETTINGS_PAGE).status_code == 200
    assert len(read_rows(app, RecoveryCode)) == len(RECOVERY_CODES) - 1
    assert {AuditKind.REAUTHENTICATED, AuditKind.RECOVERY_CODE_USED} <= set(read_audit_kinds(app))


def test_reauthentication_refuses_a_used_code(
    app: Flask, stale_browser: Visitor, secret: str
) -> None:
    assert open_code_page(app).send(CODE_PAGE, code=totp_code(secret)).status_code == 303
    assert (
        stale_browser.send(
            REAUTHENTICATION_PAGE, password=PASSWORD, code=totp_code(secret)
        ).status_code
        == 422
    )
    assert stale_browser.get(SETTINGS_PAGE).status_code == 303
    assert AuditKind.REAUTHENTICATED not in read_audit_kinds(app)


def test_guesses_at_reauthentication_are_rate_limited(stale_browser: Visitor, secret: str) -> None:
    answers = [
        stale_browser.send(REAUTHENTICATION_PAGE, password=PASSWORD, code="000000")
        for _ in range(11)
    ]
    assert [each.status_code for each in answers] == [422] * 10 + [429]
    assert (
        stale_browser.send(
            REAUTHENTICATION_PAGE, password=PASSWORD, code=totp_code(secret)
        ).status_code
        == 429
    )


def test_an_account_without_a_password_reauthenticates_with_a_code(
    app: Flask, stale_browser: Visitor, ada: User, secret: str
) -> None:
    update_rows(app, User, User.id == ada.id, password_hash="")
    assert "Your password" not in stale_browser.get(REAUTHENTICATION_PAGE).text
    assert (
        stale_browser.send(REAUTHENTICATION_PAGE, password=PASSWORD, code="000000").status_code
        == 422
    )
    assert stale_browser.send(REAUTHENTICATION_PAGE, code=totp_code(secret)).status_code == 303
    assert stale_browser.get(SETTINGS_PAGE).status_code == 200


def test_an_account_with_neither_is_asked_to_set_a_password(
    app: Flask, visitor: Visitor, make_user: UserFactory
) -> None:
    visitor.sign_in(make_user("oda", password_hash=""))
    expire_authentication(app)
    assert 'href="/forgotten"' in visitor.get(REAUTHENTICATION_PAGE).text
    for typed in ({}, {"password": PASSWORD}, {"code": "123456"}, {"password": "", "code": ""}):
        assert visitor.send(REAUTHENTICATION_PAGE, **typed).status_code in (409, 422)
    assert visitor.get(SETTINGS_PAGE).status_code == 303


# --- living without it -------------------------------------------------------------------------


@pytest.fixture
def second_factor_browser(visitor: Visitor, ada: User, secret: str) -> Visitor:
    """The browser of Ada, who has just signed in with her second factor."""
    return visitor.sign_in(ada, second_factor=True)


def test_a_last_code_turns_it_off(
    app: Flask, second_factor_browser: Visitor, ada: User, secret: str
) -> None:
    assert second_factor_browser.send(TURN_OFF_PAGE, code="000000").status_code == 422
    assert second_factor_browser.send(TURN_OFF_PAGE).status_code == 422
    assert read_rows(app, SecondFactor)
    assert second_factor_browser.send(TURN_OFF_PAGE, code=totp_code(secret)).location == "/account"
    assert not read_rows(app, SecondFactor)
    assert not read_rows(app, RecoveryCode)
    assert [row.second_factor for row in read_login_sessions(app)] == [False]
    assert read_audit_kinds(app) == [AuditKind.SECOND_FACTOR_FAILED, AuditKind.SECOND_FACTOR_OFF]
    letter = read_mails(app, ada.email)[-1]
    assert letter.subject == "Signing in takes no code any more"
    assert sign_in(new_browser(app)).location == "/"


def test_a_recovery_code_turns_it_off_too(app: Flask, second_factor_browser: Visitor) -> None:
    assert (
        second_factor_browser.send(TURN_OFF_PAGE, recovery_code=RECOVERY_CODES[0]).status_code
        == 303
    )
    assert not read_rows(app, SecondFactor)
    assert not read_rows(app, RecoveryCode)


def test_what_is_off_cannot_be_turned_off(visitor: Visitor, ada: User) -> None:
    visitor.sign_in(ada)
    assert "This account asks for no code." in visitor.get(TURN_OFF_PAGE).text
    assert visitor.send(TURN_OFF_PAGE, code="123456").status_code == 409


def test_new_recovery_codes_take_the_place_of_the_old(
    app: Flask, second_factor_browser: Visitor, ada: User
) -> None:
    shown_codes = re.findall(
        f"<code>({SHOWN_CODE})</code>", second_factor_browser.send(RENEW_PATH).text
    )
    assert {row.digest for row in read_rows(app, RecoveryCode)} == set(
        map(digest_recovery_code, shown_codes)
    )
    assert len(shown_codes) == 10
    assert read_audit_kinds(app) == [AuditKind.RECOVERY_CODES_MADE]
    assert [each.subject for each in read_mails(app, ada.email)] == ["You have new recovery codes"]
    client = open_code_page(app)
    assert client.send(CODE_PAGE, recovery_code=RECOVERY_CODES[0]).status_code == 422
    assert client.send(CODE_PAGE, recovery_code=shown_codes[0]).status_code == 303


def test_without_a_second_factor_there_are_no_recovery_codes(
    app: Flask, visitor: Visitor, ada: User
) -> None:
    visitor.sign_in(ada).send(START_PATH)
    assert visitor.send(RENEW_PATH).status_code == 409
    assert read_rows(app, RecoveryCode) == []


@pytest.mark.usefixtures("secret")
def test_who_has_shown_the_password_alone_gets_no_recovery_codes(
    app: Flask, visitor: Visitor, ada: User
) -> None:
    before = {row.digest for row in read_rows(app, RecoveryCode)}
    assert visitor.sign_in(ada).send(RENEW_PATH).status_code == 409
    assert {row.digest for row in read_rows(app, RecoveryCode)} == before
    assert visitor.get(SETTINGS_PAGE).location.startswith(f"{REAUTHENTICATION_PAGE}?next=")


def test_the_account_page_tells_how_it_stands(
    app: Flask, visitor: Visitor, ada: User, round_trips: Callable[[], int]
) -> None:
    visitor.sign_in(ada, second_factor=True)
    assert "Set up codes" in visitor.get("/account").text
    enable_second_factor(app, ada)
    for path in ("/account", SETTINGS_PAGE, REAUTHENTICATION_PAGE):
        round_trips()
        visitor.get(path)
        assert round_trips() <= 2
    assert "3 recovery codes left" in visitor.get("/account").text
    assert "3 left" in visitor.get(SETTINGS_PAGE).text


def test_the_command_line_resets_a_lost_second_factor(
    app: Flask, visitor: Visitor, ada: User, secret: str
) -> None:
    visitor.sign_in(ada, second_factor=True)
    run = app.test_cli_runner().invoke
    result = run(args=["reset-second-factor", "ada@example.org"])
    assert "ada is signed out everywhere, and needs no code any more." in result.output
    assert not read_rows(app, SecondFactor)
    assert not read_rows(app, RecoveryCode)
    assert not is_signed_in(visitor)
    assert read_audit_kinds(app) == [AuditKind.SECOND_FACTOR_OFF]
    assert read_mails(app, ada.email)[-1].subject == "Signing in takes no code any more"
    again = run(args=["reset-second-factor", "ada"])
    assert (again.exit_code, again.output) == (1, "Error: This account asks for no code.\n")


# --- where staff need it -----------------------------------------------------------------------


@pytest.fixture
def staff_browser(strict_app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(strict_app).sign_in(make_user("farid", roles=["fleet"]))


def test_staff_are_led_to_setting_it_up_and_then_on(staff_browser: Visitor) -> None:
    led = staff_browser.get("/fleet?city=paris").location
    page = staff_browser.get(led).text
    assert "A password alone is not enough for that" in page
    shown_codes = confirm_setup(staff_browser, led).text
    onward = re.search(r'href="([^"]+)">I have kept them', shown_codes)
    assert onward
    assert onward[1] == "/fleet?city=paris"
    assert staff_browser.get(onward[1]).status_code == 200


def test_who_set_it_up_elsewhere_shows_it_here_and_goes_on(
    strict_app: Flask, staff_browser: Visitor
) -> None:
    with strict_app.app_context():
        farid = db.session.scalars(select(User)).unique().one()
    secret = enable_second_factor(strict_app, farid)
    led = staff_browser.get("/fleet").location
    asked = staff_browser.get(led).location
    assert asked.startswith(f"{REAUTHENTICATION_PAGE}?next=")
    assert "Use a recovery code instead" in staff_browser.get(asked).text
    back = staff_browser.send(asked, password=PASSWORD, code=totp_code(secret)).location
    answer = staff_browser.get(back)
    assert (answer.status_code, answer.location) == (303, "/fleet")
    assert staff_browser.get("/fleet").status_code == 200


def test_staff_who_signed_in_with_a_code_are_asked_nothing(
    strict_app: Flask, make_user: UserFactory
) -> None:
    secret = enable_second_factor(strict_app, make_user("ada", roles=["admin"]))
    client = new_browser(strict_app)
    sign_in(client)
    client.send(CODE_PAGE, code=totp_code(secret))
    assert client.get("/users").status_code == 200


def test_staff_may_not_turn_it_off_and_hear_why(
    app: Flask, strict_app: Flask, make_user: UserFactory
) -> None:
    farid = make_user("farid", roles=["fleet"])
    secret = enable_second_factor(strict_app, farid)
    client = new_browser(strict_app).sign_in(farid, second_factor=True)
    assert "You work with data of other people" in client.get(SETTINGS_PAGE).text
    assert "<form" not in client.get(TURN_OFF_PAGE).text.split("<main")[1]
    answer = client.send(TURN_OFF_PAGE, code=totp_code(secret))
    assert answer.status_code == 409
    assert "You work with data of other people" in answer.text
    assert read_rows(app, SecondFactor)


def test_riders_may_do_without(strict_app: Flask, make_user: UserFactory) -> None:
    client = new_browser(strict_app).sign_in(make_user("robin"))
    assert is_signed_in(client)
    page = client.get(SETTINGS_PAGE).text
    assert "A password alone is not enough for that" not in page


def test_where_it_is_not_required_staff_do_without(app: Flask, make_user: UserFactory) -> None:
    assert new_browser(app).sign_in(make_user(roles=["fleet"])).get("/fleet").status_code == 200


# --- words -------------------------------------------------------------------------------------


def test_no_page_of_it_has_a_bare_word(
    app: Flask, visitor: Visitor, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flask_babel.Domain.get_translations", lambda self: Brackets())
    visitor.sign_in(ada)
    pages = [visitor.get(SETTINGS_PAGE).text, visitor.get(TURN_OFF_PAGE).text]
    visitor.send(START_PATH)
    pages += [
        visitor.get(SETTINGS_PAGE).text,
        visitor.send(SETTINGS_PAGE, code="1").text,
        confirm_setup(visitor).text,
    ]
    pages += [visitor.get(path).text for path in (SETTINGS_PAGE, TURN_OFF_PAGE, "/account")]
    expire_authentication(app)
    pages += [visitor.get(REAUTHENTICATION_PAGE).text, visitor.send(REAUTHENTICATION_PAGE).text]
    client = open_code_page(app)
    pages += [client.get(CODE_PAGE).text, client.send(CODE_PAGE, recovery_code="x" * 16).text]
    bare = [word for page in pages for word in bare_words(re.sub(r"(?s)<code.*?</code>", "", page))]
    assert bare == []


def test_a_factor_set_up_while_somebody_signs_in_keeps_them_out(app: Flask, ada: User) -> None:
    """The account was read before it had a second factor; sign-in must be refused."""
    device = Device(uuid4(), "", "127.0.0.1", None)
    with app.test_request_context("/login"):
        found = login.check_password("ada", PASSWORD, device)
        enable_second_factor(app, ada)
        with pytest.raises(login.WrongCredentials):
            login.sign_in(found, device, remember=False)
    assert not read_login_sessions(app)


def test_a_password_changed_before_the_code_is_shown_lets_nobody_in_with_the_old_one(
    app: Flask, ada: User, secret: str
) -> None:
    client = new_browser(app)
    sign_in(client)
    update_rows(app, User, password_hash=bcrypt.generate_password_hash("another one", 4).decode())
    answer = client.send(CODE_PAGE, code=pyotp.TOTP(secret).now())
    assert answer.location.startswith("/login")
    assert not read_login_sessions(app)
