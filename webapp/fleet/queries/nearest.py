"""The vehicles around a point, nearest first (docs/decisions/0015-near-me-searches-in-rings.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnClause,
    ColumnElement,
    CompoundSelect,
    Double,
    Label,
    Select,
    String,
    Subquery,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.types import TypeEngine

from webapp.db.paging import Cursor, Page, format_cursor, make_page, page_size
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.queries import filters
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import ListedVehicle
from webapp.fleet.queries.search_rings import Area, SearchRings, list_ring_radii, make_search_rings
from webapp.fleet.vehicle_columns import VehicleRow
from webapp.regions.geography import Point, distance_m_column

#: The radii of the search around a point, metres. The next one is offered when a list ends.
SEARCH_RADII_M = (2_000, 10_000, 50_000)
#: The width of the first ring, metres, and as a part of the distance where a page begins.
FIRST_RING_M, FIRST_RING_PART = 50, 1 / 8
#: The same when a ring has held too many vehicles.
NARROW_RING_PART = 1 / 32
#: Comes after all other ids.
LAST_ID = UUID(int=2**128 - 1)
NO_LIMIT = 2**31
#: The types of the columns of an ``Area``.
AREA_TYPES: dict[str, TypeEngine[Any]] = {
    name: Double() if kind is float else BigInteger() for name, kind in Area.__annotations__.items()
}
#: The same for ``VehicleFilter.matching_types`` in each state.
TYPE_TYPES: dict[str, TypeEngine[Any]] = {
    "state": String(),
    "form_factor": String(),
    "propulsion_type": String(),
    "range_m": BigInteger(),
}

#: The row of a search before it has read anything.
NO_RING: dict[str, ColumnElement[Any]] = {
    "ring": cast(-1, BigInteger),
    "read_count": cast(0, BigInteger),
    "match_count": cast(0, BigInteger),
    "ids": cast([], ARRAY(Uuid)),
}

#: An id, the public id, the distance, the radius of the ring, and whether the vehicle matches.
VehicleColumns = tuple[UUID, UUID, int, int, bool]


class FewBy(Enum):
    """What few vehicles of a city may have; a search may begin with those, wherever they are."""

    WORDS = auto()
    #: One of the types, and the range.
    TYPES = auto()


@dataclass(frozen=True)
class RingSearch:
    """What one statement has found."""

    rows: list[ListedVehicle]
    #: How far everything has been read, metres. None: the first ring holds too many vehicles.
    complete_m: int | None
    #: The matches among the vehicles that were read in the last ring, also when it holds too many.
    match_count: int


def list_nearest(
    vehicle_filter: VehicleFilter, centre: Point, radius_m: int, after: Cursor | None
) -> Page[ListedVehicle]:
    """Return one page of the vehicles within a circle, nearest first.

    One statement; more of them where few near the point match, far outside of a dense city, and on
    late pages of one. A page may be shorter than others, or empty, and still have a next one: when
    more than ``SCAN_LIMIT`` vehicles of the city match, but few of as many near the point.
    """
    size, rows = page_size() + 1, list[ListedVehicle]()
    few_by = FewBy.WORDS if vehicle_filter.words else None
    for width_part in (FIRST_RING_PART, NARROW_RING_PART, None):
        begin_m = min(max(0, after[0]), radius_m) if after else 0
        if width_part is None:
            radii_m, limit = [min(radius_m, begin_m + FIRST_RING_M)], NO_LIMIT
        else:
            width_m = max(FIRST_RING_M, round(begin_m * width_part))
            radii_m, limit = list_ring_radii(begin_m, radius_m, width_m), filters.SCAN_LIMIT
        rings = make_search_rings(centre, begin_m, radii_m)
        search = _search(vehicle_filter, centre, rings, after, size - len(rows), limit, few_by)
        rows += search.rows
        if len(rows) >= size or search.complete_m == radius_m:
            return make_page(rows, lambda row: (row.distance_m, row.vehicle.public_id))
        if search.complete_m is not None:
            after = (search.complete_m, LAST_ID)
        few_match = len(rows) + search.match_count < size
        is_first = width_part == FIRST_RING_PART
        few_by = FewBy.TYPES if few_match and is_first and vehicle_filter.limits_types else None
        if few_match and search.complete_m is not None and not few_by:
            break
    return Page(rows, format_cursor(after or ()))


def _search(
    vehicle_filter: VehicleFilter,
    centre: Point,
    rings: SearchRings,
    after: Cursor | None,
    size: int,
    limit: int,
    few_by: FewBy | None,
) -> RingSearch:
    """Search the rings until ``size`` vehicles are found, or one holds more than ``limit``.

    few_by: begin with the vehicles of the city that have the words, or the types and the range, if
        at most ``limit`` do; then that is all.
    """
    types = [
        (state.value, *type_)
        for state in vehicle_filter.stored_states
        for type_ in vehicle_filter.matching_types
        if few_by is FewBy.TYPES
    ]
    parameters = {
        **vehicle_filter.parameters,
        **_array_values("cell_areas", AREA_TYPES, rings.cell_areas),
        **_array_values("row_areas", AREA_TYPES, rings.row_areas),
        **_array_values("types", TYPE_TYPES, types),
        "centre_lat": centre.lat,
        "centre_lon": centre.lon,
        "after_m": after[0] if after else None,
        "after_id": after[1] if after else None,
        "last_ring": len(rings.radii_m) - 1,
        "size": size,
        "ring_limit": limit,
        "read_limit": limit + 1,
        "radius_m": rings.radii_m[-1],
    }
    query = _nearest_query(vehicle_filter.shape, few_by, is_continued=bool(after))
    result = db.session.execute(query, parameters, bind_arguments=vehicle_filter.bind_arguments())
    found = result.all()
    rows = [ListedVehicle(VehicleRow._make(row[3:]), row.distance_m) for row in found if row.id]
    complete_m = None if found[0].ring < 0 else rings.radii_m[found[0].ring]
    return RingSearch(rows, complete_m, found[0].match_count)


def _array_values(
    name: str, types: Mapping[str, TypeEngine[Any]], rows: Sequence[tuple[Any, ...]]
) -> dict[str, str]:
    """Return the values of ``_rows_cte``: text, because PostgreSQL takes 13 ms to read some
    thousand numbers that are written one by one."""
    columns = zip(*rows, strict=True) if rows else [()] * len(types)
    return {
        f"{name}_{field}": f"{{{','.join('NULL' if v is None else str(v) for v in values)}}}"
        for field, values in zip(types, columns, strict=True)
    }


def _rows_cte(name: str, types: Mapping[str, TypeEngine[Any]]) -> CTE:
    """Return rows that are sent as one array for each column."""
    arrays: list[ColumnElement[Sequence[Any]]] = [
        cast(bindparam(f"{name}_{field}", type_=String()), ARRAY(type_))
        for field, type_ in types.items()
    ]
    names: list[ColumnClause[Any]] = [column(*item) for item in types.items()]
    return select(func.unnest(*arrays).table_valued(*names).render_derived("area")).cte(name)


@lru_cache(maxsize=64)
def _nearest_query(
    shape: VehicleFilter, few_by: FewBy | None, *, is_continued: bool
) -> Select[Any]:
    """Return the query for the nearest vehicles, with the number of the last ring that was read
    whole, and the matches in the last one; one row without a vehicle when there is none."""
    search = _search_cte(shape, few_by, is_continued)
    match_count = select(func.max(search.c.match_count)).scalar_subquery()
    last_ring = (
        select(search.c.ring, search.c.ids, match_count.label("match_count"))
        .where(search.c.read_count <= _number("ring_limit"))
        .order_by(search.c.ring.desc())
        .limit(1)
        .cte("last_ring")
    )
    nearest = (
        func.unnest(last_ring.c.ids)
        .table_valued(column("id", Uuid), with_ordinality="number")
        .render_derived("nearest")
    )
    page = (
        select(nearest.c.id, nearest.c.number)
        .select_from(last_ring.join(nearest, true()))
        .order_by(nearest.c.number)
        .limit(_number("size"))
        .subquery("page")
    )
    region, *_ = shape.city_conditions()
    columns = [getattr(Vehicle, name) for name in VehicleRow._fields]
    return (
        select(last_ring.c.ring, last_ring.c.match_count, _distance(), *columns)
        .select_from(last_ring)
        .outerjoin(page, true())
        .outerjoin(Vehicle, and_(region, Vehicle.id == page.c.id))
        .order_by(page.c.number.nulls_last())
    )


def _search_cte(shape: VehicleFilter, few_by: FewBy | None, is_continued: bool) -> CTE:
    """Return a row for each ring until one has enough matches, or too many vehicles: how many of
    these it has read, how many match, and the ids of the matches, nearest first."""
    before_first = (
        _before_rings_query(FEW_QUERIES[few_by](shape), is_continued)
        if few_by
        else select(*(value.label(name) for name, value in NO_RING.items()))
    )
    search = before_first.cte("search", recursive=True)
    # The recursive reference stands two subqueries higher, where SQLAlchemy finds no way to it.
    next_ring = literal_column("search.ring + 1", BigInteger)
    vehicles = _ring_query(shape, next_ring).limit(_number("read_limit")).subquery("vehicle")
    matches = _matches_query(vehicles, is_continued).lateral("matches")
    return search.union_all(
        select(search.c.ring + 1, *matches.c)
        .select_from(search.join(matches, true()))
        .where(
            search.c.match_count < _number("size"),
            search.c.read_count <= _number("ring_limit"),
            search.c.ring < _number("last_ring"),
        )
    )


def _before_rings_query(
    few: Select[VehicleColumns], is_continued: bool
) -> Select[tuple[int, int, int, Sequence[UUID]]]:
    """Return a query for the row before the first ring: the row of a last ring with the vehicles of
    the city that ``few`` reads, if these are not too many."""
    vehicles = few.limit(_number("read_limit")).subquery("vehicle")
    found = _matches_query(vehicles, is_continued).subquery("found")
    are_few = found.c.read_count <= _number("ring_limit")
    row = {"ring": cast(_number("last_ring"), BigInteger), **found.c}
    return select(
        *(case((are_few, row[name]), else_=value).label(name) for name, value in NO_RING.items())
    )


def _few_by_words_query(shape: VehicleFilter) -> Select[VehicleColumns]:
    """Return a query for the vehicles of the city that have the words, by the index of words."""
    matches = and_(shape.row_condition(), Vehicle.lat.is_not(None))
    return _vehicles_query(_number("radius_m"), matches).where(*shape.index_conditions())


def _few_by_types_query(shape: VehicleFilter) -> Select[VehicleColumns]:
    """Return a query for the vehicles of the city that have one of the types and its range.

    An index is read for each state and type by itself. In its order, else PostgreSQL would take
    types that nobody has for frequent ones, and read the whole table.
    """
    types = _rows_cte("types", TYPE_TYPES)
    region, city, _ = shape.city_conditions()
    of_type = [Vehicle.state, Vehicle.form_factor, Vehicle.propulsion_type]
    matches = and_(shape.match_condition(), Vehicle.lat.is_not(None))
    vehicles = (
        _vehicles_query(_number("radius_m"), matches)
        .where(region, city, *(column == types.c[column.key] for column in of_type))
        .order_by(Vehicle.range_m)
        .limit(_number("read_limit"))
    )
    parts = [
        vehicles.where(types.c.range_m.is_(None)).lateral(),
        vehicles.where(Vehicle.range_m >= types.c.range_m).lateral(),
    ]
    found = union_all(*(select(part).select_from(types.join(part, true())) for part in parts))
    return select(*found.subquery().c)


#: The queries for the vehicles that may be few.
FEW_QUERIES = {FewBy.WORDS: _few_by_words_query, FewBy.TYPES: _few_by_types_query}


def _matches_query(
    vehicles: Subquery, is_continued: bool
) -> Select[tuple[int, int, Sequence[UUID]]]:
    """Return a query for one row about the vehicles of a ring."""
    distance_m, public_id = vehicles.c.distance_m, vehicles.c.public_id
    matches = and_(vehicles.c.matches, distance_m <= vehicles.c.radius_m)
    if is_continued:
        after = _number("after_m"), bindparam("after_id", None, Uuid)
        matches &= tuple_(distance_m, public_id) > tuple_(*after)
    ids = func.array_agg(aggregate_order_by(vehicles.c.id, distance_m, public_id))
    return select(
        func.count().label("read_count"),
        func.count().filter(matches).label("match_count"),
        ids.filter(matches).label("ids"),
    ).select_from(vehicles)


def _ring_query(shape: VehicleFilter, ring: ColumnElement[int]) -> CompoundSelect[VehicleColumns]:
    """Return a query for the vehicles of the city in the areas of a ring, whether they match or
    not."""
    cell_areas, row_areas = _rows_cte("cell_areas", AREA_TYPES), _rows_cte("row_areas", AREA_TYPES)
    in_cell = Vehicle.cell == cell_areas.c.first_cell
    in_row = Vehicle.cell.between(row_areas.c.first_cell, row_areas.c.last_cell)
    return union_all(
        *(
            _vehicles_query(areas.c.radius_m, shape.match_condition())
            .join(areas, in_cells)
            .where(
                *shape.city_conditions(),
                areas.c.ring == ring,
                Vehicle.lat.between(areas.c.south, areas.c.north),
                Vehicle.lon.between(areas.c.west, areas.c.east),
            )
            for areas, in_cells in ((cell_areas, in_cell), (row_areas, in_row))
        )
    )


def _vehicles_query(
    radius_m: ColumnElement[int], matches: ColumnElement[bool]
) -> Select[VehicleColumns]:
    return select(
        Vehicle.id,
        Vehicle.public_id,
        _distance(),
        radius_m.label("radius_m"),
        matches.label("matches"),
    )


def _distance() -> Label[int]:
    centre = (cast(bindparam(f"centre_{name}", 0.0, Double), Double) for name in ("lat", "lon"))
    return distance_m_column(Vehicle.lat, Vehicle.lon, *centre).label("distance_m")


def _number(name: str) -> ColumnElement[int]:
    return bindparam(name, 0, BigInteger)
