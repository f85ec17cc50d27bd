"""Revenue shares: an admin sets them for owners, in a city and from a day on."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from tests.auth.steps import new_browser, read_audit_events, read_rows
from tests.factories import UserFactory, VehicleFactory, find_city
from tests.form_steps import assert_form_reused, read_nonce
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.regions.models import City
from webapp.rides.earnings.models import RevenueShare
from webapp.rides.earnings.services.shares import ShareTerms, set_share

FORM = "/fleet/owners/share?city=new+york"
LIST = "/fleet/owners?city=new+york"


def today() -> date:
    return datetime.now(ZoneInfo("America/New_York")).date()


@pytest.fixture
def admin(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("boss", roles={"admin": ["new york"]}))


@pytest.fixture
def olga(make_user: UserFactory, make_vehicle: VehicleFactory) -> User:
    """An owner with a vehicle in New York, who lives in Paris."""
    olga = make_user("olga", "paris", roles=["owner"])
    make_vehicle(owner=olga)
    return olga


def send_share(admin: Visitor, **fields: str) -> str:
    terms = {"owner": "olga", "valid_from": today().isoformat(), "note": "Contract"}
    response = admin.send(FORM, **{**terms, "nonce": fields["percent"], **fields})
    assert response.status_code == 303, response.text
    location: str = response.location
    return location


def test_an_admin_sets_a_share_that_holds_from_now_on(
    app: Flask, admin: Visitor, olga: User
) -> None:
    page = send_share(admin, percent="12.5")
    assert page == f"/fleet/owners/new%20york/{olga.key}"
    (share,) = read_rows(app, RevenueShare)
    assert (share.region, share.city, share.basis_points) == ("us-east1", "new york", 1250)
    assert share.owner_key == olga.key
    assert share.valid_from == share.created_at
    assert "12.5%" in admin.get(page).text
    assert "12.5%" in admin.get(LIST).text


def test_a_later_share_is_shown_beside_the_one_that_holds(
    app: Flask, admin: Visitor, olga: User
) -> None:
    send_share(admin, percent="20")
    later = today() + timedelta(days=40)
    send_share(admin, percent="25", valid_from=later.isoformat())
    share = max(read_rows(app, RevenueShare), key=lambda each: each.valid_from)
    midnight = datetime(later.year, later.month, later.day, tzinfo=ZoneInfo("America/New_York"))
    assert share.valid_from == midnight.astimezone(UTC)
    row = admin.get(LIST).text.split("<tbody>")[1]
    assert row.index("20%") < row.index("25% from")


def test_the_audit_event_has_the_share_before_and_after_and_why(
    app: Flask, admin: Visitor, olga: User
) -> None:
    send_share(admin, percent="20", note="Contract 7")
    page = send_share(admin, percent="30", note="More vehicles")
    first, second = read_audit_events(app, AuditKind.REVENUE_SHARE_SET)
    assert (first.subject, first.city) == (f"account {olga.key}", "new york")
    day = today().isoformat()
    assert first.details == {
        "before": {"basis_points": 0},
        "after": {"basis_points": 2000, "valid_from": day},
        "why": "Contract 7",
    }
    assert second.details["before"] == {"basis_points": 2000}
    history = admin.get(admin.get(page).text.split('">History')[0].rsplit('href="')[-1]).text
    assert "20%" in history
    assert "More vehicles" in history


def test_the_same_form_again_is_the_same_share(app: Flask, admin: Visitor, olga: User) -> None:
    tomorrow = (today() + timedelta(days=1)).isoformat()
    for day in (today().isoformat(), tomorrow):
        for _twice in range(2):
            send_share(admin, percent="20", valid_from=day, nonce=day)
    assert len(read_rows(app, RevenueShare)) == 2
    assert len(read_audit_events(app, AuditKind.REVENUE_SHARE_SET)) == 2


@pytest.mark.parametrize("field", ["owner", "percent", "valid_from", "note", "city"])
def test_a_form_of_a_share_that_is_sent_again_with_other_values_is_a_new_one(
    app: Flask, olga: User, make_user: UserFactory, make_vehicle: VehicleFactory, field: str
) -> None:
    make_vehicle(owner=make_user("omar", roles=["owner"]))
    make_vehicle("boston", owner=olga)
    admin = new_browser(app).sign_in(make_user("ben", roles={"admin": ["new york", "boston"]}))
    tomorrow = (today() + timedelta(days=1)).isoformat()
    other = {"owner": "omar", "percent": "21", "valid_from": tomorrow, "note": "New"}
    send_share(admin, percent="20", nonce="n")
    terms = {"owner": "olga", "percent": "20", "valid_from": today().isoformat()}
    fields = {**terms, "note": "Contract", "nonce": "n"}
    path = FORM
    if field == "city":
        path = FORM.replace("new+york", "boston")
    else:
        fields[field] = other[field]
    refused = admin.send(path, **fields)
    assert_form_reused(refused, fields.get(field, "Contract"))
    assert len(read_rows(app, RevenueShare)) == 1
    assert admin.send(path, **{**fields, "nonce": read_nonce(refused)}).status_code == 303
    assert len(read_rows(app, RevenueShare)) == 2


def test_setting_a_share_requires_reauthentication(app: Flask, make_user: UserFactory) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=1)
    boss = make_user("boss", roles={"admin": ["new york"]})
    stale = new_browser(app).sign_in(boss, authenticated_at=long_ago)
    assert stale.get(FORM).location.startswith("/login/again?")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("percent", "101", "Enter a number between 0 and 100."),
        ("percent", "12.345", "Use at most two decimals."),
        ("percent", "1e99", "Enter a number between 0 and 100."),
        ("percent", "NaN", "Enter a number"),
        ("percent", "sNaN", "Enter a number"),
        ("percent", "", "Fill this in."),
        ("valid_from", "2026-01-01", "Choose today or a later day."),
        ("valid_from", "2999-01-01", "within the next two years"),
        ("note", "", "Fill this in."),
        ("owner", "nobody", "There is no account with that name."),
    ],
)
def test_wrong_values_are_refused_beside_their_field(
    app: Flask, admin: Visitor, olga: User, field: str, value: str, message: str
) -> None:
    terms = {"owner": "olga", "percent": "20", "valid_from": today().isoformat(), "note": "x"}
    response = admin.send(FORM, nonce="n", **{**terms, field: value})
    assert response.status_code in (404, 422)
    assert message in response.text.split(f'id="{field}-error"')[1][:200]
    assert f'value="{value}"' in response.text
    assert read_rows(app, RevenueShare) == []


def test_managers_see_shares_and_do_not_agree_them(
    app: Flask, admin: Visitor, olga: User, make_user: UserFactory
) -> None:
    page = send_share(admin, percent="20")
    manager = new_browser(app).sign_in(make_user("fay", roles={"fleet": ["new york"]}))
    assert "Set another share" not in manager.get(page).text
    assert manager.get(FORM).status_code == 403
    parisian = new_browser(app).sign_in(make_user("pia", roles={"admin": ["paris"]}))
    assert parisian.get(page).status_code == 404
    assert parisian.get(page.replace("new%20york", "paris")).status_code == 404


def test_the_owner_is_told_of_the_share_and_of_the_one_before(
    app: Flask, admin: Visitor, olga: User
) -> None:
    for percent in ("20", "25"):
        send_share(admin, percent=percent, note=f"Contract {percent}")
    first, second = read_mails(app)
    assert second.to == [olga.email]
    assert second.subject == "Your share of the price of rides in New York: 25%"
    assert "Until then it is 0%." in first.body
    assert "Until then it is 20%." in second.body
    assert "Contract 25" in second.body


def test_an_account_without_a_vehicle_in_the_city_gets_no_share(
    app: Flask, admin: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    nora = make_user("nora", roles=["owner"])
    make_vehicle("boston", owner=nora)
    make_vehicle(owner=nora, state="removed")
    fields = {"owner": "nora", "percent": "20", "valid_from": today().isoformat(), "note": "x"}
    response = admin.send(FORM, **fields, nonce="n")
    assert response.status_code == 409
    assert "This account has no vehicle in New York." in response.text
    assert read_rows(app, RevenueShare) == []


def test_a_form_that_is_sent_again_after_its_city_has_moved_is_stored_once(
    app: Flask, olga: User, make_user: UserFactory
) -> None:
    boss, terms = make_user("boss", roles=["admin"]), ShareTerms(2_000, today(), "Contract")
    with app.app_context():
        here = find_city("new york")
        there = City(name=here.name, region="us-west1", timezone=here.timezone, currency="USD")
        for city in (here, there):
            assert set_share(boss, city, "olga", terms, "n") == olga.key
    assert len(read_rows(app, RevenueShare)) == 1
