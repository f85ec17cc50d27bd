"""``flask rides remind``: one mail to staff about each ride that has reached the longest length."""

from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from webapp import mail
from webapp.auth.models import RoleGrant, User
from webapp.db.transactions import after_commit, run_transaction
from webapp.db.types import table
from webapp.extensions import db
from webapp.regions.models import City
from webapp.rides.models import Ride
from webapp.rides.prices import longest_ride
from webapp.rides.services.batches import run_in_every_city
from webapp.templating import format_duration
from webapp.web.roles import Role
from webapp.web.urls import public_url

#: Rides that one statement marks.
BATCH_SIZE = 100


def report_all() -> int:
    """Mail the staff of each city about its overdue rides; return how many rides.

    Each ride is reported once, even when several processes do this at the same time.
    """
    return run_in_every_city(_report_batch)


def _report_batch(city: City) -> int:
    statement = report_overdue_statement(city, datetime.now(UTC))

    def work(session: Session) -> int:
        number = len(session.execute(statement).all())
        if number:
            after_commit(session, partial(_mail_staff, city, number))
        return number

    return run_transaction(work, idempotent=True, one_statement=True)


def report_overdue_statement(city: City, overdue_at: datetime) -> ReturningUpdate[tuple[UUID]]:
    """Return the statement that marks some rides as reported. It returns their ids.

    overdue_at: now, by this machine's clock; a second attempt after a lost answer finds the rides
        that the first one marked by it.
    """
    rides = table(Ride)
    ids = (
        select(rides.c.id)
        .where(
            rides.c.region == city.region,
            rides.c.city == city.name,
            rides.c.ended_at.is_(None),
            rides.c.started_at <= func.now() - longest_ride(),
            or_(rides.c.overdue_at.is_(None), rides.c.overdue_at == overdue_at),
        )
        .order_by(rides.c.started_at, rides.c.id)
        .limit(BATCH_SIZE)
    )
    return (
        update(rides)
        .where(rides.c.region == city.region, rides.c.id.in_(ids), rides.c.ended_at.is_(None))
        .values(overdue_at=overdue_at)
        .returning(rides.c.id)
    )


def _mail_staff(city: City, number: int) -> None:
    for email, first_name in db.session.execute(_staff_query(city)):
        mail.send(
            to=email,
            template="rides_overdue",
            name=first_name,
            city=city.label,
            number=str(number),
            duration=format_duration(longest_ride()),
            link=public_url("rides.staff.index", city=city.name),
        )


def _staff_query(city: City) -> Select[tuple[str, str]]:
    """Those who look after the vehicles of the city, in whatever region they live."""
    return (
        select(User.email, User.first_name)
        .join(RoleGrant, (RoleGrant.region == User.region) & (RoleGrant.user_id == User.id))
        .where(
            RoleGrant.role == Role.FLEET.value,
            or_(RoleGrant.cities.is_(None), RoleGrant.cities.any(city.name)),  # type: ignore[arg-type]
            User.disabled_at.is_(None),
        )
        .order_by(User.id)
    )
