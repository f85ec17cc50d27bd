"""Reading the board, with a cache of some seconds: many open boards cost one statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from flask import Flask, current_app

from webapp.db.cache import TimedCache
from webapp.extensions import db
from webapp.fleet.board.queries import StateCount, state_counts_query
from webapp.fleet.enums import FormFactor, VehicleState
from webapp.regions.models import City


@dataclass(frozen=True)
class Board:
    """The numbers of a city."""

    counts: list[StateCount]

    @cached_property
    def by_state(self) -> Mapping[VehicleState, int]:
        """How many vehicles are in each state."""
        return {
            state: sum(count.vehicles for count in self.counts if count.state == state)
            for state in VehicleState
        }

    @cached_property
    def by_form_factor(self) -> Mapping[FormFactor, int]:
        """How many vehicles there are of each form factor, in any state."""
        return {
            form_factor: vehicles
            for form_factor in FormFactor
            if (vehicles := self._count_form_factor(form_factor))
        }

    def _count_form_factor(self, form_factor: FormFactor) -> int:
        return sum(count.vehicles for count in self.counts if count.form_factor == form_factor)


BoardCache = TimedCache[str, Board]


def init_app(app: Flask) -> None:
    app.extensions["movr_board"] = BoardCache(app.config["BOARD_MAX_AGE_S"])


def read_board(city: City) -> Board:
    """Return the numbers of a city, at most BOARD_MAX_AGE_S old."""
    cache: BoardCache = current_app.extensions["movr_board"]
    return cache.get(city.name, lambda: _load_board(city))


def _load_board(city: City) -> Board:
    rows = db.session.execute(state_counts_query(city)).all()
    return Board([StateCount._make(row) for row in rows])
