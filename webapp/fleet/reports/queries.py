"""Reading reports: each page is one statement, paged by key, and served by an index."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, NoReturn

from sqlalchemy import (
    Select,
    String,
    Subquery,
    and_,
    false,
    func,
    literal,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased, joinedload
from sqlalchemy.orm.interfaces import ORMOption

from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.reads import stale_reads
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.queues.filters import QueueFilter
from webapp.fleet.queues.service_times import (
    ServiceTargets,
    ServiceTimes,
    no_service_times_subquery,
    service_targets,
    service_times_subquery,
)
from webapp.fleet.reports.enums import OPEN_STATES, ReportKind, ReportState
from webapp.fleet.reports.models import Report, ReportPhoto
from webapp.regions.models import City
from webapp.web.roles import Permission

#: How many other reports about the same vehicle staff see beside a report.
MAX_OTHER_REPORTS = 5


# --- for the reporter --------------------------------------------------------------------------


def list_own_reports(reporter_key: RowKey, after: Cursor | None) -> Page[Report]:
    """Return one page of a rider's reports of all regions with their vehicles, newest first."""
    query = (
        select(Report)
        .where(key_condition(Report, reporter_key, "reporter_region", "reporter_id"))
        .order_by(Report.created_at.desc(), Report.id.desc())
        .limit(page_size() + 1)
        .options(joinedload(Report.vehicle, innerjoin=True))
    )
    if after:
        query = query.where(tuple_(Report.created_at, Report.id) < after)
    return _make_page(list(db.session.scalars(query, bind_arguments=stale_reads())))


def find_own_report(reporter_key: RowKey, report_key: RowKey) -> Report:
    """Return a rider's report with its vehicle and the numbers of its photos.

    Raises NotFound, for another's too.
    """
    query = (
        select(Report)
        .where(
            key_condition(Report, report_key),
            key_condition(Report, reporter_key, "reporter_region", "reporter_id"),
        )
        .options(*_details_options())
    )
    return db.session.scalars(query).unique().one_or_none() or _raise_not_found()


def read_own_photo(reporter_key: RowKey, report_key: RowKey, number: int) -> bytes:
    """Return a photo of a rider's report, a JPEG; raises NotFound, for another's too."""
    query = _photo_query(report_key, number).where(
        key_condition(Report, reporter_key, "reporter_region", "reporter_id")
    )
    content, _city = _read_photo(query)
    return content


# --- for staff ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReportFilter:
    """Which reports of a city are shown."""

    states: Sequence[ReportState] = OPEN_STATES
    #: None: all.
    kind: ReportKind | None = None
    #: Only those that say that a vehicle is unsafe.
    critical: bool = False
    #: Only those with this tag; '': all.
    tag: str = ""
    queue: QueueFilter = field(default_factory=QueueFilter)

    @property
    def is_open(self) -> bool:
        return any(state in OPEN_STATES for state in self.states)


class QueuedReport(NamedTuple):
    """A report in the queue, with its vehicle and assignee."""

    report: Report
    #: Until when something should be done; of an answered one, when it was filed.
    due_at: datetime
    is_overdue: bool


def list_queue(
    city: City, report_filter: ReportFilter, after: Cursor | None
) -> tuple[Page[QueuedReport], ServiceTimes]:
    """Return one page of the reports of a city; the first with how fast they have been answered
    there. If any of the states is open, the report comes first that was or is due first; else the
    newest.

    Each state is read in the order of the index and the few rows are merged, as in
    ``list_vehicles``.
    """
    parts = [_part_query(city, state, report_filter, after) for state in report_filter.states]
    rows = union_all(*parts).subquery()
    report, times = aliased(Report, rows), _service_times_subquery(city, after)
    is_overdue = and_(rows.c.state.in_(OPEN_STATES), rows.c.due_at < func.now())
    order = (rows.c.due_at, rows.c.id)
    query = (
        select(report, rows.c.due_at, is_overdue, *times.c)
        .select_from(times.outerjoin(rows, true()))
        .order_by(*(order if report_filter.is_open else (column.desc() for column in order)))
        .limit(page_size() + 1)
        .options(joinedload(report.vehicle))
        .options(joinedload(report.assignee).lazyload("*"))
    )
    found = db.session.execute(query).all()
    queued = [QueuedReport(*row[:3]) for row in found if row[0]]
    page = make_page(queued, lambda row: (row.due_at, row.report.id))
    return page, ServiceTimes.from_columns(found[0][3:])


def _service_times_subquery(city: City, after: Cursor | None) -> Subquery:
    """Return the times for the first page. They cost a look at all reports of the period."""
    if after:
        return no_service_times_subquery()
    return service_times_subquery(
        Report,
        Report.created_at,
        Report.region == city.region,
        Report.city == city.name,
        Report.state.in_([state.value for state in ReportState]),  # all: the index has it before
    )


