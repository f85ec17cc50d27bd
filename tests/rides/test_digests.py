"""Weekly digests: who gets one, what is in it, and how it ends."""

import re
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, update

from tests.auth.steps import new_browser, read_audit_events, update_rows
from tests.factories import PlanFactory, UserFactory, VehicleFactory, find_city
from tests.job_steps import forget_mails, read_mails
from tests.riders.wallet_steps import give_credit
from tests.rides.steps import PRICE, MakeEndedRide
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.reports.models import Report
from webapp.jobs.models import Job
from webapp.riders.digests.enums import Digest
from webapp.riders.digests.models import DigestChoice
from webapp.riders.digests.services import choose_digests, unsubscribe_statement
from webapp.riders.digests.tokens import UnsubscribeToken
from webapp.riders.services.account_deletion import delete_account
from webapp.riders.services.profile import ProfileData, save_profile
from webapp.rides.digests import statements
from webapp.rides.digests.kinds import DIGEST
from webapp.rides.digests.queries import Weeks
from webapp.rides.digests.statements import write_digests_statement
from webapp.rides.models import Ride

TODAY = datetime.now(UTC).date()
#: A Monday whose mails are all due.
MONDAY = TODAY - timedelta(days=TODAY.weekday() + 7)
WEDNESDAY = datetime.combine(MONDAY, datetime.min.time(), UTC) - timedelta(days=4, hours=-15)
#: As subjects say it.
WEEK = " to ".join(
    f"{day.day} {day:%B}" for day in (MONDAY - timedelta(days=7), MONDAY - timedelta(days=1))
)
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def send_digests(app: Flask, monday: date = MONDAY) -> list[Any]:
    """Send those of New York; return the mails."""
    forget_mails(app)
    with app.app_context():
        execute_write(write_digests_statement("us-east1", monday))
    return read_mails(app)


@pytest.fixture
def ada(app: Flask, make_user: UserFactory) -> User:
    """An account that wants both digests."""
    user = make_user("ada", roles=["owner"])
    with app.app_context():
        choose_digests(user.key, rider=True, owner=True)
    return user


def move_rides(app: Flask, *moments: datetime) -> None:
    """Let the rides, the oldest first, have lasted ten minutes from these moments."""
    with app.app_context():
        ids = db.session.scalars(select(Ride.id).order_by(Ride.started_at)).all()
    for ride_id, moment in zip(ids, moments, strict=True):
        end = moment + timedelta(minutes=10)
        update_rows(app, Ride, Ride.id == ride_id, started_at=moment, ended_at=end, distance_m=2500)


def test_riders_get_the_sums_of_the_week_and_of_the_one_before(
    app: Flask, ada: User, make_ended_ride: MakeEndedRide, make_plan: PlanFactory
) -> None:
    make_plan(**PRICE)
    with app.app_context():
        give_credit(ada.key, 10_000, "USD")
    for _ in range(3):
        make_ended_ride(ada.key)
    move_rides(app, WEDNESDAY - timedelta(days=7), WEDNESDAY, WEDNESDAY + timedelta(hours=5))
    (mail,) = send_digests(app)
    assert mail.to == ["ada@example.org"]
    assert mail.subject == f"Your week with MovR: {WEEK}"
    assert "Rides: 2 (before: 1)" in mail.body
    assert "Cost: $7.00 (before: $3.50)" in mail.body
    assert "Distance: 5 km (before: 2.5 km)" in mail.body
    assert send_digests(app) == [], "each week once"


def test_owners_get_the_sums_of_their_vehicles_and_their_reports(
    app: Flask,
    ada: User,
    make_user: UserFactory,
    make_ended_ride: MakeEndedRide,
    make_plan: PlanFactory,
    make_vehicle: VehicleFactory,
) -> None:
    make_plan(**PRICE)
    make_ended_ride(make_user("bob").key, owner=ada)
    make_ended_ride(make_user("eve").key)
    move_rides(app, WEDNESDAY, WEDNESDAY)
    for owner, days in ((ada, 0), (ada, 7), (None, 0)):
        vehicle = make_vehicle(owner=owner)
        report = {"region": vehicle.region, "city": vehicle.city, "vehicle_id": vehicle.id}
        filed_at = WEDNESDAY - timedelta(days=days)
        with app.app_context():
            execute_write(insert(Report).values(**report, kind="damage", created_at=filed_at))
    (mail,) = send_digests(app)
    assert mail.subject == f"The week of your vehicles: {WEEK}"
    assert "Rides: 1 (before: 0)" in mail.body
    assert "Revenue: $3.50 (before: 0)" in mail.body
    assert "Reports of riders: 1" in mail.body


