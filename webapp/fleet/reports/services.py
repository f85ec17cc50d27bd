"""The rules of reports: who may tell what about a vehicle. Who answers is in answering.py."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid5

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import CTE, ColumnElement, LargeBinary, exists, literal, select, union_all, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.auth.models import User
from webapp.auth.services.email_confirmation import check_email_confirmed
from webapp.db.errors import violated_constraint
from webapp.db.keys import RowKey
from webapp.db.transactions import checking_outcome, run_transaction
from webapp.db.types import Region, table
from webapp.errors import NotFound
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.enums import ReportKind, ReportState
from webapp.fleet.reports.labels import OPEN
from webapp.fleet.reports.models import Report, ReportPhoto
from webapp.fleet.reports.queries import own_report
from webapp.web import rate_limits

LONGEST_NOTE = 1000


@dataclass(frozen=True)
class Told:
    """What somebody tells about a vehicle."""

    kind: ReportKind
    #: Nobody should ride it before somebody has looked.
    critical: bool
    note: str
    #: JPEGs, as photos.clean returns them.
    photos: list[bytes]

    @property
    def takes_out(self) -> bool:
        """What cannot be found cannot be ridden: what becomes of it is for staff to say."""
        return self.critical and self.kind is not ReportKind.LOST


def count_try(reporter: User) -> None:
    """Count a report before its photos are read, which is work.

    Raises EmailNotConfirmed, TooManyTries.
    """
    check_email_confirmed(reporter)
    limit = rate_limits.Limit(*current_app.config["LIMIT_REPORTS"])
    rate_limits.attempt([rate_limits.bucket("report", limit, reporter.id)])


def weighed(reporter: User, told: Told) -> Told:
    """Return a report as it counts from somebody who has not ridden the vehicle, and count it.

    Beyond a few a day none takes a vehicle out of service, or one account could empty a street:
    its words say to staff what was asked for, and they decide.
    """
    if not told.takes_out:
        return told
    limit = rate_limits.Limit(*current_app.config["LIMIT_CRITICAL_REPORTS"])
    try:
        rate_limits.attempt([rate_limits.bucket("critical report", limit, reporter.id)])
    except rate_limits.TooManyTries:
        note = f"{_('Nobody should ride it.')}\n{told.note}".strip()[:LONGEST_NOTE]
        return replace(told, critical=False, note=note)
    return told


def file_report(reporter: RowKey, vehicle: RowKey, nonce: str, told: Told) -> RowKey:
    """Write down a report and return its key; what nobody should ride goes out of service at once,
    or when the ride that it is on ends.

    nonce: of the form that was filled in. The same one again is the same report.

    Raises NotFound when there is no such vehicle any more.
    """
    report = RowKey(vehicle.region, uuid5(reporter.id, nonce))
    statement = filing(reporter, vehicle, report, told)
    try:
        filed = run_transaction(
            lambda session: session.execute(statement).first(), idempotent=True, one_statement=True
        )
    except IntegrityError as error:
        if violated_constraint(error).startswith("fk_reports_users"):
            raise NotFound from None  # the account has just been deleted, or moved
        raise
    if not filed:
        with checking_outcome():
            own_report(reporter, report)
    return report


def filing(reporter: RowKey, vehicle: RowKey, report: RowKey, told: Told) -> Any:
    """Return the statement that writes a report with all that follows from it, or nothing when it
    is written already."""
    filed = _filed(reporter, vehicle, report, told)
    about = audit_subject("report", report)
    about_it = audit_event_statement(
        AuditKind.REPORT_FILED, actor=reporter, subject=about, after=filed
    )
    parts = [as_cte(about_it)]
    if told.photos:
        parts.append(_kept(filed, told.photos))
    if told.takes_out:
        parts.append(_taken_out(filed))
    return select(filed.c.id).add_cte(*parts)


def _filed(reporter: RowKey, vehicle: RowKey, report: RowKey, told: Told) -> CTE:
    vehicles, reports = table(Vehicle).c, table(Report)
    row = {
        "region": vehicles.region,
        "id": literal(report.id),
        "city": vehicles.city,
        "vehicle_id": vehicles.id,
        "reporter_region": literal(reporter.region, Region),
        "reporter_id": literal(reporter.id),
        "kind": literal(told.kind.value),
        "critical": literal(told.takes_out),
        "note": literal(told.note),
        "state": literal(ReportState.NEW.value),
        "answer": literal(""),
    }
    its = select(*row.values()).where(
        vehicles.region == vehicle.region,
        vehicles.id == vehicle.id,
        vehicles.state != VehicleState.REMOVED.value,
    )
    written = insert(reports).from_select(list(row), its).on_conflict_do_nothing()
    return written.returning(reports.c.region, reports.c.id, reports.c.vehicle_id).cte("filed")


def _kept(filed: CTE, photos: list[bytes]) -> CTE:
    rows = [
        select(filed.c.region, filed.c.id, literal(number), literal(content, LargeBinary))
        for number, content in enumerate(photos, 1)
    ]
    columns = ["region", "report_id", "number", "content"]
    kept = insert(table(ReportPhoto)).from_select(columns, union_all(*rows))
    return kept.returning(table(ReportPhoto).c.number).cte("kept")


def _taken_out(filed: CTE) -> CTE:
    """Also from under somebody who holds it: they are told when they come to start it."""
    vehicles = table(Vehicle)
    taken_out = (
        update(vehicles)
        .where(
            vehicles.c.region == filed.c.region,
            vehicles.c.id == filed.c.vehicle_id,
            vehicles.c.state.in_([VehicleState.AVAILABLE, VehicleState.RESERVED]),
        )
        .values(state=VehicleState.NON_OPERATIONAL.value, reserved_until=None)
    )
    return taken_out.returning(vehicles.c.id).cte("taken_out")


def has_critical_report(
    region: Any, vehicle_id: Any, besides: UUID | None = None
) -> ColumnElement[bool]:
    """The condition that somebody has said of a vehicle, by the columns of its key, that nobody
    should ride it, and has no answer yet.

    besides: a report that does not count.
    """
    reports = table(Report).c
    found = exists().where(
        reports.region == region,
        reports.vehicle_id == vehicle_id,
        reports.state.in_(OPEN),
        reports.critical,
    )
    return found.where(reports.id != besides) if besides else found
