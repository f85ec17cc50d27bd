"""Lists of vehicles: every one is one statement, paged by key, and served by an index."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, and_, cast, func, or_, select, true, tuple_, union_all
from sqlalchemy.orm import aliased, joinedload

from webapp.db.keys import RowKey
from webapp.db.paging import Cursor, Page, cursor_text, make_page, page_size
from webapp.db.reads import stale_reads
from webapp.extensions import db
from webapp.fleet.enums import FormFactor, PropulsionType, VehicleState
from webapp.fleet.labels import type_label
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.cache import find_plan
from webapp.fleet.pricing.price import quote_ride
from webapp.regions.geography import Point, cells_within, distance_m_sql
from webapp.regions.models import City

#: How far "near me" looks, metres. Each page is bounded by what stands in the circle, whatever
#: the size of the fleet; whoever finds too little looks farther.
RADII_M = (2_000, 10_000, 50_000)
#: Through how many vehicles a page of the newest is sought, when few of them are wanted. The next
#: page goes on from there.
LOOK_THROUGH = 2_000
#: Without such wishes all fit but those among the reserved that are held, or are not any more: for
#: so many there is room beside a page.
HELD_ROOM = 100
#: For a ride of which length a price is compared.
PRICED = timedelta(minutes=15)

#: Form factor and propulsion.
Type = tuple[str, str]
ALL_TYPES: list[Type] = [(str(f), str(p)) for f in FormFactor for p in PropulsionType]


@dataclass(frozen=True)
class Wanted:
    """Which vehicles of a city to list."""

    city: City
    states: Sequence[VehicleState] = (VehicleState.AVAILABLE,)
    form_factor: FormFactor | None = None
    #: Never a few seconds old, however far the city is.
    fresh: bool = False
    #: Their brand, colour and place have all of these.
    words: str = ""
    #: How far they go at least, metres; without a motor, any distance.
    range_m: int | None = None
    #: None: all types.
    types: frozenset[Type] | None = None

    def reads(self) -> dict[str, Any]:
        """Return how db.session shall read: of a city that lives elsewhere from the copy here."""
        is_far = self.city.region != current_app.config["REGION"]
        return stale_reads() if is_far and not self.fresh else {}

    @property
    def stored_states(self) -> tuple[VehicleState, ...]:
        """The states in which they are stored: what is free may still be stored as reserved."""
        lapsed = {VehicleState.RESERVED} if VehicleState.AVAILABLE in self.states else set()
        return (*self.states, *(lapsed - set(self.states)))

    @property
    def look_through(self) -> int:
        """Through how many of those that an index finds a page is sought. Words are among what an
        index finds."""
        is_picky = self.types is not None or self.range_m is not None
        return LOOK_THROUGH if is_picky else page_size() + 1 + HELD_ROOM

    @property
    def form_factors(self) -> Sequence[str | None]:
        """Those that an index can find one by one; None: all."""
        if self.types is None:
            return [self.form_factor]
        fitting = {form_factor for form_factor, _ in self.types}
        return sorted(fitting & {self.form_factor} if self.form_factor else fitting)

    def found_by(self, states: Iterable[str], form_factor: str | None) -> list[ColumnElement[bool]]:
        """Return the conditions that an index serves, written so that it can."""
        states = tuple(states)
        conditions = [
            Vehicle.region == self.city.region,
            Vehicle.city == self.city.name,
            Vehicle.state == states[0] if len(states) == 1 else Vehicle.state.in_(states),
        ]
        if form_factor:
            conditions.append(Vehicle.form_factor == form_factor)
        if self.words:
            # The database knows best how it makes letters small.
            words = func.string_to_array(func.lower(self.words), " ")
            conditions.append(Vehicle.words.contains(cast(words, Vehicle.words.type)))
        return conditions

    def fits(self, vehicle: Any = Vehicle) -> ColumnElement[bool]:
        """Return the other conditions, on rows that an index has found."""
        is_reserved = vehicle.state == VehicleState.RESERVED.value
        return and_(
            vehicle.state.in_(self.stored_states),
            or_(~is_reserved, self._counts_reserved(vehicle)),
            *self._suits(vehicle),
        )

    def fits_in(self, state: str, vehicle: Any = Vehicle) -> ColumnElement[bool]:
        """Return them for rows of one stored state: most need no other column for it."""
        reserved = [self._counts_reserved(vehicle)] * (state == VehicleState.RESERVED)
        return and_(true(), *reserved, *self._suits(vehicle))

    def _counts_reserved(self, vehicle: Any) -> ColumnElement[bool]:
        """Tell of a row stored as reserved whether it is wanted: held, lapsed, or both."""
        is_held = func.coalesce(vehicle.reserved_until > func.now(), True)
        if VehicleState.AVAILABLE not in self.states:
            return is_held
        return true() if VehicleState.RESERVED in self.states else ~is_held

    def _suits(self, vehicle: Any) -> Iterator[ColumnElement[bool]]:
        if self.types is not None:
            yield tuple_(vehicle.form_factor, vehicle.propulsion_type).in_(sorted(self.types))
        if self.range_m is not None:
            human = vehicle.propulsion_type == PropulsionType.HUMAN.value
            yield or_(human, vehicle.range_m >= self.range_m)


def read_words(typed: str) -> tuple[str, frozenset[Type] | None]:
    """Return the words to search for in what people type, and the types of vehicles that are named
    among them: ``red bike`` is a word and some types."""
    others, types = [], None
    for word in unicodedata.normalize("NFC", typed).replace(",", " ").split():
        if named := _types_named(word.lower()):
            types = named if types is None else types & named
        else:
            others.append(word)
    return " ".join(others), types


def _types_named(word: str) -> frozenset[Type]:
    if len(word) < 3:  # "e" is a street
        return frozenset()
    words = {word, word.removesuffix("s")}
    return frozenset(type_ for type_ in ALL_TYPES if words & _label_words(type_))


def _label_words(type_: Type) -> set[str]:
    label = type_label(*type_).lower()
    return {*label.split(), *label.split("-")}


def types_for(city: City, most: int) -> frozenset[Type]:
    """Return the types of vehicles that cost at most so much for ``PRICED``, with tax, in minor
    units of the city's currency. The plans are in memory."""
    return frozenset(type_ for type_ in ALL_TYPES if _price(city, *type_) <= most)


