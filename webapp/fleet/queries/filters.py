"""Which vehicles of a city a list or a map shows."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeAlias

from flask import current_app
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    String,
    and_,
    bindparam,
    cast,
    func,
    or_,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB

from webapp.db.paging import page_size
from webapp.db.reads import stale_reads
from webapp.db.types import table
from webapp.fleet.anonymity import find_least_range_m
from webapp.fleet.enums import FormFactor, PropulsionType, VehicleState, VehicleType
from webapp.fleet.models import Vehicle
from webapp.fleet.search_words import find_color, list_color_words
from webapp.fleet.word_index import fold_words, mark_address_words
from webapp.regions.models import City

#: How many rows of the index a page of a list reads when few of them may match. The next page
#: continues from there.
SCAN_LIMIT = 2_000
#: Without such conditions all rows match, except some with a reservation: a page reads so many
#: rows more than it shows.
RESERVED_ALLOWANCE = 100

#: Stands for a colour in the shape of a filter.
ANY_COLOR = "red"
ALL_TYPES: list[VehicleType] = [(str(f), str(p)) for f in FormFactor for p in PropulsionType]

#: ``Vehicle`` or an alias of it, which SQLAlchemy types as ``type[Vehicle]``.
VehicleSource: TypeAlias = type[Vehicle]


@dataclass(frozen=True)
class VehicleFilter:
    """Which vehicles of a city to list."""

    city: City
    states: Sequence[VehicleState] = (VehicleState.AVAILABLE,)
    form_factor: FormFactor | None = None
    #: Read the newest data, also of a city in another region.
    reads_newest: bool = False
    #: Words that brand, colour and address must contain, all of them. A colour is found by its
    #: words in all languages.
    words: str = ""
    #: The range they must have, metres. Vehicles without a motor always match.
    range_m: int | None = None
    #: Leave out those that have left the fleet for good: of state ``removed`` only those that staff
    #: have picked up.
    without_retired: bool = False
    #: Search for nobody in particular: words of brand and colour find nothing, and ``range_m`` is
    #: compared with the published range, because by more a vehicle could be recognised after a ride
    #: (webapp/fleet/anonymity.py).
    is_anonymous: bool = False
    #: The types they must have. None: all.
    types: frozenset[VehicleType] | None = None

    @property
    def is_by_counts(self) -> bool:
        """Whether what is counted by state and form factor (``vehicle_cell_counts``) tells how many
        vehicles it finds: those that are available."""
        is_plain = not self.words and self.range_m is None and self.types is None
        return is_plain and tuple(self.states) == (VehicleState.AVAILABLE,)

    @property
    def shape(self) -> "VehicleFilter":
        """The filter without its values: equal for all filters with the same statement, which is
        executed with their ``parameters``."""
        color, plain_words = self._color_and_words
        words = " ".join(["?"] * bool(plain_words) + [ANY_COLOR] * bool(color))
        range_m = None if self.range_m is None else 0
        return replace(self, city=_any_city(), reads_newest=False, words=words, range_m=range_m)

    @property
    def parameters(self) -> dict[str, object]:
        """Its values, for a statement that was made from its shape."""
        color, plain_words = self._color_and_words
        return {
            "region": self.city.region,
            "city": self.city.name,
            "words": plain_words,
            "color_words": " ".join(list_color_words(color)) if color else "",
            "range_m": self.range_m,
            "least_ranges": self._least_ranges_json if self._uses_published_range else None,
        }

    def bind_arguments(self) -> dict[str, Any]:
        """Return the ``bind_arguments`` for db.session (Any: by SQLAlchemy): a city of another
        region is read from the local replica, which is some seconds old."""
        is_remote = self.city.region != current_app.config["REGION"]
        return stale_reads() if is_remote and not self.reads_newest else {}

    @property
    def _color_and_words(self) -> tuple[str | None, str]:
        """The first colour among the words, in English, and the other words as they are stored.
        Nobody in particular finds anything by other words than those of the address."""
        words = fold_words(self.words)
        if self.is_anonymous:
            return None, " ".join(mark_address_words(words))
        colors = [word for word in words if find_color(word)]
        if not colors:
            return None, " ".join(words)
        words.remove(colors[0])
        return find_color(colors[0]), " ".join(words)

    @property
    def stored_states(self) -> tuple[VehicleState, ...]:
        """The states in the table: an available vehicle may still be stored as reserved."""
        expired = {VehicleState.RESERVED} if VehicleState.AVAILABLE in self.states else set()
        return (*self.states, *(expired - set(self.states)))

    @property
    def scan_limit(self) -> int:
        """How many rows of the index one page reads at most."""
        is_selective = self.types is not None or self.range_m is not None
        return SCAN_LIMIT if is_selective else page_size() + 1 + RESERVED_ALLOWANCE

    @property
    def limits_types(self) -> bool:
        """Whether only vehicles of some types, or with a range, match."""
        return bool(self.form_factor) or self.types is not None or self.range_m is not None

    @property
    def matching_types(self) -> list[tuple[str, str, int | None]]:
        """The types that match, and the range that each must have, metres."""
        types = ALL_TYPES if self.types is None else sorted(self.types)
        needs_range = self.range_m is not None
        ranges = {
            (form_factor, propulsion): self._least_range_m(form_factor, propulsion)
            for form_factor, propulsion in types
            if self.form_factor in (None, form_factor)
        }
        return [
            (*type_, range_m)
            for type_, range_m in ranges.items()
            if range_m is not None or not needs_range or type_[1] == PropulsionType.HUMAN
        ]

    @property
    def _uses_published_range(self) -> bool:
        return self.is_anonymous and self.range_m is not None

    def _least_range_m(self, form_factor: str, propulsion_type: str) -> int | None:
        """Return the range that a vehicle of a type must have, metres. None: it needs none, or none
        is enough."""
        if self.range_m is None or propulsion_type == PropulsionType.HUMAN:
            return None
        if not self.is_anonymous:
            return self.range_m
        return find_least_range_m((form_factor, propulsion_type), self.range_m)

    @property
    def _least_ranges_json(self) -> str:
        """``_least_range_m`` of all types, by form factor and propulsion type."""
        ranges: dict[str, dict[str, int]] = {}
        for form_factor, propulsion_type in ALL_TYPES:
            range_m = self._least_range_m(form_factor, propulsion_type)
            if range_m is not None:
                ranges.setdefault(form_factor, {})[propulsion_type] = range_m
        return json.dumps(ranges)

    @property
    def form_factors(self) -> Sequence[str | None]:
        """The form factors to read from the index, each by itself; a None reads all."""
        if self.types is None:
            return [self.form_factor]
        matching = {form_factor for form_factor, _ in self.types}
        return sorted(matching & {self.form_factor} if self.form_factor else matching)

    def index_conditions(
        self, states: Iterable[str] | None = None, form_factor: str | None = None
    ) -> list[ColumnElement[bool]]:
        """Return the conditions that an index serves, in a form that it can serve.

        states, form_factor: by default those of this filter.
        """
        if states is None:
            states, form_factor = self.stored_states, self.form_factor
        stored = tuple(states)
        return [
            *self.city_conditions(stored),
            *self._kept_conditions(stored),
            *self._word_and_type_conditions(form_factor),
        ]

    def _kept_conditions(self, states: Sequence[str]) -> Iterator[ColumnElement[bool]]:
        """Yield the condition that vehicles have not left the fleet for good, if that matters."""
        if not self.without_retired or VehicleState.REMOVED not in states:
            return
        columns = table(Vehicle).c
        is_picked_up = columns.picked_up_at.is_not(None)
        is_other = columns.state != VehicleState.REMOVED.value
        yield is_picked_up if len(states) == 1 else or_(is_other, is_picked_up)

    def city_conditions(self, states: Sequence[str] = ()) -> list[ColumnElement[bool]]:
        """Return the conditions that each index of the city's vehicles begins with.

        states: by default those of this filter.
        """
        states = states or self.stored_states
        columns = table(Vehicle).c  # of no entity: a query of columns alone costs the ORM nothing
        return [
            columns.region == bindparam("region", self.city.region, columns.region.type),
            columns.city == bindparam("city", self.city.name),
            columns.state == states[0] if len(states) == 1 else columns.state.in_(states),
        ]

    def match_condition(self) -> ColumnElement[bool]:
        """Return the condition for rows that were found without it, by ``city_conditions``."""
        return and_(self.row_condition(), *self._word_and_type_conditions(self.form_factor))

    def _word_and_type_conditions(self, form_factor: str | None) -> Iterator[ColumnElement[bool]]:
        columns = table(Vehicle).c
        if form_factor:
            yield columns.form_factor == form_factor
        color, plain_words = self._color_and_words
        if plain_words:
            yield words_condition(plain_words)
        if color:
            yield color_condition(color)

    def row_condition(self, vehicle: VehicleSource = Vehicle) -> ColumnElement[bool]:
        """Return the condition for rows that the index has found."""
        is_reserved = vehicle.state == VehicleState.RESERVED.value
        return and_(
            vehicle.state.in_(self.stored_states),
            or_(~is_reserved, self._reserved_condition(vehicle)),
            *self._property_conditions(vehicle),
        )

    def row_condition_in_state(self, state: str) -> ColumnElement[bool]:
        """Return the condition for rows of one stored state, which needs fewer columns."""
        reserved = [self._reserved_condition(Vehicle)] * (state == VehicleState.RESERVED)
        return and_(true(), *reserved, *self._property_conditions(Vehicle))

    def _reserved_condition(self, vehicle: VehicleSource) -> ColumnElement[bool]:
        """Return the condition for rows stored as reserved: active or expired reservations, or
        both."""
        is_active = func.coalesce(vehicle.reserved_until > func.now(), True)
        if VehicleState.AVAILABLE not in self.states:
            return is_active
        return true() if VehicleState.RESERVED in self.states else ~is_active

    def _property_conditions(self, vehicle: VehicleSource) -> Iterator[ColumnElement[bool]]:
        if self.types is not None:
            yield tuple_(vehicle.form_factor, vehicle.propulsion_type).in_(sorted(self.types))
        if self.range_m is not None:
            human = vehicle.propulsion_type == PropulsionType.HUMAN.value
            yield or_(human, vehicle.range_m >= self._least_range_column(vehicle))

    def _least_range_column(self, vehicle: VehicleSource) -> ColumnElement[int]:
        """Return the range that a vehicle with a motor must have; NULL: none is enough."""
        if not self.is_anonymous:
            return bindparam("range_m", self.range_m)
        ranges = cast(bindparam("least_ranges", self._least_ranges_json, String), JSONB)
        type_ = vehicle.form_factor, vehicle.propulsion_type
        return cast(func.jsonb_extract_path_text(ranges, *type_), BigInteger)


def words_condition(words: str) -> ColumnElement[bool]:
    """Return the condition that a vehicle has all words, which ``fold_words`` has returned. Their
    lower case is made by the database, so that it is the same as in the column."""
    lower_words = func.lower(bindparam("words", words, String))
    return table(Vehicle).c.search_words.contains(_split_words(lower_words))


def color_condition(color: str) -> ColumnElement[bool]:
    """Return the condition that a vehicle has a word of the colour, in any language."""
    color_words = bindparam("color_words", " ".join(list_color_words(color)), String)
    words: ColumnElement[list[str]] = table(Vehicle).c.search_words
    return words.overlap(_split_words(color_words))  # type: ignore[no-any-return] # of ARRAY


def _split_words(words: ColumnElement[str]) -> ColumnElement[Any]:  # Any: a list
    return cast(func.string_to_array(words, " "), table(Vehicle).c.search_words.type)


@cache  # not when this module is imported: the first instance of a model needs all models
def _any_city() -> City:
    """Return what stands for a city in the shape of a filter. No vehicle is in it."""
    return City(name="", region="")