@pytest.mark.parametrize(
    "columns",
    [{}, {"disabled_at": func.now()}, {"email_confirmed_at": None}],
    ids=["empty week", "closed account", "unconfirmed address"],
)
def test_nothing_is_sent_about_an_empty_week_or_to_who_may_get_no_mail(
    app: Flask, ada: User, make_ended_ride: MakeEndedRide, columns: dict[str, Any]
) -> None:
    if columns:
        make_ended_ride(ada.key)
        move_rides(app, WEDNESDAY)
        update_rows(app, User, User.id == ada.id, **columns)
    assert send_digests(app) == []


def test_nobody_gets_a_digest_without_having_chosen_it(
    app: Flask, make_user: UserFactory, make_ended_ride: MakeEndedRide
) -> None:
    rider = make_user("bob")
    make_ended_ride(rider.key)
    move_rides(app, WEDNESDAY)
    assert send_digests(app) == []
    browser = new_browser(app).sign_in(rider)
    page = browser.get(f"/users/{rider.key}").text
    assert not re.search(r'<input checked[^>]*name="rider"', page)
    assert browser.send("/users/me/digests", rider="y").status_code == 303
    assert re.search(r'<input checked[^>]*name="rider"', browser.get(f"/users/{rider.key}").text)
    assert len(send_digests(app)) == 1
    browser.send("/users/me/digests")
    assert send_digests(app, MONDAY - timedelta(days=7)) == []
    kinds = [event.kind for event in read_audit_events(app)]
    assert kinds.count(AuditKind.DIGESTS_CHOSEN) == 2


