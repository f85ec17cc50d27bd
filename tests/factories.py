"""Make rows that tests need: accounts, vehicles, pricing plans; and read them back."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy import func, insert

from webapp.auth import passwords
from webapp.auth.models import RoleGrant, User
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.alerts.settings import load_settings, settings_cache
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.cache import plan_cache
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.queues.colleagues import list_colleagues
from webapp.fleet.reports.tags import list_tags
from webapp.fleet.saved_replies.enums import ReplyQueue
from webapp.fleet.saved_replies.queries import find_replies
from webapp.fleet.vehicle_types.settings import vehicle_types
from webapp.fleet.zones.cache import city_zones, has_start_rules
from webapp.notices.published_notices import list_pinned_notices
from webapp.regions.catalogue import catalogue
from webapp.regions.data_regions import list_data_regions
from webapp.regions.geography import Point
from webapp.regions.models import City
from webapp.riders.notifications.push.vapid import find_push_key
from webapp.texts.published_texts import list_notices
from webapp.web.roles import Permission

PASSWORD = "four words make one"
#: Names of roles, or with each the cities that it is limited to.
Roles = Iterable[str] | Mapping[str, list[str]]


class UserFactory:
    """Make accounts: ``make_user("ada", city="paris", roles=["fleet"])``. All have PASSWORD.

    Roles may be limited to cities: ``roles={"fleet": ["paris"]}``.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __call__(
        self, name: str = "", /, city: str = "new york", roles: Roles = (), **columns: Any
    ) -> User:
        username = name or f"u{uuid4().hex[:10]}"
        with self.app.app_context():
            home = find_city(city)
            values = {
                "region": home.region,
                "id": uuid4(),
                "city": home.name,
                "username": username,
                "email": f"{username}@example.org",
                "first_name": username.title(),
                "units": "km-24",
                "last_name": "Lovelace",
                "password_hash": _password_hash(),
                "email_confirmed_at": func.now(),
                **columns,
            }
            with db.engines["write"].begin() as connection:
                connection.execute(insert(User).values(values))
                for role in roles:
                    grant = {"region": home.region, "user_id": values["id"], "role": role}
                    grant["cities"] = roles[role] if isinstance(roles, dict) else None
                    connection.execute(insert(RoleGrant).values(grant))
            user = db.session.get(User, (home.region, values["id"]))
            assert user
            return user


class VehicleFactory:
    """Make vehicles: ``make_vehicle("paris", state="on_trip", at=(48.85, 2.35), owner=user)``."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __call__(
        self,
        city: str = "new york",
        at: tuple[float, float] | None = None,
        owner: User | None = None,
        **columns: Any,
    ) -> Vehicle:
        with self.app.app_context():
            home = find_city(city)
            point = Point(*at) if at else home.centre
            key = owner.key if owner else RowKey("", None)  # type: ignore[arg-type]
            values = {
                "region": home.region,
                "id": uuid4(),
                "city": home.name,
                "owner_region": key.region or None,
                "owner_id": key.id,
                "form_factor": "scooter_standing",
                "propulsion_type": "electric",
                "brand": "Okai",
                "color": "black",
                "state": "available",
                "address": "1 Main Street",
                "lat": point.lat,
                "lon": point.lon,
                "cell": point.cell,
                **columns,
            }
            with db.engines["write"].begin() as connection:
                connection.execute(insert(Vehicle).values(values))
            vehicle = db.session.get(Vehicle, (home.region, values["id"]))
            assert vehicle
            return vehicle


class PlanFactory:
    """Publish prices: ``make_plan("paris", unlock_fee=100, form_factor="bicycle")``."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __call__(self, city: str = "new york", **columns: Any) -> PricingPlan:
        with self.app.app_context():
            home = find_city(city)
            values = {
                "id": uuid4(),
                "city": home.name,
                "form_factor": "",
                "propulsion_type": "",
                "version": 1,
                "name": "As you go",
                "currency": home.currency,
                "unlock_fee": 0,
                "segments": [],
                "reserve_min": 15,
                "reservation_rate": 0,
                "reserve_max_min": columns.get("reserve_min", 15),
                "tax_ppm": 0,
                "tax_included": True,
                **columns,
            }
            with db.engines["write"].begin() as connection:
                connection.execute(insert(PricingPlan).values(values))
            plan_cache().forget()
            plan = db.session.get(PricingPlan, values["id"])
            assert plan
            db.session.expunge(plan)
            return plan


class RowReader:
    """Read what the database holds now: ``row(Vehicle, vehicle.key)``."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __call__(self, model: type, key: Iterable[Any]) -> Any:
        with self.app.app_context():
            return db.session.get(model, tuple(key))


_hashes: list[str] = []


def _password_hash() -> str:
    if not _hashes:
        _hashes.append(passwords.hash_password(PASSWORD))
    return _hashes[0]


def find_city(name: str = "new york") -> City:
    """Return a city of the catalogue; needs an application context."""
    city = catalogue().find(name)
    assert city
    return city


def fill_caches() -> None:
    """Read what each process keeps for a while: a page pays for it once in half a minute."""
    plan_cache().load()
    vehicle_types()
    settings_cache().get(None, load_settings)
    list_data_regions()
    list_notices(None)
    list_pinned_notices(None)
    find_push_key()
    for city in catalogue().all():
        city_zones(city)
        find_replies(city, ReplyQueue.REPORTS)
        list_tags(city)
        for permission in (Permission.ANSWER_REPORTS, Permission.ANSWER_DISPUTES):
            list_colleagues(permission, city.name)
        has_start_rules(city.region)
