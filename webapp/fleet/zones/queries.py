"""Reading the versions of zones, and which row of a zone is the newest."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select, tuple_
from sqlalchemy.orm import aliased, defer, lazyload

from webapp.auth.models import User, joined_account_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.extensions import db
from webapp.fleet.zones.models import Coordinates, Zone, ZoneVersion
from webapp.regions.models import City

#: Versions that the page of a zone lists at a time.
VERSIONS_SHOWN = 20


class WrittenVersion(NamedTuple):
    """A version of a zone, with who wrote it. author None: an import, or the account was deleted.

    The areas are read apart: only those that a page shows.
    """

    version: ZoneVersion
    author: User | None


class ZoneHistory(NamedTuple):
    """Versions of a zone, newest first, from the one that a page shows on.

    newest: the number of the newest one. area, area_before: of the first one, and of the one before
        it; None: there is none.
    """

    versions: list[WrittenVersion]
    newest: int
    area: Coordinates
    area_before: Coordinates | None

    @property
    def shown(self) -> ZoneVersion:
        return self.versions[0].version


def newest_rows(zones: Iterable[Zone], moment: datetime | None = None) -> list[Zone]:
    """Return of each zone the row that begins last, in the order of the rows; one that is over, or
    that never begins, only if there is no other."""
    moment = moment or datetime.now(UTC)
    newest: dict[UUID, Zone] = {}
    for zone in zones:
        other = newest.get(zone.zone_id)
        if other is None or _rank(zone, moment) > _rank(other, moment):
            newest[zone.zone_id] = zone
    return [zone for zone in zones if newest[zone.zone_id] is zone]


def _rank(zone: Zone, moment: datetime) -> tuple[bool, datetime]:
    return not zone.is_over(moment), zone.valid_from or datetime.min.replace(tzinfo=UTC)


def read_history(city: City, zone_id: UUID, number: int | None = None) -> ZoneHistory | None:
    """Return a version of a zone, by default the newest, and those before it; None: there is none.
    One statement."""
    rows = db.session.execute(_history_query(city, zone_id, number)).all()
    if not rows or number not in (None, rows[0][0].number):
        return None
    areas = [row.area for row in rows[:2]]
    versions = [WrittenVersion(version, author) for version, author, *_ in rows]
    return ZoneHistory(versions, rows[0].newest, areas[0], areas[1] if len(areas) > 1 else None)


def _history_query(city: City, zone_id: UUID, number: int | None) -> Select[Any]:
    of_zone = _of_zone_condition(ZoneVersion, city, zone_id)
    others = aliased(ZoneVersion)
    newest = select(func.max(others.number)).where(_of_zone_condition(others, city, zone_id))
    newest_number = newest.scalar_subquery()
    first = newest_number if number is None else number
    area = case((ZoneVersion.number >= first - 1, ZoneVersion.coordinates))
    return (
        select(ZoneVersion, User, newest_number.label("newest"), area.label("area"))
        .outerjoin(User, joined_account_condition(ZoneVersion.author_region, ZoneVersion.author_id))
        .where(of_zone, ZoneVersion.number <= first)
        .order_by(ZoneVersion.number.desc())
        .limit(VERSIONS_SHOWN)
        .options(defer(ZoneVersion.coordinates, raiseload=True), lazyload("*"))
    )


def _of_zone_condition(versions: Any, city: City, zone_id: UUID) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = (
        (versions.region == city.region)
        & (versions.city == city.name)
        & (versions.zone_id == zone_id)
    )
    return condition


def read_two_versions(
    city: City, zone_id: UUID, number: int
) -> tuple[ZoneVersion, ZoneVersion] | None:
    """Return a version of a zone and its newest one, with their areas; None: there is none."""
    of_zone = _of_zone_condition(ZoneVersion, city, zone_id)
    query = select(ZoneVersion).where(of_zone).order_by(ZoneVersion.number.desc())
    others = aliased(ZoneVersion)
    newest = select(func.max(others.number)).where(_of_zone_condition(others, city, zone_id))
    wanted = ZoneVersion.number.in_([number]) | (ZoneVersion.number == newest.scalar_subquery())
    rows = db.session.scalars(query.where(wanted)).all()
    if not rows or rows[-1].number != number:
        return None
    return rows[-1], rows[0]


def list_removed_zones(city: City, after: Cursor | None) -> Page[ZoneVersion]:
    """Return one page of the zones of a city that were removed and not restored since, the last one
    first."""
    later = aliased(ZoneVersion)
    is_newest = ~(
        select(later.number)
        .where(
            later.region == ZoneVersion.region,
            later.zone_id == ZoneVersion.zone_id,
            later.number > ZoneVersion.number,
        )
        .exists()
    )
    query = (
        select(ZoneVersion)
        .where(ZoneVersion.region == city.region, ZoneVersion.city == city.name)
        .where(ZoneVersion.removed, is_newest)
        .order_by(ZoneVersion.created_at.desc(), ZoneVersion.zone_id.desc())
        .limit(page_size() + 1)
        .options(defer(ZoneVersion.coordinates, raiseload=True))
    )
    if after:
        query = query.where(tuple_(ZoneVersion.created_at, ZoneVersion.zone_id) < after)
    return make_page(
        db.session.scalars(query).all(), lambda version: (version.created_at, version.zone_id)
    )