def test_pages_follow_each_other_and_write_each_digest_once(
    app: Flask,
    make_user: UserFactory,
    make_ended_ride: MakeEndedRide,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(statements, "PAGE_SIZE", 2)
    for _ in range(5):
        user = make_user()
        make_ended_ride(user.key)
        with app.app_context():
            choose_digests(user.key, rider=True, owner=False)
    move_rides(app, *[WEDNESDAY] * 5)
    mails = send_digests(app)
    assert len({mail.to[0] for mail in mails}) == len(mails) == 5
    assert send_digests(app) == [], "the whole chain again"


def test_a_digest_is_due_on_monday_morning_of_the_home_city(app: Flask, ada: User) -> None:
    monday = TODAY - timedelta(days=TODAY.weekday()) + timedelta(days=7)
    assert send_digests(app, monday) == []
    with app.app_context():
        zone = find_city("new york").zone
        query = select(Job.due_at).where(Job.kind == DIGEST.name)
        due = [due_at.astimezone(zone) for due_at in db.session.scalars(query)]
    assert len(due) == 2
    assert {(each.date(), each.hour in (7, 8)) for each in due} == {(monday, True)}


def test_a_week_is_from_monday_to_monday_by_the_clocks_of_the_home_city() -> None:
    weeks = Weeks.until(date(2026, 3, 9), "America/New_York")
    assert weeks.start == datetime(2026, 3, 2, 5, tzinfo=UTC)
    assert weeks.end == datetime(2026, 3, 9, 4, tzinfo=UTC), "summer time began on Sunday"
    assert weeks.before == datetime(2026, 2, 23, 5, tzinfo=UTC)


# --- unsubscribing -----------------------------------------------------------------------------


@pytest.fixture
def link(app: Flask, ada: User, make_ended_ride: MakeEndedRide) -> str:
    """The path of the link in a digest of Ada."""
    make_ended_ride(ada.key)
    move_rides(app, WEDNESDAY)
    (mail,) = send_digests(app)
    with app.app_context():
        letter = mail.message()
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    header = re.fullmatch(r"<https?://[^/]+(/unsubscribe/[\w=-]+)>", letter["List-Unsubscribe"])
    assert header
    assert header[1] in mail.body
    arrived = message_from_bytes(letter.as_bytes(), policy=policy.default)
    assert arrived["List-Unsubscribe"].strip() == letter["List-Unsubscribe"]
    return header[1]


def read_choice(app: Flask) -> tuple[bool, bool]:
    with app.app_context():
        choice = db.session.scalars(select(DigestChoice)).one()
        return choice.rider, choice.owner


def test_one_click_of_a_mail_program_ends_that_digest(app: Flask, link: str) -> None:
    client: Visitor = app.test_client()  # type: ignore[assignment]
    assert client.post(link, data=ONE_CLICK).status_code == 200, "no cookie, and no redirect"
    assert read_choice(app) == (False, True)
    assert client.post(link, data=ONE_CLICK).status_code == 200
    assert client.get(link).status_code == 200, "opened again"
    kinds = [event.kind for event in read_audit_events(app)]
    assert kinds.count(AuditKind.UNSUBSCRIBED) == 1


def test_opening_the_link_only_shows_a_button(app: Flask, link: str) -> None:
    client: Visitor = app.test_client()  # type: ignore[assignment]
    page = client.get(link).text
    assert "Unsubscribe</button>" in page
    assert "My rides" in page
    assert read_choice(app) == (True, True)


def test_the_link_works_after_a_change_of_address_and_a_move(
    app: Flask, link: str, ada: User
) -> None:
    update_rows(app, User, User.id == ada.id, email="new@example.org")
    with app.app_context():
        save_profile(ada.key, ProfileData(find_city("paris"), "Ada", "Lovelace", ""))
    assert app.test_client().post(link).status_code == 200
    assert read_choice(app) == (False, True)
    (event,) = [each for each in read_audit_events(app) if each.kind == AuditKind.UNSUBSCRIBED]
    moved_key = RowKey("europe-west1", ada.id)
    assert (event.region, event.actor_region, event.actor_id) == (*moved_key[:1], *moved_key)
    assert event.subject == f"account {moved_key}", "the account as it is now"


def test_a_link_from_a_region_that_is_gone_works(app: Flask, ada: User) -> None:
    with app.app_context():
        token = UnsubscribeToken(RowKey("gone-west9", ada.id), Digest.RIDER)
        path, compiled = f"/unsubscribe/{token}", unsubscribe_statement(token).compile()
    assert "gone-west9" not in str(compiled.params), "CockroachDB would not know it"
    assert app.test_client().post(path).status_code == 200
    assert read_choice(app) == (False, True)


def test_the_link_does_nothing_after_the_account_is_deleted(
    app: Flask, link: str, ada: User
) -> None:
    with app.app_context():
        delete_account(ada)
    assert app.test_client().post(link).status_code == 200


@pytest.mark.parametrize("change", [lambda t: t[:-8] + "AAAAAAAA", lambda _: "x", lambda _: "é"])
def test_a_forged_or_damaged_link_ends_nothing_and_says_where_to_choose(
    app: Flask, link: str, change: Any
) -> None:
    start, _, token = link.rpartition("/")
    client: Visitor = app.test_client()  # type: ignore[assignment]
    for method, status in (("GET", 200), ("POST", 422)):
        response = client.open(f"{start}/{change(token)}", method=method)
        assert (response.status_code, "This link doesn't work" in response.text) == (
            status,
            True,
        )
    assert read_choice(app) == (True, True)


def test_who_unsubscribes_before_the_mail_is_sent_gets_none(
    app: Flask, ada: User, make_ended_ride: MakeEndedRide
) -> None:
    make_ended_ride(ada.key)
    move_rides(app, WEDNESDAY)
    forget_mails(app)
    with app.app_context():
        execute_write(write_digests_statement("us-east1", MONDAY))
        token = UnsubscribeToken(ada.key, Digest.RIDER)
        path = f"/unsubscribe/{token}"
    app.test_client().post(path)
    with app.app_context():
        execute_write(update(Job).values(due_at=func.now()))
    assert read_mails(app) == []
