"""Saving a profile, and with it moving the account to another city or region."""

from dataclasses import dataclass
from uuid import UUID

from flask import current_app
from sqlalchemy import and_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth.models import User
from webapp.db.errors import STATEMENT_TIMEOUT, sqlstate
from webapp.db.inserts import Insert, insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.errors import DomainError, EditConflict, NotFound
from webapp.regions.catalogue import catalogue
from webapp.regions.enums import CityFeature
from webapp.regions.features import list_cities_with_feature
from webapp.regions.models import City
from webapp.riders.models import Profile
from webapp.riders.visibility import Visibility, find_visibility
from webapp.translations import lazy_gettext as _l


@dataclass(frozen=True)
class ProfileData:
    """What riders enter about themselves."""

    city: City
    first_name: str
    last_name: str
    about: str
    #: As accounts have them; None: they stay as they are.
    units: str | None = ""
    #: A name of IANA; '': that of the city; None: it stays as it is.
    time_zone: str | None = ""
    #: None: it stays as it is.
    visibility: Visibility | None = None

    @property
    def columns(self) -> dict[str, str]:
        """What is written of the account, by column."""
        values = {
            "city": self.city.name,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "units": self.units,
            "time_zone": self.time_zone,
        }
        return {name: value for name, value in values.items() if value is not None}


class MoveTooSlow(DomainError):
    """Moving the account to the region of the city took longer than ACCOUNT_MOVE_TIMEOUT_MS."""

    status = 422
    field = "city"
    message = _l(
        "Moving your account took too long, so nothing was saved. Keep your city to save the rest,"
        " and try to move again later."
    )


def list_home_cities(own: str) -> list[City]:
    """Return the cities that a rider may choose as home: the own one stays."""
    offered = {city.name for city in list_cities_with_feature(CityFeature.SIGN_UPS)} | {own}
    return [city for city in catalogue().all() if city.name in offered]


def save_profile(user_key: RowKey, profile: ProfileData, seen: ProfileData | None = None) -> RowKey:
    """Save the profile; return the account's key, which is new after a move to another region.

    seen: what was there when it was read; None: whatever is there is replaced.

    What points to the account follows by ON UPDATE CASCADE, which has a time limit of its own.
    Raises NotFound if the account has just been deleted; EditConflict or MoveTooSlow, and nothing
    is saved.
    """
    new_key = RowKey(profile.city.region, user_key.id)
    update_user = _update_user_statement(user_key, new_key, profile)
    upsert_profile = _upsert_profile_statement(new_key, profile)

    def work(session: Session) -> None:
        if seen:
            _check_seen(session, user_key, seen, profile)
        if not session.scalar(update_user):
            raise NotFound
        session.execute(upsert_profile)

    if new_key == user_key:
        run_transaction(work, idempotent=True)
        return new_key
    try:
        timeout_ms = current_app.config["ACCOUNT_MOVE_TIMEOUT_MS"]
        run_transaction(work, idempotent=True, timeout_ms=timeout_ms)
    except DBAPIError as error:
        if sqlstate(error) != STATEMENT_TIMEOUT:
            raise
        raise MoveTooSlow from error
    return new_key


def _check_seen(
    session: Session, user_key: RowKey, seen: ProfileData, profile: ProfileData
) -> None:
    """Raise EditConflict if the profile is another one than was seen, and than is to be saved: an
    attempt whose answer was lost may have saved it."""
    columns = (User.city, User.first_name, User.last_name, User.units, User.time_zone)
    query = (
        select(*columns, Profile)
        .outerjoin(Profile, and_(Profile.region == User.region, Profile.user_id == User.id))
        .where(key_condition(User, user_key))
        .with_for_update(of=User)
    )
    row = session.execute(query).mappings().one_or_none()
    if row is None:
        return
    stored = row[Profile.__name__]
    visibility, about = find_visibility(stored), stored.about if stored else ""
    known = [
        (each.columns.items() <= row.items(), each.about, each.visibility or visibility)
        for each in (seen, profile)
    ]
    if (True, about, visibility) not in known:
        raise EditConflict


def _update_user_statement(
    user_key: RowKey, new_key: RowKey, profile: ProfileData
) -> ReturningUpdate[tuple[UUID]]:
    statement = (
        update(User)
        # In the old or the new region: an attempt whose answer was lost may have moved it.
        .where(User.region.in_(sorted({user_key.region, new_key.region})), User.id == user_key.id)
        .where(User.deleted_at.is_(None))  # its name must not come back
        .values(profile.columns)
        .returning(User.id)
        .execution_options(synchronize_session=False)
    )
    if new_key == user_key:  # writing a key costs a check of every foreign key that points to it
        return statement
    return statement.values(region=new_key.region)


def _upsert_profile_statement(user_key: RowKey, profile: ProfileData) -> Insert:
    visibility = profile.visibility._asdict() if profile.visibility else {}
    changed = {"about": profile.about, **visibility}
    row = {**Visibility()._asdict(), **changed}
    statement = insert(table(Profile)).values(region=user_key.region, user_id=user_key.id, **row)
    audit_event = account_event_statement(AuditKind.PROFILE_SAVED, user_key, actor=user_key)
    return statement.on_conflict_do_update(
        index_elements=["region", "user_id"], set_=changed
    ).add_cte(as_cte(audit_event))
