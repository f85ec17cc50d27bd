"""The accounts of a fleet: riders, and the staff who look after it. Nobody signs in to them: they
have no password."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID

from webapp.auth.models import RoleGrant, User
from webapp.db.keys import RowKey
from webapp.ops.demo.cities import DemoCity
from webapp.ops.demo.scaled_fleet.options import FleetOptions, make_id
from webapp.ops.demo.scaled_fleet.rows import FleetRows, Row
from webapp.web.roles import Role

FIRST_NAMES = (
    "Ada", "Amir", "Anna", "Ben", "Carla", "Chen", "Clara", "Dana", "David", "Elif", "Emma", "Eva",
    "Finn", "Grace", "Hugo", "Ines", "Ivan", "Jada", "Jonas", "Julia", "Kofi", "Lara", "Leon",
    "Lina", "Luca", "Maria", "Mateo", "Mei", "Mila", "Nadia", "Noah", "Nora", "Omar", "Paula",
    "Priya", "Ravi", "Rosa", "Samir", "Sofia", "Tariq", "Tessa", "Tom", "Yara", "Zoe",
)  # fmt: skip
LAST_NAMES = (
    "Adams", "Ahmed", "Bauer", "Bell", "Brown", "Chavez", "Cohen", "Costa", "Diaz", "Evans",
    "Fischer", "Flores", "Garcia", "Gomez", "Green", "Hall", "Haas", "Ito", "Jones", "Kaya",
    "Khan", "Kim", "Klein", "Lee", "Lopez", "Meyer", "Moreau", "Nguyen", "Novak", "Okoye", "Park",
    "Patel", "Quinn", "Reed", "Rossi", "Sato", "Silva", "Singh", "Smith", "Stein", "Tran",
    "Walker", "Weber", "Wong", "Young", "Zhang",
)  # fmt: skip
STAFF_ROLES = (Role.MECHANIC, Role.MECHANIC, Role.MECHANIC, Role.SUPPORT, Role.SUPPORT)
#: How long before the first ride the accounts were opened, at least, and within which time, days.
OPENED_BEFORE_DAYS, OPENED_WITHIN_DAYS = 1, 300


class FleetStaff(NamedTuple):
    """The accounts of the staff of a fleet."""

    mechanics: list[RowKey]
    supporters: list[RowKey]


def choose_staff(options: FleetOptions) -> FleetStaff:
    """Return the keys of the staff accounts of a fleet."""
    keys = [RowKey(options.city.region, id_) for id_, _ in _choose_staff_ids(options)]
    mechanics = STAFF_ROLES.count(Role.MECHANIC)
    return FleetStaff(keys[:mechanics], keys[mechanics:])


def make_staff_rows(options: FleetOptions) -> FleetRows:
    """Return the accounts of the staff, and their roles, which hold in the city."""
    rows, random = FleetRows(), options.make_random("names of staff")
    for id_, role in _choose_staff_ids(options):
        rows.add(User, make_account_row(random, options, id_))
        grant = {"region": options.city.region, "user_id": id_, "role": role.value}
        rows.add(RoleGrant, {**grant, "cities": [options.city.name]})
    return rows


def make_account_row(random: Random, options: FleetOptions, id_: UUID) -> Row:
    """Return an account in the city with an invented name."""
    first_name, last_name = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
    username = f"{first_name}.{last_name}.{id_.hex[:10]}".lower()
    opened_at = _choose_opening(random, options)
    return {
        **_make_place(options.city),
        "id": id_,
        "username": username,
        "email": f"{username}@example.org",
        "first_name": first_name,
        "last_name": last_name,
        "password_hash": "",
        "created_at": opened_at,
        "email_confirmed_at": opened_at + timedelta(minutes=random.randint(1, 50)),
    }


def _choose_staff_ids(options: FleetOptions) -> Iterator[tuple[UUID, Role]]:
    random = options.make_random("staff")
    return ((make_id(random), role) for role in STAFF_ROLES)


def _make_place(city: DemoCity) -> Row:
    return {"region": city.region, "city": city.name}


def _choose_opening(random: Random, options: FleetOptions) -> datetime:
    days = OPENED_BEFORE_DAYS + random.random() * OPENED_WITHIN_DAYS
    return options.begins_at - timedelta(seconds=round(days * 86_400))
