"""Loading the demo. Loading it again adds nothing, and completes an interrupted load."""

from collections.abc import Iterable

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from webapp.db.errors import sqlstate
from webapp.db.inserts import insert
from webapp.db.transactions import execute_write, run_transaction
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.fleet.alerts.scan import scan_city
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.cache import plan_cache
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.origins import EventOrigin
from webapp.fleet.vehicle_events.writing import add_vehicles_ctes
from webapp.ops.demo.accounts import add_accounts, add_other_riders
from webapp.ops.demo.activity import Activity, make_activity
from webapp.ops.demo.apps import add_app
from webapp.ops.demo.cities import CITIES, DemoCity
from webapp.ops.demo.notices import add_notices
from webapp.ops.demo.prices import plan_rows
from webapp.ops.demo.revenue_shares import add_revenue_share
from webapp.ops.demo.saved_replies import add_saved_replies
from webapp.ops.demo.texts import add_texts
from webapp.ops.demo.unmet_demand import add_unmet_demand
from webapp.ops.demo.usage import add_usage
from webapp.ops.demo.vehicle_types import set_up_vehicle_types
from webapp.ops.demo.vehicles import VehicleRow, vehicle_rows
from webapp.ops.demo.wallet import fill_wallet
from webapp.ops.demo.zones import add_zones
from webapp.regions.catalogue import add_city, catalogue
from webapp.regions.models import City
from webapp.web.roles import Role

#: SQLSTATE invalid_text_representation: a region that CockroachDB does not know.
UNKNOWN_REGION = "22P02"


class DemoNotAllowed(DomainError):
    message = "The demo is for development: it makes accounts with a known password."


class RegionMissing(DomainError):
    def __init__(self, region: str, city_label: str) -> None:
        super().__init__()
        self.message = (
            f"The database has no region '{region}', which the demo's {city_label} needs."
        )


def load_demo(cities: Iterable[DemoCity] = CITIES) -> int:
    """Add the cities of the demo with prices, zones and vehicles, the accounts, saved
    replies, texts and an app.

    cities: the first of CITIES, or all of them; it gets the accounts, rides and reports.
    Returns how many vehicles were added. Raises DemoNotAllowed without the setting DEMO_ALLOWED,
    and RegionMissing.
    """
    added = 0
    for demo_city in cities:
        city = _add_city_with_rules(demo_city)
        if demo_city is CITIES[0]:
            added += _add_busy_city(city, demo_city)
            add_unmet_demand(city)
            add_usage(city)
            add_notices(city)
        else:
            added += _add_vehicles(vehicle_rows(demo_city, None), Activity())
        scan_city(city, all_vehicles=True)
    add_saved_replies()
    add_texts()
    set_up_vehicle_types()
    return added


def add_demo_city(demo_city: DemoCity) -> None:
    """Add a city of the demo with prices and zones, and the accounts, but no vehicles.

    Raises DemoNotAllowed without the setting DEMO_ALLOWED, and RegionMissing.
    """
    add_accounts(_add_city_with_rules(demo_city))


def _add_city_with_rules(demo_city: DemoCity) -> City:
    if not current_app.config["DEMO_ALLOWED"]:
        raise DemoNotAllowed
    city = _add_city(demo_city)
    _add_plans(demo_city)
    add_zones(city, demo_city)
    return city


def _add_city(demo_city: DemoCity) -> City:
    try:
        add_city(**demo_city.columns())
    except DBAPIError as error:
        if sqlstate(error) == UNKNOWN_REGION:
            raise RegionMissing(demo_city.region, demo_city.label) from None
        raise
    city = catalogue().find(demo_city.name)
    assert city is not None  # noqa: S101 - it was added above
    return city


def _add_plans(city: DemoCity) -> None:
    """Add the plans of a city; plans that are published already stay."""
    statement = insert(PricingPlan).values(plan_rows(city)).on_conflict_do_nothing()
    execute_write(statement, idempotent=True)
    plan_cache().forget()


def _add_busy_city(city: City, demo_city: DemoCity) -> int:
    """Add the accounts, and the vehicles of the first city with what happens there."""
    accounts, others = add_accounts(city), add_other_riders(city)
    for rider in (accounts[Role.RIDER], *others):
        fill_wallet(rider, demo_city)
    add_revenue_share(city, accounts[Role.OWNER])
    add_app(accounts[Role.RIDER])
    vehicles = vehicle_rows(demo_city, accounts[Role.OWNER])
    return _add_vehicles(vehicles, make_activity(demo_city, vehicles, accounts, others))


def _add_vehicles(vehicles: list[VehicleRow], activity: Activity) -> int:
    """Add the vehicles of a city and what happens with them; return how many vehicles."""
    inserted = insert(table(Vehicle)).values(vehicles).on_conflict_do_nothing()
    added, events = add_vehicles_ctes(inserted, EventOrigin(EventCause.OWNER))
    statement = select(added.c.id).add_cte(events)

    def work(session: Session) -> int:
        added = len(session.scalars(statement).all())
        if added:
            activity.insert(session)
        return added

    return run_transaction(work, idempotent=True)
