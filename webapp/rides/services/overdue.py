"""``flask rides remind``: one mail to staff about each ride that has reached the longest length."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Select, func, literal, or_, select

from webapp.auth.models import RoleGrant, User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.jobs.kinds import JobKind
from webapp.jobs.writing import derive_job_id, insert_jobs_cte, jobs_from_rows_query
from webapp.regions.models import City
from webapp.rides.prices import longest_ride
from webapp.rides.services.batches import mark_long_rides_cte, run_in_every_city
from webapp.web.roles import Permission, Role, list_roles_with


@dataclass(frozen=True)
class OverdueRides:
    """Rides of a city that have just reached the longest length."""

    city: str
    number: int


#: The mails to staff; run by ``tell_staff_of_overdue_rides`` in webapp/rides/jobs.py.
OVERDUE_RIDES = JobKind("overdue_rides", OverdueRides)


def report_all(region: str | None = None) -> int:
    """Mail the staff of each city about its overdue rides; return how many rides.

    region: only its rides.

    Each ride is reported once, even when several processes do this at the same time.
    """
    return run_in_every_city(_report_batch, region)


def _report_batch(city: City) -> int:
    statement = report_overdue_statement(city, datetime.now(UTC))
    return len(execute_write(statement, idempotent=True))


def report_overdue_statement(city: City, overdue_at: datetime) -> Select[tuple[UUID]]:
    """Return the statement that marks some rides as reported, and tells staff. It returns the ids
    of the rides.

    overdue_at: as ``marked_at`` of ``long_rides_query``.
    """
    marked = mark_long_rides_cte(city, "overdue_at", overdue_at, longest_ride())
    number = select(func.count().label("number")).select_from(marked).subquery()
    counted = select(number.c.number).where(number.c.number > 0).cte("counted")
    payload = func.jsonb_build_object("city", literal(city.name), "number", counted.c.number)
    notice = jobs_from_rows_query(
        OVERDUE_RIDES,
        payload,
        rows=counted,
        region=city.region,
        job_id=derive_job_id(OVERDUE_RIDES, f"{city.name} {overdue_at}"),
    )
    return select(marked.c.id).add_cte(insert_jobs_cte(notice))


def list_staff_who_end_rides(city: City) -> list[RowKey]:
    """Return the keys of the staff of all regions who end rides of the city. Admins may, too, but
    others watch over rides."""
    roles = [role for role in list_roles_with(Permission.END_RIDES) if role is not Role.ADMIN]
    query = (
        select(User.region, User.id)
        .join(RoleGrant, (RoleGrant.region == User.region) & (RoleGrant.user_id == User.id))
        .where(
            RoleGrant.role.in_(roles),
            or_(RoleGrant.cities.is_(None), RoleGrant.cities.any(city.name)),  # type: ignore[arg-type]
            User.disabled_at.is_(None),
        )
        .order_by(User.id)
        .distinct()
    )
    return [RowKey(*row) for row in db.session.execute(query)]
