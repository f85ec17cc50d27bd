"""Owners offer vehicles by e-mail; whoever has the address accepts or declines."""

import contextlib
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, update

from tests.auth.email_steps import NEW_PASSWORD_FIELDS
from tests.auth.steps import new_browser, read_audit_events, read_rows
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.job_steps import read_mails, run_jobs
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.transfer import transfer_vehicle
from webapp.fleet.vehicle_offers.links import OfferLink
from webapp.fleet.vehicle_offers.models import VehicleOffer
from webapp.fleet.vehicle_offers.personal_data import EXPORT_SECTIONS
from webapp.fleet.vehicle_offers.services.answers import accept_offer
from webapp.fleet.vehicle_offers.services.offers import withdraw_offer
from webapp.riders.services.account_deletion import delete_account

OFFERS = "/vehicles/mine/offers"


@pytest.fixture
def olga(make_user: UserFactory) -> User:
    return make_user("olga", "paris", roles=["owner"])


@pytest.fixture
def vehicle(make_vehicle: VehicleFactory, olga: User) -> Vehicle:
    return make_vehicle(owner=olga)


@pytest.fixture
def owner(app: Flask, olga: User) -> Visitor:
    return new_browser(app).sign_in(olga)


def offer(owner: Visitor, vehicle: Vehicle, email: str = "omar@example.org") -> str:
    """Offer a vehicle; return the path of the link in the mail."""
    response = owner.send(f"/vehicles/mine/{vehicle.key}/offer", email=email)
    assert response.location == OFFERS, response.text
    mail = read_mails(owner.application, email.lower())[-1]
    (link,) = re.findall(r"https?://\S+/vehicles/offers/\S+", mail.body)
    return str(urlsplit(link).path)


def read_withdrawal(app: Flask) -> str:
    """Return the mail to whom the vehicle was offered."""
    (mail,) = [each for each in read_mails(app, "omar@example.org") if "no longer" in each.subject]
    return str(mail.body)


def read_link(path: str) -> OfferLink:
    key, secret = path.split("/")[-2:]
    return OfferLink(RowKey.parse(key), secret)


def test_an_offered_vehicle_gets_another_owner_and_another_code(
    app: Flask, owner: Visitor, olga: User, vehicle: Vehicle, make_user: UserFactory, row: RowReader
) -> None:
    omar = make_user("omar", "boston")
    path = offer(owner, vehicle, "OMAR@example.org")
    recipient = new_browser(app).sign_in(omar)
    page = recipient.get(path).text
    assert "Olga wants to give you this vehicle." in page
    assert vehicle.code not in page
    response = recipient.send(path)
    assert response.location == f"/vehicles/mine/{vehicle.key}"
    given = row(Vehicle, vehicle.key)
    assert (given.owner_region, given.owner_id) == omar.key
    assert given.code != vehicle.code
    subjects = {mail.to[0]: mail.subject for mail in read_mails(app)}
    assert subjects[omar.email] == "A vehicle is yours now"
    assert subjects[olga.email] == "A vehicle is no longer yours"
    assert "owner" in row(User, omar.key).roles
    assert "owner" not in row(User, olga.key).roles
    (event,) = read_audit_events(app, AuditKind.VEHICLE_OFFER_ACCEPTED)
    assert (event.actor_id, event.subject) == (omar.id, f"vehicle {vehicle.key}")
    assert "accepted" in owner.get(OFFERS).text
    assert recipient.get(path).status_code == 410, "it is of use once"


def test_somebody_without_an_account_creates_one_and_accepts(
    app: Flask, owner: Visitor, vehicle: Vehicle, row: RowReader
) -> None:
    path, visitor = offer(owner, vehicle, "nina@example.org"), new_browser(app)
    page = visitor.get(path).text
    (register,) = re.findall(r'href="(/register\?next=[^"]+)"', page)
    person = {"first_name": "Nina", "last_name": "N", "username": "nina", "city": "boston"}
    response = visitor.send(
        register.replace("&amp;", "&"), **person, email="nina@example.org", **NEW_PASSWORD_FIELDS
    )
    assert response.location == path
    assert visitor.send(path).status_code == 403, "the address is not confirmed yet"
    with app.app_context():
        execute_write(update(User).values(email_confirmed_at=func.now()))
    assert visitor.send(path).status_code == 303
    assert row(Vehicle, vehicle.key).owner_id != vehicle.owner_id


def test_whoever_gets_the_mail_declines_without_an_account(
    app: Flask, owner: Visitor, olga: User, vehicle: Vehicle, row: RowReader
) -> None:
    path, visitor = offer(owner, vehicle), new_browser(app)
    assert visitor.send(f"{path}/decline").status_code == 303
    assert read_mails(app, olga.email)[-1].subject == "Your offer of a vehicle was declined"
    assert "declined" in owner.get(OFFERS).text
    assert visitor.get(path).status_code == visitor.send(f"{path}/decline").status_code == 410
    assert row(Vehicle, vehicle.key).owner_id == olga.id


