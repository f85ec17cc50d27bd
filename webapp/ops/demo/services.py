"""Loading the demo. Once more adds nothing, and finishes one that was interrupted."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from webapp.auth import passwords
from webapp.auth.models import User
from webapp.auth.services.registration import find_user
from webapp.db.errors import sqlstate
from webapp.db.transactions import run_transaction
from webapp.errors import DomainError
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.cache import plan_cache
from webapp.fleet.pricing.models import PricingPlan
from webapp.ops.demo.accounts import open_accounts, stored_password
from webapp.ops.demo.cities import CITIES, DemoCity
from webapp.ops.demo.prices import prices_of
from webapp.ops.demo.vehicles import place_in, vehicles_of
from webapp.ops.demo.wallet import fill_wallet
from webapp.ops.demo.zones import add_zones
from webapp.regions.catalogue import add_city, catalogue
from webapp.rides.models import Ride
from webapp.web.roles import Role

PAST_RIDES = 8
INVALID_TEXT = "22P02"


class NotHere(DomainError):
    message = "The demo is for development: it makes accounts with a known password."


class RegionMissing(DomainError):
    def __init__(self, region: str, city: str) -> None:
        super().__init__()
        self.message = f"The database has no region '{region}', which the demo's {city} needs."


def load(cities: Iterable[DemoCity] = CITIES) -> int:
    """Open the demo's cities with their prices, zones, vehicles, accounts and a rider's history.

    cities: those of CITIES, perhaps wrapped to watch the progress.
    Returns how many vehicles are new. Raises NotHere without DEMO_ALLOWED, and RegionMissing.
    """
    if not current_app.config["DEMO_ALLOWED"]:
        raise NotHere
    people: dict[Role, User] = {}
    added = 0
    for city in cities:
        _open(city)
        if not people:
            people = open_accounts(catalogue().find(city.name))  # type: ignore[arg-type]
            fill_wallet(people[Role.RIDER], city)
        _price(city)
        add_zones(catalogue().find(city.name), city)  # type: ignore[arg-type]
        added += _put_on_the_street(city, people)
    plan_cache().forget()
    return added


def password_that_works() -> str | None:
    """Return the password with which the demo's accounts sign in, or None when there is none."""
    password, rider = stored_password(), find_user(Role.RIDER)
    works = password and rider and passwords.verify_password(password, rider.password_hash)
    return password if works else None


def _open(city: DemoCity) -> None:
    try:
        add_city(**city.columns)
    except DBAPIError as error:
        if sqlstate(error) == INVALID_TEXT:
            raise RegionMissing(city.region, city.label) from None
        raise


def _price(city: DemoCity) -> None:
    """A price that somebody has published stays."""
    rows = prices_of(city)
    run_transaction(
        lambda session: _insert(session, PricingPlan, rows), idempotent=True, one_statement=True
    )


def _put_on_the_street(city: DemoCity, people: dict[Role, User]) -> int:
    is_first = city is CITIES[0]
    vehicles = vehicles_of(city, people[Role.OWNER] if is_first else None)
    rides = _history(city, vehicles, people[Role.RIDER]) if is_first else []

    def work(session: Session) -> int:
        added = _insert(session, Vehicle, vehicles)
        if added and rides:
            _insert(session, Ride, rides)
        return added

    return run_transaction(work, idempotent=True)


def _insert(session: Session, model: Any, rows: list[dict[str, Any]]) -> int:
    statement = insert(model).values(rows).on_conflict_do_nothing().returning(model.id)
    return len(session.scalars(statement).all())


def _history(city: DemoCity, vehicles: list[dict[str, Any]], rider: User) -> list[dict[str, Any]]:
    """Return past rides; each vehicle still stands where its ride ended."""
    random = Random(f"rides in {city.name}")  # noqa: S311 - the same each time, not a secret
    now = datetime.now(UTC)
    return [
        _ride(random, city, vehicle, rider, now - timedelta(days=2 * number + 1, hours=number))
        for number, vehicle in enumerate(vehicles[-PAST_RIDES:])
    ]


def _ride(
    random: Random, city: DemoCity, vehicle: dict[str, Any], rider: User, at: datetime
) -> dict[str, Any]:
    start = place_in(random, city).columns()
    return {
        "region": city.region,
        "id": UUID(int=random.getrandbits(128), version=4),
        "city": city.name,
        "vehicle_id": vehicle["id"],
        "rider_region": rider.region,
        "rider_id": rider.id,
        "started_at": at,
        "ended_at": at + timedelta(seconds=random.randrange(240, 2400)),
        **{f"start_{name}": value for name, value in start.items()},
        **{f"end_{name}": vehicle[name] for name in start},
    }
