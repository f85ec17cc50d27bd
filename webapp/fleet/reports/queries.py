"""Reading reports: each page is one statement, paged by key, and served by an index."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select, tuple_, union_all
from sqlalchemy.orm import aliased, joinedload

from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.reads import stale_reads
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.reports.enums import ReportState
from webapp.fleet.reports.labels import OPEN
from webapp.fleet.reports.models import Report, ReportPhoto
from webapp.regions.models import City
from webapp.web.roles import Role

#: Other reports of the same vehicle that stand beside one.
OTHERS = 5


# --- for whoever reported ----------------------------------------------------------------------


def own(reporter: RowKey, after: Cursor | None) -> Page[Report]:
    """Return one page of somebody's reports with their vehicles, newest first, from all regions."""
    statement = (
        select(Report)
        .where(*_of(reporter))
        .order_by(Report.created_at.desc(), Report.id.desc())
        .limit(page_size() + 1)
        .options(joinedload(Report.vehicle, innerjoin=True))
    )
    if after:
        statement = statement.where(tuple_(Report.created_at, Report.id) < after)
    return _page(list(db.session.scalars(statement, bind_arguments=stale_reads())))


def own_report(reporter: RowKey, key: RowKey) -> Report:
    """Return somebody's report with its vehicle and the numbers of its photos; raises NotFound,
    for another's too."""
    statement = select(Report).where(*_at(key), *_of(reporter)).options(*_whole())
    return db.session.scalars(statement).unique().one_or_none() or _nothing()


def own_photo(reporter: RowKey, key: RowKey, number: int) -> bytes:
    """Return a photo of somebody's report, a JPEG; raises NotFound, for another's too."""
    statement = _photo(ReportPhoto.content, key, number).where(*_of(reporter))
    content: bytes | None = db.session.scalar(statement)
    return content or _nothing()


def _of(reporter: RowKey) -> list[Any]:
    return [Report.reporter_region == reporter.region, Report.reporter_id == reporter.id]


# --- for staff ---------------------------------------------------------------------------------


def queue(city: City, states: Sequence[ReportState], after: Cursor | None) -> Page[Report]:
    """Return one page of the reports of a city with their vehicles: while any of these states is
    open, those that wait longest come first, else the newest.

    Each state is read in the order of the index and the few rows are merged, as in ``list_newest``.
    """
    waiting = any(state in OPEN for state in states)
    parts = [_in_order(Report, after, waiting).where(*_in(city, state)) for state in states]
    report = aliased(Report, union_all(*parts).subquery())
    statement = _in_order(report, None, waiting).options(joinedload(report.vehicle, innerjoin=True))
    return _page(list(db.session.scalars(statement)))


def _in(city: City, state: ReportState) -> list[Any]:
    return [Report.region == city.region, Report.city == city.name, Report.state == state.value]


def _in_order(reports: Any, after: Cursor | None, oldest_first: bool) -> Select[Any]:
    time, id_ = reports.created_at, reports.id
    order = [time, id_] if oldest_first else [time.desc(), id_.desc()]
    statement = select(reports).order_by(*order).limit(page_size() + 1)
    if after is None:
        return statement
    place = tuple_(time, id_)
    return statement.where(place > after if oldest_first else place < after)


def for_staff(staff: User, key: RowKey) -> tuple[Report, list[Report]]:
    """Return a report of the cities of a member of staff, with all that belongs to it, and the
    newest others of its vehicle; raises NotFound."""
    its_vehicle = select(Report.vehicle_id).where(*_at(key)).scalar_subquery()
    statement = (
        select(Report)
        .where(Report.region == key.region, Report.vehicle_id == its_vehicle)
        .order_by((Report.id == key.id).desc(), Report.created_at.desc(), Report.id.desc())
        .limit(1 + OTHERS)
        .options(*_whole(), joinedload(Report.reporter).lazyload("*"))
    )
    found = list(db.session.scalars(statement).unique())
    if not found or not staff.has_role(Role.FLEET, found[0].city):
        raise NotFound
    return found[0], found[1:]


def photo_for_staff(staff: User, key: RowKey, number: int) -> bytes:
    """Return a photo of a report of the cities of a member of staff; raises NotFound."""
    found = db.session.execute(_photo(ReportPhoto.content, key, number, Report.city)).one_or_none()
    if found is None or not staff.has_role(Role.FLEET, found.city):
        raise NotFound
    content: bytes = found.content
    return content


# --- both --------------------------------------------------------------------------------------


def _at(key: RowKey) -> list[Any]:
    return [Report.region == key.region, Report.id == key.id]


def _whole() -> list[Any]:
    return [joinedload(Report.vehicle, innerjoin=True), joinedload(Report.photos)]


def _photo(content: Any, key: RowKey, number: int, *columns: Any) -> Select[Any]:
    return (
        select(content, *columns)
        .join(Report, (Report.region == ReportPhoto.region) & (Report.id == ReportPhoto.report_id))
        .where(*_at(key), ReportPhoto.number == number)
    )


def _page(rows: list[Report]) -> Page[Report]:
    return make_page(rows, lambda report: (report.created_at, report.id))


def _nothing() -> Any:
    raise NotFound