@pytest.mark.parametrize("email", ["omar@example.org", "nobody@example.org"])
def test_an_offer_does_not_tell_whether_the_address_has_an_account(
    app: Flask, owner: Visitor, vehicle: Vehicle, make_user: UserFactory, email: str
) -> None:
    make_user("omar")
    offer(owner, vehicle, email)
    (mail,) = read_mails(app)
    assert "Hi Omar" not in mail.body
    page = owner.get(f"/vehicles/mine/{vehicle.key}/offer").text
    assert email in page
    assert email in owner.get(OFFERS).text


def test_an_offer_is_for_the_account_of_its_address(
    app: Flask, owner: Visitor, vehicle: Vehicle, make_user: UserFactory, row: RowReader
) -> None:
    path, eve = offer(owner, vehicle), new_browser(app).sign_in(make_user("eve"))
    for response in (eve.get(path), eve.send(path), owner.send(path)):
        assert response.status_code == 403
        assert "sent to another e-mail address" in response.text
    assert eve.send(path[:-1] + "x").status_code == 410, "another secret"
    assert row(Vehicle, vehicle.key).owner_id == vehicle.owner_id


def test_a_withdrawn_or_expired_offer_is_closed(
    app: Flask, owner: Visitor, vehicle: Vehicle, make_user: UserFactory
) -> None:
    recipient = new_browser(app).sign_in(make_user("omar"))
    other = new_browser(app).sign_in(make_user("eve"))
    path = offer(owner, vehicle)
    withdraw = f"{OFFERS}/{read_link(path).key}/withdraw"
    other.send(withdraw)
    assert recipient.get(path).status_code == 200, "another cannot withdraw it"
    for _ in range(2):
        owner.send(withdraw)
    assert "withdrawn" in owner.get(OFFERS).text
    assert "The vehicle that Olga wanted to give you is no longer offered." in read_withdrawal(app)
    assert recipient.send(path).status_code == 410
    path = offer(owner, vehicle)
    with app.app_context():
        yesterday = func.now() - timedelta(days=1)
        execute_write(update(VehicleOffer).values(expires_at=yesterday))
    assert recipient.send(path).status_code == 410
    assert "expired" in owner.get(OFFERS).text


def test_a_vehicle_is_offered_once_and_not_to_oneself_nor_by_others(
    app: Flask, owner: Visitor, olga: User, vehicle: Vehicle, make_user: UserFactory
) -> None:
    page = f"/vehicles/mine/{vehicle.key}/offer"
    nonce = "8c1d7a52-2b0f-4b6e-8f57-6c1a4f0b9d31"
    for _twice in range(2):
        assert owner.send(page, email="omar@example.org", nonce=nonce).status_code == 303
    assert len(read_rows(app, VehicleOffer)) == len(read_mails(app)) == 1
    second = owner.send(page, email="nina@example.org")
    assert second.status_code == 409
    assert "Withdraw that offer first" in second.text
    assert owner.send(page, email=olga.email).status_code == 422
    eve = new_browser(app).sign_in(make_user("eve"))
    assert eve.get(page).status_code == 404
    assert eve.send(page, email="omar@example.org").status_code == 404


@pytest.mark.parametrize("state", ["on_trip", "reserved"])
def test_a_vehicle_in_use_is_accepted_later(
    app: Flask,
    owner: Visitor,
    vehicle: Vehicle,
    make_user: UserFactory,
    row: RowReader,
    state: str,
) -> None:
    path, recipient = offer(owner, vehicle), new_browser(app).sign_in(make_user("omar"))
    until = func.now() + timedelta(minutes=5) if state == "reserved" else None
    with app.app_context():
        execute_write(update(Vehicle).values(state=state, reserved_until=until))
    refused = recipient.send(path)
    assert refused.status_code == 409
    assert "Accept the offer when it is free" in refused.text
    assert row(Vehicle, vehicle.key).owner_id == vehicle.owner_id
    with app.app_context():
        execute_write(update(Vehicle).values(state="available", reserved_until=None))
    assert recipient.send(path).status_code == 303


@pytest.mark.parametrize("values", [{"owner_region": None, "owner_id": None}, {"state": "removed"}])
def test_a_vehicle_that_its_owner_has_lost_cannot_be_accepted(
    app: Flask, owner: Visitor, vehicle: Vehicle, make_user: UserFactory, values: dict[str, str]
) -> None:
    path, recipient = offer(owner, vehicle), new_browser(app).sign_in(make_user("omar"))
    with app.app_context():
        execute_write(update(Vehicle).values(values))
    assert recipient.send(path).status_code == 410


def test_an_offer_of_a_closed_account_cannot_be_accepted(
    app: Flask, owner: Visitor, olga: User, vehicle: Vehicle, make_user: UserFactory
) -> None:
    path, recipient = offer(owner, vehicle), new_browser(app).sign_in(make_user("omar"))
    with app.app_context():
        is_owner = User.id == olga.id
        execute_write(update(User).where(is_owner).values(disabled_at=func.now()))
    assert recipient.get(path).status_code == recipient.send(path).status_code == 410


