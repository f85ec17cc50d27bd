"""Phone numbers: entered, confirmed with a code, shown to the rider, and a part of them to support."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import func, insert, select

from tests.auth.steps import account_path, age_rows, new_browser, read_audit_kinds, read_rows
from tests.factories import UserFactory
from tests.job_steps import run_jobs
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.jobs.kinds import PermanentJobError
from webapp.ops.retention import delete_old_rows
from webapp.riders.phones.models import PhoneNumber
from webapp.riders.phones.numbers import format_number, mask_number, parse_mobile_number
from webapp.settings.special_values import read_sms_url
from webapp.sms import HttpSender, LogSender, SmsNotSent, make_sender

PAGE, EDIT_PAGE, CODE_PAGE = "/users/me/phone", "/users/me/phone/edit", "/users/me/phone/code"
NUMBER = "+12125550123"


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    return make_user("ada")


@pytest.fixture
def rider(visitor: Visitor, ada: User) -> Visitor:
    return visitor.sign_in(ada)


@pytest.fixture
def outbox(app: Flask) -> list[tuple[str, str]]:
    """The messages that are sent: numbers and texts."""
    messages: list[tuple[str, str]] = app.extensions["sms"].outbox
    messages.clear()
    return messages


@pytest.fixture
def receive_code(app: Flask, outbox: list[tuple[str, str]]) -> Callable[[], str]:
    """Return a function that runs the jobs and returns the code in the last message."""

    def receive() -> str:
        run_jobs(app)
        match = re.match(r"\d{6}", outbox[-1][1])
        assert match
        return match[0]

    return receive


def test_a_number_is_confirmed_with_the_code_and_removed(
    app: Flask, rider: Visitor, ada: User, receive_code: Callable[[], str],
    outbox: list[tuple[str, str]], make_user: UserFactory,
) -> None:  # fmt: skip
    assert "Add a phone number" in rider.get(PAGE).text
    assert rider.send(EDIT_PAGE, number="(212) 555-0123").location == CODE_PAGE
    code = receive_code()
    assert outbox == [(NUMBER, f"{code} is your MovR code. It is valid for 10 minutes.")]
    [phone] = read_rows(app, PhoneNumber)
    assert code not in str(vars(phone))
    assert "not confirmed" in rider.get(PAGE).text
    assert rider.send(CODE_PAGE, code=f"{code[:3]} {code[3:]}").location == PAGE
    page = rider.get(PAGE).text
    assert "+1 212-555-0123" in page
    assert "not confirmed" not in page
    assert rider.send(CODE_PAGE, code=code).status_code == 422, "it works once"
    support = new_browser(app).sign_in(make_user(roles=["support"]))
    account = support.get(account_path(ada)).text
    assert "+1 … 23" in account
    assert "555" not in account
    assert rider.send(f"{PAGE}/remove").status_code == 303
    assert read_rows(app, PhoneNumber) == []
    phone_kinds = [kind for kind in read_audit_kinds(app) if "phone" in kind]
    assert phone_kinds == [
        "account.phone_code_sent", "account.phone_confirmed", "account.phone_removed",
    ]  # fmt: skip


def test_a_code_is_good_for_five_attempts_and_ten_minutes(
    app: Flask, rider: Visitor, receive_code: Callable[[], str]
) -> None:
    rider.send(EDIT_PAGE, number=NUMBER)
    code = receive_code()
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(5):
        assert "This code is wrong." in rider.send(CODE_PAGE, code=wrong).text
    assert "This code is no longer valid." in rider.send(CODE_PAGE, code=code).text
    rider.send(EDIT_PAGE, number=NUMBER)
    code = receive_code()
    age_rows(app, PhoneNumber, "code_expires_at", timedelta(minutes=10))
    assert "This code is no longer valid." in rider.send(CODE_PAGE, code=code).text
    assert read_rows(app, PhoneNumber)[0].confirmed_at is None


def test_another_number_must_be_confirmed_again(
    app: Flask, rider: Visitor, receive_code: Callable[[], str]
) -> None:
    rider.send(EDIT_PAGE, number=NUMBER)
    rider.send(CODE_PAGE, code=receive_code())
    rider.send(EDIT_PAGE, number="+4915112345678")
    [phone] = read_rows(app, PhoneNumber)
    assert (phone.number, phone.confirmed_at) == ("+4915112345678", None)


def test_a_number_that_is_not_confirmed_is_deleted_after_a_week(
    app: Flask, make_user: UserFactory
) -> None:
    old, new = func.now() - timedelta(days=8), func.now() - timedelta(days=6)
    rows = [(old, None), (old, old), (new, None)]
    with app.app_context():
        for created_at, confirmed_at in rows:
            owner = {"region": "us-east1", "user_id": make_user().id, "number": NUMBER}
            times = {"created_at": created_at, "confirmed_at": confirmed_at}
            row = {**owner, **times, "code_expires_at": func.now()}
            execute_write(insert(PhoneNumber).values(row))
        list(delete_old_rows(["us-east1"]))
        kept = db.session.scalars(select(PhoneNumber.confirmed_at.is_not(None))).all()
    assert sorted(kept) == [False, True]


@pytest.mark.parametrize(
    ("setting", "numbers"),
    [
        ("LIMIT_SMS_ACCOUNT", ["+4915112345678", "+447400123456"]),
        ("LIMIT_SMS_NUMBER", [NUMBER, NUMBER]),
        ("LIMIT_SMS_RANGE", [NUMBER, "+12125550124"]),
        ("LIMIT_SMS_ADDRESS", ["+4915112345678", "+447400123456"]),
    ],
)
def test_messages_are_limited(
    app: Flask, rider: Visitor, setting: str, numbers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, setting, (1, 3600))
    statuses = [rider.send(EDIT_PAGE, number=each).status_code for each in numbers]
    assert statuses == [303, 429]


def test_an_account_without_a_confirmed_address_sends_no_messages(
    app: Flask, visitor: Visitor, make_user: UserFactory, outbox: list[tuple[str, str]]
) -> None:
    visitor.sign_in(make_user(email_confirmed_at=None))
    response = visitor.send(EDIT_PAGE, number=NUMBER)
    assert response.status_code == 403
    assert "Confirm your e-mail address first" in response.text
    run_jobs(app)
    assert outbox == []


@pytest.mark.parametrize("number", ["", "0", "hello", "+1 900 555 0123", "+49 30 123456", "1" * 41])
def test_what_is_no_mobile_number_is_refused(rider: Visitor, number: str) -> None:
    response = rider.send(EDIT_PAGE, number=number)
    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.text


def test_without_a_provider_nobody_is_asked(
    app: Flask, rider: Visitor, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "sms", None)
    monkeypatch.setitem(app.config, "SMS_URL", "")
    assert rider.get(EDIT_PAGE).status_code == 404
    assert "Add a phone number" not in rider.get(PAGE).text
    assert PAGE not in rider.get(f"/users/{ada.key}").text


def test_numbers_are_read_and_written() -> None:
    assert parse_mobile_number("0151 12345678", "DE") == "+4915112345678"
    assert parse_mobile_number("0151 12345678", None) is None
    assert format_number("+4915112345678") == "+49 1511 2345678"
    assert mask_number("+4915112345678") == "+49 … 78"


class FakePost:
    """Stands in for ``requests.post``: keeps what is sent, and answers with a status."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.sent: list[tuple[Any, ...]] = []

    def __call__(self, url: str, fields: dict[str, str], **options: Any) -> requests.Response:
        self.sent.append((url, fields, options["auth"]))
        response = requests.Response()
        response.status_code = self.status
        return response