def _part_query(
    city: City, state: ReportState, report_filter: ReportFilter, after: Cursor | None
) -> Select[tuple[Report, datetime]]:
    """Return the first reports of one state, in the order of their index."""
    target = _find_target(state, service_targets(city))
    query = select(Report, (Report.created_at + target).label("due_at")).where(
        Report.region == city.region,
        Report.city == city.name,
        Report.state == state.value,
        *report_filter.queue.conditions(Report, Report.created_at),
    )
    if report_filter.kind:
        query = query.where(Report.kind == report_filter.kind.value)
    if report_filter.critical:
        query = query.where(Report.critical)
    if report_filter.tag:
        query = query.where(Report.tags.contains(literal([report_filter.tag], ARRAY(String))))
    if report_filter.queue.is_overdue:
        is_open = state in OPEN_STATES
        query = query.where(Report.created_at < func.now() - target if is_open else false())
    position = tuple_(Report.created_at, Report.id)
    if report_filter.is_open:
        query = query.order_by(Report.created_at, Report.id)
        is_after = position > (after[0] - target, after[1]) if after else true()
    else:
        query = query.order_by(Report.created_at.desc(), Report.id.desc())
        is_after = position < after if after else true()
    return query.where(is_after).limit(page_size() + 1)


def _find_target(state: ReportState, targets: ServiceTargets) -> timedelta:
    """Return how long after it was filed something should be done about a report."""
    if state is ReportState.NEW:
        return targets.first_action
    return targets.answer if state in OPEN_STATES else timedelta()


@dataclass(frozen=True)
class StaffReport:
    """A report as a member of staff sees it."""

    #: With its details, and its reporter for the mail with the answer.
    report: Report
    #: The newest others about its vehicle.
    other_reports: list[Report]
    #: Whether the member of staff may see who reported it.
    shows_reporter: bool
    #: Whether they may return the vehicle to service.
    may_change_vehicle: bool

    @property
    def shown_reporter(self) -> User | None:
        """The reporter, for a page; None also if the account was deleted."""
        return self.report.reporter if self.shows_reporter else None


def find_report_for_staff(staff: User, report_key: RowKey) -> StaffReport:
    """Return a report in a city of a member of staff; raises NotFound."""
    vehicle_id = (
        select(Report.vehicle_id).where(key_condition(Report, report_key)).scalar_subquery()
    )
    query = (
        select(Report)
        .where(Report.region == report_key.region, Report.vehicle_id == vehicle_id)
        .order_by((Report.id == report_key.id).desc(), Report.created_at.desc(), Report.id.desc())
        .limit(1 + MAX_OTHER_REPORTS)
        .options(*_details_options(), joinedload(Report.reporter).lazyload("*"))
        .options(joinedload(Report.assignee).lazyload("*"))
    )
    reports = list(db.session.scalars(query).unique())
    if not reports or not staff.has_permission(Permission.ANSWER_REPORTS, reports[0].city):
        raise NotFound
    city_name = reports[0].city
    others = reports[1:]  # the vehicle may have been in other cities
    return StaffReport(
        reports[0],
        [each for each in others if staff.has_permission(Permission.ANSWER_REPORTS, each.city)],
        shows_reporter=staff.has_permission(Permission.VIEW_RIDERS, city_name),
        may_change_vehicle=staff.has_permission(Permission.CHANGE_VEHICLES, city_name),
    )


def read_photo_for_staff(staff: User, report_key: RowKey, number: int) -> bytes:
    """Return a photo of a report, a JPEG; raises NotFound for one of another city."""
    content, city_name = _read_photo(_photo_query(report_key, number))
    if not staff.has_permission(Permission.ANSWER_REPORTS, city_name):
        raise NotFound
    return content


# --- for both ----------------------------------------------------------------------------------


def _details_options() -> list[ORMOption]:
    return [joinedload(Report.vehicle, innerjoin=True), joinedload(Report.photos)]


def _photo_query(report_key: RowKey, number: int) -> Select[tuple[bytes, str]]:
    """Return a query for the content of a photo, and the city of its report."""
    return (
        select(ReportPhoto.content, Report.city)
        .join(Report, (Report.region == ReportPhoto.region) & (Report.id == ReportPhoto.report_id))
        .where(key_condition(Report, report_key), ReportPhoto.number == number)
    )


def _read_photo(query: Select[tuple[bytes, str]]) -> tuple[bytes, str]:
    content, city_name = db.session.execute(query).one_or_none() or _raise_not_found()
    return content, city_name


def _make_page(reports: list[Report]) -> Page[Report]:
    return make_page(reports, lambda report: (report.created_at, report.id))


def _raise_not_found() -> NoReturn:
    raise NotFound
