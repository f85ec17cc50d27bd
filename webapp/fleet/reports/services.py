"""What reporters do: filing a report about a vehicle. Staff: ``staff_services``."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from flask import current_app
from sqlalchemy import CTE, ColumnElement, LargeBinary, Select, exists, literal, select, union_all
from sqlalchemy.exc import IntegrityError

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.auth.models import User
from webapp.auth.services.email_confirmation import check_email_confirmed
from webapp.db.errors import violated_constraint
from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import Region, table
from webapp.errors import FormReused, NotFound, check_form_values
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.enums import OPEN_STATES, ReportKind, ReportState
from webapp.fleet.reports.models import Report, ReportPhoto
from webapp.fleet.reports.queries import find_own_report
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.origins import EventOrigin
from webapp.fleet.vehicle_events.transitions import TAKEN_OUT_OF_SERVICE
from webapp.fleet.vehicle_events.writing import (
    change_state_statement,
    returned_columns,
    vehicle_events_cte,
)
from webapp.web import rate_limits
from webapp.web.roles import Permission


@dataclass(frozen=True)
class ReportData:
    """What a rider reports about a vehicle."""

    kind: ReportKind
    #: Nobody should ride it before staff have looked at it.
    critical: bool
    note: str
    #: JPEGs, as ``reencode_photo`` returns them.
    photos: list[bytes]
    #: Of the reporter's browser; '': not known.
    language: str = ""
    #: It would be critical, but the reporter has filed enough of them (``limit_critical_report``).
    is_limited: bool = False

    @property
    def takes_out_of_service(self) -> bool:
        """Whether the vehicle goes out of service. A lost one does not: nobody can ride it, and
        staff decide."""
        return self.critical and self.kind is not ReportKind.LOST

    @property
    def calls_unsafe(self) -> bool:
        """Whether the reporter says that nobody should ride it."""
        return self.takes_out_of_service or self.is_limited


def count_report(reporter: User) -> None:
    """Count a report towards the rate limit, before its photos are decoded.

    Raises EmailNotConfirmed, TooManyTries.
    """
    check_email_confirmed(reporter)
    limit = rate_limits.Limit(*current_app.config["LIMIT_REPORTS"])
    rate_limits.count_attempt([rate_limits.make_bucket("report", limit, reporter.id)])


def limit_critical_report(reporter: User, report: ReportData) -> ReportData:
    """Return a report of somebody who has neither just ridden the vehicle nor looks after it; count
    it if it is critical.

    Only a few reports of an account a day take a vehicle out of service. Further ones are not
    critical, and tell staff that the reporter called the vehicle unsafe.
    """
    if not report.takes_out_of_service:
        return report
    limit = rate_limits.Limit(*current_app.config["LIMIT_CRITICAL_REPORTS"])
    try:
        rate_limits.count_attempt([rate_limits.make_bucket("critical report", limit, reporter.id)])
    except rate_limits.TooManyTries:
        return replace(report, critical=False, is_limited=True)
    return report


def file_limited_report(
    reporter: User, vehicle: Vehicle, nonce: str, report: ReportData, *, has_ridden: bool
) -> tuple[RowKey, bool]:
    """Store a report that was counted; return its key, and whether it would have taken the vehicle
    out of service but for a limit.

    has_ridden: the reporter has just ridden the vehicle.

    Raises what ``file_report`` raises.
    """
    filed = report
    # An app that may report in somebody's name may not do their work as staff.
    is_staff = reporter.api_token is None and reporter.has_permission(
        Permission.CHANGE_VEHICLES, vehicle.city
    )
    if not has_ridden and not is_staff:
        filed = limit_critical_report(reporter, report)
    report_key = file_report(reporter.key, vehicle.key, nonce, filed)
    return report_key, filed is not report


def file_report(
    reporter_key: RowKey, vehicle_key: RowKey, nonce: str, report: ReportData
) -> RowKey:
    """Store a report and return its key. A critical one takes the vehicle out of service: at once,
    or when its ride ends.

    nonce: from the form. The same form sent twice is one report.

    Raises NotFound when the vehicle is removed; FormReused.
    """
    report_key = RowKey(vehicle_key.region, uuid5(reporter_key.id, nonce))
    statement = file_report_statement(reporter_key, vehicle_key, report_key, report)
    try:
        is_filed = bool(execute_write(statement, idempotent=True))
    except IntegrityError as error:
        if violated_constraint(error).startswith("fk_reports_users"):
            raise NotFound from None  # the account has just been deleted, or moved
        raise
    if not is_filed:
        with check_outcome():
            stored = find_own_report(reporter_key, report_key)
        _check_sent_again(stored, vehicle_key, report)
    return report_key


def _check_sent_again(stored: Report, vehicle_key: RowKey, report: ReportData) -> None:
    """Raise FormReused unless a report is the one that is stored. One of the two may be limited
    (``limit_critical_report``)."""
    values = {"vehicle_id": vehicle_key.id, "kind": report.kind, "note": report.note}
    check_form_values(stored, {**values, "called_unsafe": report.calls_unsafe})
    if len(stored.photos) != len(report.photos):
        raise FormReused


def file_report_statement(
    reporter_key: RowKey, vehicle_key: RowKey, report_key: RowKey, report: ReportData
) -> Select[tuple[UUID]]:
    """Return the statement that stores a report with its photos and its audit event, and takes the
    vehicle out of service. No row: it is stored already, or there is no such vehicle."""
    filed = _insert_report_cte(reporter_key, vehicle_key, report_key, report)
    audit_event = audit_event_statement(
        AuditKind.REPORT_FILED,
        actor=reporter_key,
        subject=audit_subject("report", report_key),
        after=filed,
    )
    parts = [as_cte(audit_event)]
    if report.photos:
        parts.append(_insert_photos_cte(filed, report.photos))
    if report.takes_out_of_service:
        disabled = _take_out_of_service_cte(filed)
        origin = EventOrigin(EventCause.RIDER)
        parts += [disabled, vehicle_events_cte(TAKEN_OUT_OF_SERVICE, disabled, origin)]
    return select(filed.c.id).add_cte(*parts)


def _insert_report_cte(
    reporter_key: RowKey, vehicle_key: RowKey, report_key: RowKey, report: ReportData
) -> CTE:
    vehicles, reports = table(Vehicle).c, table(Report)
    row = {
        "region": vehicles.region,
        "id": literal(report_key.id),
        "city": vehicles.city,
        "vehicle_id": vehicles.id,
        "reporter_region": literal(reporter_key.region, Region),
        "reporter_id": literal(reporter_key.id),
        "kind": literal(report.kind.value),
        "critical": literal(report.takes_out_of_service),
        "called_unsafe": literal(report.calls_unsafe),
        "note": literal(report.note),
        "language": literal(report.language),
        "state": literal(ReportState.NEW.value),
        "answer": literal(""),
    }
    source = select(*row.values()).where(
        key_condition(table(Vehicle), vehicle_key),
        vehicles.state != VehicleState.REMOVED.value,
    )
    inserted = insert(reports).from_select(list(row), source).on_conflict_do_nothing()
    return inserted.returning(reports.c.region, reports.c.id, reports.c.vehicle_id).cte(
        "filed_report"
    )


def _insert_photos_cte(filed: CTE, photos: Sequence[bytes]) -> CTE:
    rows = [
        select(filed.c.region, filed.c.id, literal(number), literal(content, LargeBinary))
        for number, content in enumerate(photos, 1)
    ]
    columns = ["region", "report_id", "number", "content"]
    inserted = insert(table(ReportPhoto)).from_select(columns, union_all(*rows))
    return inserted.returning(table(ReportPhoto).c.number).cte("photos")


def _take_out_of_service_cte(filed: CTE) -> CTE:
    """Return the UPDATE of the vehicle. It also ends a reservation."""
    vehicles = table(Vehicle)
    updated = change_state_statement(TAKEN_OUT_OF_SERVICE, VehicleState.NON_OPERATIONAL).where(
        vehicles.c.region == filed.c.region, vehicles.c.id == filed.c.vehicle_id
    )
    return updated.returning(*returned_columns()).cte("vehicle_out_of_service")


def critical_report_condition(
    region: ColumnElement[str],
    vehicle_id: ColumnElement[UUID],
    except_report_id: UUID | None = None,
) -> ColumnElement[bool]:
    """Return the condition that a vehicle has a critical report without an answer.

    region, vehicle_id: the columns with the key of the vehicle.
    except_report_id: a report that does not count.
    """
    reports = table(Report).c
    condition = exists().where(
        reports.region == region,
        reports.vehicle_id == vehicle_id,
        reports.state.in_(OPEN_STATES),
        reports.critical,
    )
    return condition.where(reports.id != except_report_id) if except_report_id else condition
