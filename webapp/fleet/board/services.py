"""Reading the board, with a cache of some seconds: many open boards cost one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from flask import Flask, current_app
from sqlalchemy import Select

from webapp.auth.models import User
from webapp.db.cache import TimedCache
from webapp.db.reads import stale_reads
from webapp.extensions import db
from webapp.fleet.alerts.settings import AlertChoice, find_choice
from webapp.fleet.board.queries import Count, board_query
from webapp.fleet.enums import FormFactor, VehicleState
from webapp.hooks import AlertCounter, get_hooks
from webapp.regions.models import City
from webapp.web.roles import Permission


@dataclass(frozen=True)
class Board:
    """The numbers of a city."""

    counts: list[Count]

    @cached_property
    def by_state(self) -> Mapping[VehicleState, int]:
        """How many vehicles are in each state."""
        return {
            state: sum(each.number for each in self.counts if each.state == state)
            for state in VehicleState
        }

    @cached_property
    def by_form_factor(self) -> Mapping[FormFactor, int]:
        """How many vehicles there are of each form factor, in any state."""
        numbers = {
            form_factor: sum(each.number for each in self.counts if each.form_factor == form_factor)
            for form_factor in FormFactor
        }
        return {form_factor: number for form_factor, number in numbers.items() if number}

    @cached_property
    def by_alert(self) -> Mapping[str, int]:
        """The number of each alert."""
        return {each.alert: each.number for each in self.counts if each.alert}


@dataclass(frozen=True)
class ShownAlert:
    """An alert as a member of staff sees it."""

    counter: AlertCounter
    choice: AlertChoice
    number: int
    threshold: int
    #: The parameters of its list. None: they see the number only.
    list_args: dict[str, str] | None

    @property
    def is_quiet(self) -> bool:
        """Whether nobody needs to look: there is nothing, or it is muted."""
        return not self.number or self.choice.is_muted


#: By the names of the cities that are read together.
BoardCache = TimedCache[tuple[str, ...], dict[str, Board]]


def init_app(app: Flask) -> None:
    app.extensions["movr_board"] = BoardCache(app.config["BOARD_MAX_AGE_S"])


def read_board(city: City) -> Board:
    """Return the numbers of a city, at most BOARD_MAX_AGE_S old."""
    return read_boards([city])[city.name]


def read_boards(cities: Sequence[City]) -> Mapping[str, Board]:
    """Return the numbers of some cities, by their names; in one statement for all."""
    cache: BoardCache = current_app.extensions["movr_board"]
    return cache.get(tuple(city.name for city in cities), lambda: _load_boards(cities))


def _load_boards(cities: Sequence[City]) -> dict[str, Board]:
    query = board_query((city, _list_alert_queries(city)) for city in cities)
    regions = {city.region for city in cities}
    # Several regions are read from their local replicas, which are some seconds old.
    arguments = {} if regions == {current_app.config["REGION"]} else stale_reads()
    boards: dict[str, Board] = {city.name: Board([]) for city in cities}
    for row in db.session.execute(query, bind_arguments=arguments):
        count = Count._make(row)
        boards[count.city].counts.append(count)
    return boards


def _list_alert_queries(city: City) -> list[tuple[str, Select[tuple[int]]]]:
    return [
        (counter.kind, counter.count_query(city, _find_threshold(city, counter)))
        for counter in get_hooks().alert_counters
    ]


def _find_threshold(city: City, counter: AlertCounter) -> int:
    return find_choice(city.name, counter.kind).threshold or counter.default_threshold


def list_alerts(staff: User, city: City, board: Board) -> list[ShownAlert]:
    """Return the alerts that a member of staff may see; those that are quiet last."""
    shown = [
        _make_alert(staff, city, board, counter)
        for counter in get_hooks().alert_counters
        if _may_see(staff, city, counter)
    ]
    return sorted(shown, key=lambda alert: alert.is_quiet)


def _may_see(staff: User, city: City, counter: AlertCounter) -> bool:
    if counter.in_all_cities:
        return staff.cities_with_permission(counter.permission) is None
    may_see_numbers = staff.has_permission(Permission.VIEW_NUMBERS, city.name)
    return may_see_numbers or staff.has_permission(counter.permission, city.name)


def _make_alert(staff: User, city: City, board: Board, counter: AlertCounter) -> ShownAlert:
    threshold = _find_threshold(city, counter)
    opens_list = staff.has_permission(counter.permission, city.name)
    return ShownAlert(
        counter,
        find_choice(city.name, counter.kind),
        board.by_alert.get(counter.kind, 0),
        threshold,
        counter.list_args(city, threshold) if opens_list else None,
    )