def test_the_name_of_an_owner_brings_no_link_to_a_stranger(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    mallory = make_user("mallory", first_name="Win at evil.example")
    offer(new_browser(app).sign_in(mallory), make_vehicle(owner=mallory))
    (mail,) = read_mails(app)
    assert "evil" not in mail.body
    assert "Somebody wants to give you a vehicle" in mail.body


def test_an_offer_is_accepted_or_withdrawn_at_the_same_moment(
    app: Flask,
    owner: Visitor,
    olga: User,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    row: RowReader,
) -> None:
    omar = make_user("omar")
    for _round in range(3):
        vehicle = make_vehicle(owner=olga)
        link = read_link(offer(owner, vehicle))

        def accept(link: OfferLink = link) -> None:
            with contextlib.suppress(DomainError):
                accept_offer(db.session.get_one(User, tuple(omar.key)), link)

        def withdraw(link: OfferLink = link) -> None:
            withdraw_offer(olga.key, link.key)

        run_together(app, accept, withdraw)
        stored = row(VehicleOffer, link.key)
        new_owner = row(Vehicle, vehicle.key).owner_id
        assert (stored.state, new_owner) in [("accepted", omar.id), ("withdrawn", olga.id)]
        run_jobs(app)


def test_too_many_offers_are_refused(
    app: Flask, owner: Visitor, vehicle: Vehicle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_VEHICLE_OFFERS", (1, 60))
    offer(owner, vehicle)
    page = f"/vehicles/mine/{vehicle.key}/offer"
    assert owner.send(page, email="nina@example.org").status_code == 429


def test_an_offer_ends_when_staff_give_the_vehicle_to_another_who_may_offer_it(
    app: Flask, owner: Visitor, olga: User, vehicle: Vehicle, make_user: UserFactory
) -> None:
    recipient, nina = new_browser(app).sign_in(make_user("omar")), make_user("nina")
    staff, path = make_user("mia", roles=["fleet"]), offer(owner, vehicle)
    with app.app_context():
        transfer_vehicle(staff, vehicle.key, "nina", ActionDetails())
    offer(new_browser(app).sign_in(nina), vehicle, "eve@example.org")
    with app.app_context():
        transfer_vehicle(staff, vehicle.key, "olga", ActionDetails())
    assert recipient.send(path).status_code == 410
    assert "withdrawn" in owner.get(OFFERS).text
    assert len(read_audit_events(app, AuditKind.VEHICLE_OFFER_WITHDRAWN)) == 2
    assert read_withdrawal(app)


def test_an_offer_ends_when_the_vehicle_leaves_the_fleet(
    app: Flask, owner: Visitor, vehicle: Vehicle, make_user: UserFactory
) -> None:
    recipient, path = new_browser(app).sign_in(make_user("omar")), offer(owner, vehicle)
    assert owner.send(f"/vehicles/{vehicle.key}/remove").status_code == 303
    assert recipient.send(path).status_code == 410
    page = owner.get(OFFERS).text
    assert page.count("withdrawn") == 1
    assert "The vehicle has left the fleet." in page
    assert len(read_audit_events(app, AuditKind.VEHICLE_OFFER_WITHDRAWN)) == 1
    assert read_withdrawal(app)


def test_who_has_not_confirmed_an_address_neither_gets_nor_deletes_its_offers(
    app: Flask, owner: Visitor, vehicle: Vehicle, make_user: UserFactory
) -> None:
    mallory = make_user("mallory", email="omar@example.org", email_confirmed_at=None)
    offer(owner, vehicle)
    section = EXPORT_SECTIONS[1]
    with app.app_context():
        assert list(section.rows(mallory.key)) == []
        delete_account(db.session.get_one(User, tuple(mallory.key)))
    assert len(read_rows(app, VehicleOffer)) == 1


@pytest.mark.parametrize("max_rows_at_once", [1_000, 0])
def test_whom_a_vehicle_was_offered_to_is_told_that_the_owner_has_left(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    owner: Visitor,
    olga: User,
    vehicle: Vehicle,
    max_rows_at_once: int,
) -> None:
    """Also when the account has many rows, which a job deletes: nobody knows its name by then."""
    monkeypatch.setitem(app.config, "ACCOUNT_DELETION_MAX_ROWS_AT_ONCE", max_rows_at_once)
    link = offer(owner, vehicle)
    with app.app_context():
        delete_account(db.session.get_one(User, tuple(olga.key)))
    assert ("Olga wanted" if max_rows_at_once else "somebody wanted") in read_withdrawal(app)
    assert read_rows(app, VehicleOffer) == []
    assert new_browser(app).get(link).status_code == 410


@pytest.mark.parametrize("leaver", ["olga", "omar"])
def test_offers_go_with_the_accounts_of_both(
    app: Flask, owner: Visitor, olga: User, vehicle: Vehicle, make_user: UserFactory, leaver: str
) -> None:
    omar = make_user("omar")
    offer(owner, vehicle)
    with app.app_context():
        delete_account(db.session.get_one(User, tuple({"olga": olga, "omar": omar}[leaver].key)))
    assert read_rows(app, VehicleOffer) == []
