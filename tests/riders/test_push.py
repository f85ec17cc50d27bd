"""Push messages: which devices get what, when, and who can read it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import func, select, update

from tests.auth.steps import age_rows, new_browser
from tests.factories import UserFactory
from tests.job_steps import run_jobs
from tests.riders.push_service import Browser, PushService, decode, serve_push_service
from tests.visitor import Visitor
from webapp import mail
from webapp.auth.models import LoginSession, User
from webapp.auth.services.role_grants import grant_role
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.jobs.models import Job
from webapp.notification_kinds import Channel, Topic
from webapp.ops.jobs.running import JobOutcome
from webapp.riders.notifications.models import Notification
from webapp.riders.notifications.push import endpoints, subscriptions
from webapp.riders.notifications.push.browser_keys import BrowserKeys
from webapp.riders.notifications.push.message_encryption import MessageKeys, encrypt_message
from webapp.riders.notifications.push.models import PushSubscription
from webapp.riders.notifications.push.vapid import find_public_key, make_push_key, replace_push_key
from webapp.riders.notifications.quiet_hours import QuietHours
from webapp.riders.notifications.services import choose_channels, choose_quiet_hours
from webapp.web.roles import Role

NEW_YORK = ZoneInfo("America/New_York")


def test_a_message_is_encrypted_as_the_example_of_the_standard() -> None:
    """RFC 8291, section 5 and appendix A."""
    private = int.from_bytes(decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
    body = encrypt_message(
        b"When I grow up, I want to be a watermelon",
        BrowserKeys(
            decode(
                "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
            ),
            decode("BTBZMqHH6r4Tts7J_aSIgg"),
        ),
        MessageKeys(
            ec.derive_private_key(private, ec.SECP256R1()), decode("DGv6ra1nlYgDCS1FRnbzlw")
        ),
        padded_to=0,
    )
    assert body == decode(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w"
        "EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


# --- quiet hours ----------------------------------------------------------------------------------

NIGHT = QuietHours(time(22), time(7))


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        ("2026-06-10T21:59", None),
        ("2026-06-10T22:00", "2026-06-11T07:00"),
        ("2026-06-11T06:59", "2026-06-11T07:00"),
        ("2026-06-11T07:00", None),
        ("2026-03-07T23:00", "2026-03-08T07:00"),  # the clocks go on in that night
        ("2026-10-31T23:00", "2026-11-01T07:00"),  # and back in this one
    ],
)
def test_quiet_hours_end_when_the_clocks_of_the_person_say_so(moment: str, end: str | None) -> None:
    local_time = datetime.fromisoformat(moment).replace(tzinfo=NEW_YORK)
    ends_at = NIGHT.find_end(local_time.astimezone(UTC), NEW_YORK)
    assert (ends_at and ends_at.astimezone(NEW_YORK).strftime("%Y-%m-%dT%H:%M")) == end


def test_quiet_hours_last_an_hour_less_or_more_when_the_clocks_change() -> None:
    lengths = []
    for day in ("2026-03-07", "2026-06-10", "2026-10-31"):
        begins_at = datetime.fromisoformat(f"{day}T22:00").replace(tzinfo=NEW_YORK).astimezone(UTC)
        ends_at = NIGHT.find_end(begins_at, NEW_YORK)
        assert ends_at
        lengths.append((ends_at - begins_at) / timedelta(hours=1))
    assert lengths == [8, 9, 10]


def test_quiet_hours_may_lie_within_a_day_and_be_none() -> None:
    noon = datetime(2026, 6, 10, 12, tzinfo=UTC)
    assert QuietHours(time(11), time(13)).find_end(noon, UTC) == noon + timedelta(hours=1)
    assert QuietHours(time(13), time(14)).find_end(noon, UTC) is None
    assert QuietHours(time(12), time(12)).find_end(noon, UTC) is None


# --- sending --------------------------------------------------------------------------------------


@pytest.fixture
def service(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    with serve_push_service() as push_service:
        monkeypatch.setitem(app.config, "PUSH_SERVICES", (push_service.url,))
        with app.app_context():
            make_push_key()
        yield push_service


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def ada(visitor: Visitor, make_user: UserFactory, service: PushService, browser: Browser) -> User:
    """Has turned messages on at her browser."""
    user = make_user("ada")
    visitor.sign_in(user)
    fields = browser.subscribe(f"{service.url}/device")
    assert visitor.send("/notifications/devices", **fields).status_code == 303
    return user


def tell(user: User) -> None:
    execute_write(mail.mail_statement("password_changed", user.key, link="/account"))


def test_a_device_gets_a_message_that_only_its_browser_can_read(
    app: Flask, ada: User, app_context: None, service: PushService, browser: Browser
) -> None:
    tell(ada)
    assert set(run_jobs(app)) == {JobOutcome.DONE}
    (request,) = service.requests
    message = json.loads(browser.read(request.body))
    assert message["body"] == "Your password was changed"
    assert (message["path"], message["unread"]) == ("/account", 1)
    assert request.headers["Urgency"] == "high"
    assert int(request.headers["TTL"]) > 3600
    assert len(request.headers["Topic"]) == 32
    assert len(request.body) % 512 == 21 + 65 + 16, "its length does not tell the kind"
    stored = db.session.scalars(select(PushSubscription.ciphertext)).one()
    assert service.url not in stored


def test_the_push_service_can_check_who_sends(
    app: Flask, ada: User, app_context: None, service: PushService
) -> None:
    """RFC 8292."""
    tell(ada)
    run_jobs(app)
    scheme, _, parameters = service.requests[0].headers["Authorization"].partition(" ")
    fields = dict(each.strip().split("=", 1) for each in parameters.split(","))
    assert (scheme, fields["k"]) == ("vapid", find_public_key())
    point = decode(fields["k"])
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    claims = jwt.decode(fields["t"], ECKey.import_key(_as_pem(public)), algorithms=["ES256"]).claims
    assert claims["aud"] == service.url
    assert claims["sub"].startswith("mailto:")
    assert claims["exp"] > datetime.now(UTC).timestamp()


def _as_pem(public: ec.EllipticCurvePublicKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_takes_no_messages_any_more_is_forgotten(
    app: Flask, ada: User, app_context: None, service: PushService, status: int
) -> None:
    service.status = status
    tell(ada)
    assert set(run_jobs(app)) == {JobOutcome.DONE}
    assert db.session.scalars(select(PushSubscription)).all() == []


def test_a_push_service_that_is_down_is_asked_again(
    app: Flask, ada: User, app_context: None, service: PushService
) -> None:
    service.status = 503
    tell(ada)
    run_jobs(app)
    service.status = 201
    execute_write(update(Job).where(Job.kind == "push").values(due_at=func.now()))
    assert run_jobs(app) == [JobOutcome.DONE]
    first, second = service.requests
    assert first.headers["Topic"] == second.headers["Topic"], "it replaces the first"


def test_a_device_that_was_signed_out_gets_nothing(
    app: Flask, ada: User, app_context: None, service: PushService
) -> None:
    is_adas = LoginSession.user_id == ada.id
    execute_write(update(LoginSession).where(is_adas).values(ended_at=func.now()))
    tell(ada)
    run_jobs(app)
    assert service.requests == []


@pytest.mark.parametrize(
    ("remember", "column", "hours", "is_sent"),
    [
        (False, "last_seen_at", 13, False),
        (False, "created_at", 25, False),
        (True, "last_seen_at", 13, True),
        (True, "last_seen_at", 15 * 24, False),
    ],
)
def test_a_device_whose_session_has_expired_gets_nothing(
    app: Flask,
    ada: User,
    app_context: None,
    service: PushService,
    remember: bool,
    column: str,
    hours: int,
    is_sent: bool,
) -> None:
    execute_write(update(LoginSession).values(remember=remember))
    age_rows(app, LoginSession, column, timedelta(hours=hours))
    tell(ada)
    run_jobs(app)
    assert len(service.requests) == is_sent


def test_staff_get_nothing_when_their_short_session_has_expired(
    app: Flask, ada: User, app_context: None, service: PushService
) -> None:
    grant_role(ada.key, Role.MECHANIC)
    execute_write(update(LoginSession).values(remember=True))
    age_rows(app, LoginSession, "last_seen_at", timedelta(minutes=31))
    tell(ada)
    run_jobs(app)
    assert service.requests == []


@pytest.mark.parametrize(
    ("account", "device", "is_ended", "is_sent"),
    [
        ("ada", "device", False, True),
        ("ada", "device", True, False),
        ("ada", "another", False, False),
        ("bob", "device", False, False),
    ],
)
def test_who_signs_in_again_after_a_session_expired_gets_messages_at_this_browser_again(
    app: Flask,
    ada: User,
    app_context: None,
    make_user: UserFactory,
    service: PushService,
    account: str,
    device: str,
    is_ended: bool,
    is_sent: bool,
) -> None:
    age_rows(app, LoginSession, "last_seen_at", timedelta(hours=13))
    if is_ended:
        execute_write(update(LoginSession).values(ended_at=func.now()))
    again = new_browser(app).sign_in(ada if account == "ada" else make_user(account))
    for _ in range(2):
        answer = again.send("/notifications/devices/again", endpoint=f"{service.url}/{device}")
        assert answer.status_code == 204
    tell(ada)
    run_jobs(app)
    assert len(service.requests) == is_sent


def test_a_device_is_forgotten_when_its_session_must_have_ended(
    app: Flask, ada: User, service: PushService
) -> None:
    age_rows(app, PushSubscription, "created_at", timedelta(days=31))
    assert "push_subscriptions: 1 deleted" in app.test_cli_runner().invoke(args=["sweep"]).output


def list_due_times() -> list[datetime]:
    is_waiting = (Job.kind == "push") & Job.done_at.is_(None)
    return list(db.session.scalars(select(Job.due_at).where(is_waiting)))


def test_in_quiet_hours_a_message_waits_until_they_end(
    app: Flask, ada: User, app_context: None, service: PushService
) -> None:
    now = datetime.now(UTC).astimezone(ada.zone)
    start, end = now - timedelta(hours=1), now + timedelta(hours=2)
    choose_quiet_hours(ada.key, QuietHours(start.time(), end.time()))
    tell(ada)
    run_jobs(app)
    assert service.requests == []
    (due_at,) = list_due_times()
    assert abs(due_at - end) < timedelta(seconds=1)


def test_quiet_hours_that_were_chosen_meanwhile_hold_and_what_was_read_is_dropped(
    app: Flask, ada: User, app_context: None, service: PushService
) -> None:
    tell(ada)
    now = datetime.now(UTC).astimezone(ada.zone)
    run_one = run_jobs(app)
    assert run_one
    assert len(service.requests) == 1
    hours = QuietHours((now - timedelta(hours=1)).time(), (now + timedelta(hours=2)).time())
    choose_quiet_hours(ada.key, hours)
    execute_write(
        update(Job)
        .where(Job.kind == "push")
        .values(done_at=None, due_at=func.now(), payload=_payload())
    )
    run_jobs(app)
    assert len(list_due_times()) == 1, "another job, later"
    choose_quiet_hours(ada.key, None)
    execute_write(update(Notification).values(read_at=func.now()))
    execute_write(update(Job).where(Job.done_at.is_(None)).values(due_at=func.now()))
    run_jobs(app)
    assert len(service.requests) == 1


def _payload() -> dict[str, str]:
    row = db.session.scalars(select(Notification)).one()
    return {"region": row.region, "id": str(row.id)}


def test_what_has_lapsed_is_not_sent(
    app: Flask, ada: User, app_context: None, service: PushService
) -> None:
    service.status = 503
    tell(ada)
    run_jobs(app)
    service.requests.clear()
    age_rows(app, Notification, "created_at", timedelta(days=30))
    execute_write(update(Job).where(Job.kind == "push").values(due_at=func.now()))
    assert run_jobs(app) == [JobOutcome.DONE]
    assert service.requests == []


def test_only_what_was_chosen_comes_and_not_in_the_list_if_that_is_off(
    app: Flask, ada: User, app_context: None, service: PushService
) -> None:
    choose_channels(ada.key, {Topic.MONEY: frozenset({Channel.PUSH})})
    values: dict[str, Any] = {
        "amount": "$5.00",
        "amount_minor": 500,
        "currency": "USD",
        "note": "",
        "link": "/",
    }
    execute_write(mail.mail_statement("credit_given", ada.key, **values))
    run_jobs(app)
    assert len(service.requests) == 1
    assert [each.is_listed for each in db.session.scalars(select(Notification))] == [False]


# --- devices --------------------------------------------------------------------------------------


def list_device_ids(app: Flask) -> list[UUID]:
    with app.app_context():
        return list(db.session.scalars(select(PushSubscription.id)))


def test_the_same_browser_is_one_device_and_can_be_ended(
    app: Flask, visitor: Visitor, ada: User, service: PushService, browser: Browser
) -> None:
    visitor.send("/notifications/devices", **browser.subscribe(f"{service.url}/device"))
    (device_id,) = list_device_ids(app)
    path = f"/notifications/devices/{device_id}/end"
    page = visitor.get("/notifications/settings").text
    assert path in page
    assert "signed out after 12 h without use" in page
    assert visitor.send(path).status_code == 303
    assert list_device_ids(app) == []


def test_nobody_ends_the_device_of_others(app: Flask, ada: User, make_user: UserFactory) -> None:
    (device_id,) = list_device_ids(app)
    bob: Visitor = app.test_client().sign_in(make_user("bob"))  # type: ignore[attr-defined]
    bob.send(f"/notifications/devices/{device_id}/end")
    assert list_device_ids(app) == [device_id]


def test_devices_that_were_signed_out_do_not_count_for_the_limit(
    app: Flask,
    visitor: Visitor,
    ada: User,
    service: PushService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subscriptions, "MAX_DEVICES", 1)
    fields = Browser().subscribe(f"{service.url}/other")
    visitor.send("/notifications/devices", **fields)
    assert len(list_device_ids(app)) == 1, "too many"
    visitor.send("/logout")
    visitor.sign_in(ada)
    visitor.send("/notifications/devices", **fields)
    assert len(list_device_ids(app)) == 2


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://user@fcm.googleapis.com/x",
        "https://evilfcm.googleapis.com.example.org/x",
        "https://notfcm.googleapis.com/x",
        "https://example.org\\.fcm.googleapis.com/x",
        "https://example.org\t.fcm.googleapis.com/x",
        "https://169.254.169.254/latest",
        "https://[::1]/x",
        "https://[/x",
        "",
    ],
)
def test_only_push_services_of_browsers_are_sent_to(app: Flask, endpoint: str) -> None:
    with app.app_context():
        assert not endpoints.is_push_service(endpoint)
        assert endpoints.is_push_service("https://fcm.googleapis.com/fcm/send/x")
        assert endpoints.is_push_service("https://updates.push.services.mozilla.com/wpush/v2/x")


@pytest.mark.parametrize(
    "changed",
    [{"endpoint": "https://example.org/x"}, {"p256dh": "!"}, {"auth": "AAAA"}, {"p256dh": "AAAA"}],
)
def test_what_no_browser_sends_is_refused(
    app: Flask, visitor: Visitor, ada: User, service: PushService, changed: dict[str, Any]
) -> None:
    fields = {**Browser().subscribe(f"{service.url}/{uuid4()}"), **changed}
    visitor.send("/notifications/devices", **fields)
    assert "push service that we don&#39;t know" in visitor.get("/notifications/settings").text
    assert len(list_device_ids(app)) == 1


def test_another_key_ends_all_devices(ada: User, app_context: None) -> None:
    before = find_public_key()
    assert not make_push_key(), "there is one"
    replace_push_key()
    assert find_public_key() != before
    assert db.session.scalars(select(PushSubscription)).all() == []