@pytest.mark.parametrize(
    ("status", "error"),
    [(201, None), (400, PermanentJobError), (429, SmsNotSent), (503, SmsNotSent)],
)
def test_the_http_provider_gets_the_message_and_says_whether_to_try_again(
    status: int, error: type[Exception] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = FakePost(status)
    monkeypatch.setattr(requests, "post", post)
    sender = make_sender("https://AC1:secret@api.example/Messages.json", "MovR", 10.0)
    assert isinstance(sender, HttpSender)
    if error:
        with pytest.raises(error):
            sender.send(NUMBER, "Hello")
    else:
        sender.send(NUMBER, "Hello")
    fields = {"To": NUMBER, "From": "MovR", "Body": "Hello"}
    assert post.sent == [("https://api.example/Messages.json", fields, ("AC1", "secret"))]


def test_the_other_senders_are_chosen_by_the_setting() -> None:
    assert isinstance(make_sender("log:", "", 1.0), LogSender)
    assert make_sender("", "", 1.0) is None


@pytest.mark.parametrize("url", ["http://a:b@sms.example/", "https://", "smtp://sms.example", "x"])
def test_a_provider_is_asked_over_https_only(url: str) -> None:
    with pytest.raises(ValueError, match="it must be like https://user:password@host/path"):
        read_sms_url(url)