def _price(city: City, form_factor: str, propulsion_type: str) -> int:
    some = Vehicle(city=city.name, form_factor=form_factor, propulsion_type=propulsion_type)
    plan = find_plan(some)
    return quote_ride(plan.tariff, PRICED).total if plan else 0


@dataclass(frozen=True)
class Listed:
    """A vehicle in a list, with its distance in metres when the list is by distance."""

    vehicle: Vehicle
    distance_m: int | None = None


def newest(wanted: Wanted, after: Cursor | None, *, with_owner: bool = False) -> Page[Listed]:
    """Return one page of vehicles, the newest first.

    Each state and form factor is read in the order of the index, and their rows are merged: an
    index is in order of time only within one of them. From the merged rows those that do not fit
    are left out, until the page is full.
    """
    most = wanted.look_through
    parts = [
        _newest_where(wanted.found_by([state], form_factor), after, most)
        for state in wanted.stored_states
        for form_factor in wanted.form_factors
    ]
    if not parts:
        return Page([], "")
    merged = aliased(Vehicle, union_all(*parts).subquery())
    order = (merged.created_at.desc(), merged.id.desc())
    number = func.row_number().over(order_by=order)
    looked = select(merged, number.label("number")).order_by(*order).limit(most).subquery()
    vehicle = aliased(Vehicle, looked)
    fits, is_last = wanted.fits(vehicle), looked.c.number == most
    statement = (
        select(vehicle, fits, looked.c.number)
        .where(or_(fits, is_last))
        .order_by(vehicle.created_at.desc(), vehicle.id.desc())
        .limit(page_size() + 1)
        .options(*[joinedload(vehicle.owner).lazyload("*")] * with_owner)
    )
    found = db.session.execute(statement, bind_arguments=wanted.reads()).all()
    page = _page_by_time([one for one, does_fit, _ in found if does_fit])
    if not page.after and found and found[-1].number == most:
        return Page(page.rows, cursor_text(_time_of(found[-1][0])))
    return page


def of_owner(owner: RowKey, after: Cursor | None) -> Page[Listed]:
    """Return one page of the vehicles that an owner has, removed ones left out."""
    mine = [
        Vehicle.owner_region == owner.region,
        Vehicle.owner_id == owner.id,
        Vehicle.state != VehicleState.REMOVED,
    ]
    return _page_by_time(list(db.session.scalars(_newest_where(mine, after, page_size() + 1))))


def near(wanted: Wanted, here: Point, radius_m: int, after: Cursor | None) -> Page[Listed]:
    """Return one page of the vehicles that stand within a circle, nearest first."""
    distance = distance_m_sql(Vehicle.lat, Vehicle.lon, here)
    cells = [Vehicle.cell.between(first, last) for first, last in cells_within(here, radius_m)]
    found_by = wanted.found_by(wanted.stored_states, wanted.form_factor)
    statement = (
        select(Vehicle, distance)
        .where(*found_by, or_(*cells), wanted.fits(), distance <= radius_m)
        .order_by(distance, Vehicle.id)
        .limit(page_size() + 1)
    )
    if after:
        statement = statement.where(tuple_(distance, Vehicle.id) > after)
    found = db.session.execute(statement, bind_arguments=wanted.reads())
    rows = [Listed(vehicle, metres) for vehicle, metres in found]
    return make_page(rows, lambda row: (row.distance_m, row.vehicle.id))


def _newest_where(
    conditions: list[ColumnElement[bool]], after: Cursor | None, limit: int
) -> Select[tuple[Vehicle]]:
    if after:
        conditions = [*conditions, tuple_(Vehicle.created_at, Vehicle.id) < after]
    return (
        select(Vehicle)
        .where(*conditions)
        .order_by(Vehicle.created_at.desc(), Vehicle.id.desc())
        .limit(limit)
    )


def _page_by_time(vehicles: list[Vehicle]) -> Page[Listed]:
    rows = [Listed(vehicle) for vehicle in vehicles]
    return make_page(rows, lambda row: _time_of(row.vehicle))


def _time_of(vehicle: Vehicle) -> Cursor:
    return vehicle.created_at, vehicle.id
