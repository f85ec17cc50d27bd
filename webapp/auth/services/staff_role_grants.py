"""Roles that admins grant and revoke, in their own cities."""

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.audit.changes import RecordedChange
from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement
from webapp.auth.models import User
from webapp.auth.services.role_grants import grant_role_statement, revoke_role_statement
from webapp.auth.services.second_factor import is_on_condition
from webapp.auth.services.staff_accounts import (
    CityNames,
    NotAdminOfCity,
    act_on_account,
    covers,
    list_granted_cities,
)
from webapp.db.inserts import Insert
from webapp.db.keys import RowKey
from webapp.errors import DomainError
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import STAFF, Role


class NeedsSecondFactor(DomainError):
    message = _l("They must set up two-factor authentication first. Staff need it here.")


def grant_role(
    admin: User, user_key: RowKey, role: Role, city_name: str | None, why: str = ""
) -> None:
    """Grant an account a role in one more city, or everywhere. It never loses a city by that.

    Raises NotFound, OwnAccount, NotAdminOfCity, NeedsSecondFactor.
    """
    granted = None if city_name is None else {city_name}

    def act(session: Session, admin_cities: CityNames, user: User) -> None:
        current_cities = list_granted_cities(user, role)
        new_cities = None if granted is None or current_cities is None else current_cities | granted
        if not covers(admin_cities, granted):
            raise NotAdminOfCity
        if role in STAFF and current_app.config["SECOND_FACTOR_REQUIRED"]:
            _check_second_factor(session, user_key)
        if new_cities != current_cities:
            session.execute(grant_role_statement(user_key, role, new_cities))
            change = _make_change(user, role, new_cities, why)
            session.execute(_event_statement(AuditKind.ROLE_GRANTED, user, role, change))

    act_on_account(admin, user_key, act, must_cover_roles=False)


def _check_second_factor(session: Session, user_key: RowKey) -> None:
    """Without one, somebody who knows the password could set up their own and be staff."""
    if not session.scalar(select(is_on_condition(*user_key))):
        raise NeedsSecondFactor


def revoke_role(admin: User, user_key: RowKey, role: Role, why: str = "") -> None:
    """Revoke a role in those of its cities where the admin is one.

    Raises NotFound, OwnAccount, and NotAdminOfCity when there is none.
    """

    def act(session: Session, admin_cities: CityNames, user: User) -> None:
        current_cities = list_granted_cities(user, role)
        if covers(admin_cities, current_cities):
            session.execute(revoke_role_statement(user_key, role, user.city, why)).all()
            return
        revoked = (current_cities or set()) & (admin_cities or set())
        if not revoked:
            raise NotAdminOfCity
        kept_cities = (current_cities or set()) - revoked
        session.execute(grant_role_statement(user_key, role, kept_cities))
        change = _make_change(user, role, kept_cities, why)
        session.execute(_event_statement(AuditKind.ROLE_REVOKED, user, role, change))

    act_on_account(admin, user_key, act, must_cover_roles=False)


def _make_change(user: User, role: Role, new_cities: CityNames, why: str) -> RecordedChange:
    has_role = any(grant.role == role for grant in user.role_grants)
    before = {"cities": _list_cities(list_granted_cities(user, role))} if has_role else None
    return RecordedChange(before, {"cities": _list_cities(new_cities)}, why)


def _list_cities(city_names: CityNames) -> list[str] | None:
    return None if city_names is None else sorted(city_names)


def _event_statement(kind: AuditKind, user: User, role: Role, change: RecordedChange) -> Insert:
    return account_event_statement(
        kind, user.key, region=user.region, city=user.city, change=change, role=role.value
    )
