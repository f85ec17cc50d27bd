"""Storing a file of vehicles, confirming it, and adding its vehicles: all of them or none."""

from hashlib import sha256
from uuid import uuid4

from flask import current_app
from sqlalchemy.orm import Session

from webapp.auth.models import User
from webapp.auth.services.email_confirmation import check_email_confirmed
from webapp.auth.services.role_grants import grant_role_statement
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write, run_transaction
from webapp.errors import NotFound
from webapp.fleet.services.add import retry_code_collisions
from webapp.fleet.vehicle_import.parsing import ParsedFile, parse_file
from webapp.fleet.vehicle_import.queries import find_import
from webapp.fleet.vehicle_import.statements import (
    apply_statement,
    confirm_statement,
    operator_import_condition,
    owner_import_condition,
    store_statement,
    withdraw_confirmation_statement,
)
from webapp.regions.catalogue import catalogue
from webapp.regions.enums import CityFeature
from webapp.regions.features import check_city_open, check_feature
from webapp.regions.models import City
from webapp.web import rate_limits
from webapp.web.roles import Permission, Role

#: How long the statement that adds the vehicles may take: 10,000 are one statement.
APPLY_TIMEOUT_MS = 120_000


def check_file(
    owner: User, content: bytes, city: City, *, is_operator_fleet: bool = False
) -> tuple[ParsedFile, RowKey | None]:
    """Read a file of vehicles, and store it if no cell is wrong; return what it says, and the key
    of the stored file.

    owner: who uploads it, and gets the vehicles unless they are the operator's.

    Raises EmailNotConfirmed, CityClosed, FeatureOff, TooManyTries, and as ``parse_file``.
    """
    check_email_confirmed(owner)
    _check_city(city, is_operator_fleet, field="file")
    limit = rate_limits.Limit(*current_app.config["LIMIT_VEHICLE_IMPORTS"])
    rate_limits.count_attempt([rate_limits.make_bucket("vehicle import", limit, owner.id)])
    parsed = parse_file(content, city)
    if parsed.wrong_count:
        return parsed, None
    import_key = RowKey(city.region, uuid4())
    row = {
        **import_key._asdict(),
        "city": city.name,
        "owner_region": owner.region,
        "owner_id": owner.id,
        "file_hash": sha256(content).hexdigest(),
        "row_count": len(parsed.rows),
        "is_operator_fleet": is_operator_fleet,
    }
    execute_write(store_statement(row, parsed.rows), idempotent=False)
    return parsed, import_key


def _check_city(city: City, is_operator_fleet: bool, field: str = "") -> None:
    """Raise CityClosed or FeatureOff unless vehicles can be added in a city."""
    if is_operator_fleet:
        check_city_open(city, field)
    else:
        check_feature(city, CityFeature.OWNER_VEHICLES, field)


def confirm_import(owner: User, import_key: RowKey, *, is_operator_fleet: bool = False) -> None:
    """Let a worker add the vehicles of an own file. Twice, they are added once.

    is_operator_fleet: of which kind the file must be.

    Raises EmailNotConfirmed, NotFound, CityClosed, FeatureOff.
    """
    check_email_confirmed(owner)
    if is_operator_fleet:
        cities = owner.cities_with_permission(Permission.MANAGE_VEHICLES)
        is_confirmable = operator_import_condition(cities)
    else:
        is_confirmable = owner_import_condition()
    if execute_write(confirm_statement(owner.key, import_key, is_confirmable), idempotent=True):
        return
    vehicle_import = find_import(owner.key, import_key)
    if vehicle_import.is_operator_fleet != is_operator_fleet:
        raise NotFound
    city = catalogue().find(vehicle_import.city)
    if city is None or vehicle_import.confirmed_at:
        return
    if is_operator_fleet and not owner.has_permission(Permission.MANAGE_VEHICLES, city.name):
        raise NotFound
    _check_city(city, is_operator_fleet)


def apply_import(owner_key: RowKey, import_key: RowKey, *, is_operator_fleet: bool = False) -> None:
    """Add all vehicles of a confirmed file, and give its owner the role of one unless they are the
    operator's. Twice, it adds them once; with an account that has ended, or in a closed city, it
    adds none, and the file can be confirmed again.

    is_operator_fleet: as the file says.
    """
    statement = apply_statement(owner_key, import_key, is_operator_fleet=is_operator_fleet)

    def work(session: Session) -> None:
        if session.execute(statement).first() is None:
            session.execute(withdraw_confirmation_statement(import_key))
        elif not is_operator_fleet:
            session.execute(grant_role_statement(owner_key, Role.OWNER))

    retry_code_collisions(
        lambda: run_transaction(work, idempotent=True, timeout_ms=APPLY_TIMEOUT_MS)
    )
