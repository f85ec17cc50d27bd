"""The document of an operation lists every problem that it may be answered with."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.api.client import ApiClient
from tests.api.declared_problems import UndeclaredProblem
from tests.api.raised_errors import find_raised_errors
from tests.factories import UserFactory
from webapp.api.document import Route, list_problem_names, list_routes
from webapp.errors import DomainError, EditConflict, FormReused, NotFound
from webapp.fleet.services.edit import VehicleImported
from webapp.regions.features import CityClosed, FeatureOff
from webapp.rides.disputes.services import DisputeClosed, DisputePeriodOver, RideStillOpen
from webapp.rides.reminders.services import (
    PriceNotReached,
    PriceReached,
    ReminderAfterLongestRide,
    RidingIsFree,
)
from webapp.rides.services.path_points import PathUnreadable
from webapp.web.rate_limits import UsedBefore

#: Errors that stand in the source of an operation, and that it does not answer with: why.
NOT_RAISED: dict[str, set[type[DomainError]]] = {
    # Of the action "edit", which the API has as another operation.
    "fleet.api_staff_vehicles.act": {EditConflict, VehicleImported},
    # It lists the cities in which there is no such refusal.
    "riders.api_profile.save": {CityClosed, FeatureOff},
    # It says whether there is a refusal.
    "rides.api_disputes.show": {DisputeClosed, DisputePeriodOver, RideStillOpen},
    # Its months are those of the database.
    "rides.api_earnings.index": {NotFound},
    # They are of the other kind of reminder.
    "rides.api_reminders.set_time": {PriceNotReached, PriceReached, RidingIsFree},
    "rides.api_reminders.set_price": {ReminderAfterLongestRide},
    # The type of the body allows no such points.
    "rides.api_paths.append": {PathUnreadable},
}


class MadeUp(DomainError):
    """A refusal that no operation declares."""


def refuse() -> None:
    raise MadeUp


def refuse_and_answer() -> None:
    try:
        refuse()
    except DomainError:
        refusal = EditConflict()
        raise refusal from None


def test_every_error_in_the_source_of_an_operation_is_declared(app: Flask) -> None:
    with app.app_context():
        undeclared = {each for route in list_routes(app) for each in _list_undeclared(app, route)}
    assert undeclared == set()


def _list_undeclared(app: Flask, route: Route) -> Iterator[tuple[str, str]]:
    declared = list_problem_names(route)
    # A nonce that was used before is a key that was used before (webapp/api/operations.py). No
    # operation takes what is good for one use (``once`` of count_attempt).
    not_raised = {FormReused, UsedBefore, *NOT_RAISED.get(route.endpoint, ())}
    for error in find_raised_errors(app.view_functions[route.endpoint]) - not_raised:
        if error.problem_name not in declared.get(error.status, ()):
            yield route.endpoint, error.__name__


def test_errors_are_found_in_functions_that_are_called_unless_they_are_caught() -> None:
    assert find_raised_errors(refuse) == {MadeUp}
    assert find_raised_errors(refuse_and_answer) == {EditConflict}


def test_an_answer_with_an_undeclared_problem_fails_the_test_that_gets_it(
    app: Flask, make_user: UserFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.riders.profile_api.read_profile", lambda _: refuse())
    with pytest.raises(UndeclaredProblem, match=r"riders\.api_profile\.show: 409 made-up"):
        ApiClient.of(app, make_user()).get("/api/v1/me/profile")
