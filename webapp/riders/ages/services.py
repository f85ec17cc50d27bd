"""Confirming to be old enough. The date of birth is compared, and forgotten."""

from datetime import UTC, date, datetime
from uuid import UUID

from flask import current_app
from sqlalchemy import Select, func, select, update

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import DomainError, NotFound
from webapp.regions.catalogue import catalogue
from webapp.regions.labels import city_label
from webapp.regions.models import City
from webapp.translations import gettext as _
from webapp.web import rate_limits


class NotOldEnough(DomainError):
    """The person is younger than riders of the city must be."""

    status = 422
    field = "born_on"

    def __init__(self, city: City) -> None:
        super().__init__()
        self.message = _(
            "In %(city)s you must be at least %(age)d years old to ride.",
            city=city_label(city),
            age=city.minimum_age,
        )


def confirm_age(user_key: RowKey, city: City, born_on: date) -> None:
    """Store that somebody is old enough for a city, and for all others whose minimum age they have
    reached.

    Raises NotOldEnough, TooManyTries: else one would try until it fits.
    """
    limit = rate_limits.Limit(*current_app.config["LIMIT_AGES"])
    buckets = [rate_limits.make_bucket("age", limit, user_key.id)]
    rate_limits.count_attempt(buckets)
    today = datetime.now(UTC).astimezone(city.zone).date()
    age = count_years(born_on, today)
    if age < (city.minimum_age or 0):
        raise NotOldEnough(city)
    reached = max(each for each in _list_minimum_ages(city) if each <= age)
    if not execute_write(_confirm_statement(user_key, reached, today), idempotent=True):
        raise NotFound  # the account has just ended


def count_years(born_on: date, today: date) -> int:
    """Return how old somebody is. Who was born on 29 February has a birthday on 1 March in other
    years."""
    had_birthday = (today.month, today.day) >= (born_on.month, born_on.day)
    return today.year - born_on.year - (not had_birthday)


def _list_minimum_ages(city: City) -> list[int]:
    return [each.minimum_age or 0 for each in (city, *catalogue().all())]


def _confirm_statement(user_key: RowKey, reached: int, today: date) -> Select[tuple[UUID]]:
    """Return the statement that stores a minimum age that was reached; a higher one stays."""
    users = table(User)
    confirmed = (
        update(users)
        .where(key_condition(users, user_key), users.c.deleted_at.is_(None))
        .values(
            old_enough_for=func.greatest(func.coalesce(users.c.old_enough_for, 0), reached),
            old_enough_since=today,
        )
        .returning(users.c.id)
        .cte("confirmed")
    )
    audit_event = account_event_statement(
        AuditKind.AGE_CONFIRMED, user_key, actor=user_key, after=confirmed, minimum_age=reached
    )
    return select(confirmed.c.id).add_cte(as_cte(audit_event))
