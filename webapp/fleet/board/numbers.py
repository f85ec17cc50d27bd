"""The numbers of an open board for its script (static/js/board.js)."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from webapp.auth.models import User
from webapp.fleet.board.labels import format_alert_number, format_number
from webapp.fleet.board.services import Board, list_alerts, read_boards
from webapp.regions.models import City


class ShownNumber(NamedTuple):
    """A number as the page shows it."""

    text: str
    #: Whether it is an alert that somebody should look at.
    is_loud: bool


def list_numbers(staff: User, cities: Sequence[City]) -> dict[str, ShownNumber]:
    """Return what a member of staff sees of the boards of some cities, by its name in the page."""
    boards = read_boards(cities)
    return {
        f"{city.name} {name}": number
        for city in cities
        for name, number in _list_city_numbers(staff, city, boards[city.name])
    }


def _list_city_numbers(staff: User, city: City, board: Board) -> Iterator[tuple[str, ShownNumber]]:
    for state, number in board.by_state.items():
        yield f"state {state}", ShownNumber(format_number(number), is_loud=False)
    for form_factor, number in board.by_form_factor.items():
        yield f"type {form_factor}", ShownNumber(format_number(number), is_loud=False)
    alerts = list_alerts(staff, city, board)
    for alert in alerts:
        text = format_alert_number(alert.number)
        yield f"alert {alert.counter.kind}", ShownNumber(text, not alert.is_quiet)
    loud = sum(not alert.is_quiet for alert in alerts)
    yield "alerts", ShownNumber(format_number(loud), loud > 0)
