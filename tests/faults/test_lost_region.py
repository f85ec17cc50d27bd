"""CockroachDB answers that the region of the rows is lost: pages say 503 in words, and nothing is
done that the rider does not know of."""

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from tests.database_proxy import LOST_REGION_ERRORS, DatabaseProxy, ServerError
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.faults.audit import Answer
from tests.faults.conftest import RiderFactory, RunAudit
from tests.faults.riders import UNAVAILABLE_TEXT
from tests.faults.steps import SELECT_USER, START_RIDE
from tests.visitor import Visitor
from webapp.db.errors import is_connection_lost, is_unavailable, sqlstate
from webapp.db.transactions import AmbiguousCommit, run_transaction
from webapp.extensions import db
from webapp.rides.models import Ride

each_error = pytest.mark.parametrize("error", LOST_REGION_ERRORS, ids=lambda e: e.message[:20])
OTHER_DEFECT = ServerError("XXUUU", "unsupported comparison: bytes to crdb_internal_region")


@each_error
@pytest.mark.parametrize("path", ["/", "/v/AAAAAAAAAA", "/vehicles/mine", "/rides"])
def test_a_page_reports_an_unreachable_database(
    proxied_app: Flask, proxy: DatabaseProxy, make_user: UserFactory, error: ServerError, path: str
) -> None:
    visitor: Visitor = proxied_app.test_client()  # type: ignore[assignment]
    visitor.sign_in(make_user())
    proxy.answer_with(error, "SELECT")
    response = visitor.get(path)
    assert response.status_code == 503
    assert UNAVAILABLE_TEXT in response.text
    assert response.headers["Retry-After"]
    proxy.on_query = lambda sql: None
    assert visitor.get(path).status_code != 503


@each_error
def test_a_write_shows_an_error_page_and_works_when_the_region_is_back(
    proxy: DatabaseProxy,
    make_rider: RiderFactory,
    make_vehicle: VehicleFactory,
    run_audit: RunAudit,
    row: RowReader,
    error: ServerError,
) -> None:
    rider, vehicle = make_rider(), make_vehicle().key
    proxy.answer_with(error, SELECT_USER)
    assert rider.start(vehicle).answer is Answer.UNAVAILABLE
    # The statement is a transaction of its own: whether it was committed is not said.
    proxy.answer_with(error, START_RIDE)
    assert rider.start(vehicle).answer is Answer.UNKNOWN
    proxy.on_query = lambda sql: None
    run_audit(rider)
    record = rider.start(vehicle)
    assert record.answer is Answer.DONE
    assert record.ride_key
    assert row(Ride, record.ride_key).ended_at is None


@each_error
def test_a_write_is_answered_with_503_when_the_region_is_lost_at_commit(
    proxied_app: Flask, proxy: DatabaseProxy, make_user: UserFactory, error: ServerError
) -> None:
    visitor: Visitor = proxied_app.test_client()  # type: ignore[assignment]
    visitor.sign_in(make_user(city="new york"))
    proxy.answer_with(error, "COMMIT")
    described = {"type": "bike", "brand": "Lost", "color": "red", "address": "Here"}
    response = visitor.send("/vehicles/add", **described, lat="40.7", lon="-74.0")
    assert response.status_code == 503, response.text
    assert (
        "We lost the connection while saving. Check whether it was saved before you try again."
        in response.text
    )


@each_error
def test_a_statement_that_meets_a_lost_region_rolls_back_its_transaction(
    proxied_app: Flask, proxy: DatabaseProxy, admin: Engine, error: ServerError
) -> None:
    proxy.answer_with(error, "SELECT 2")
    with proxied_app.app_context(), pytest.raises(DBAPIError) as caught:
        run_transaction(lambda s: [s.execute(text(sql)) for sql in ("SELECT 1", "SELECT 2")])
    assert is_unavailable(caught.value)
    assert sqlstate(caught.value) == error.sqlstate
    assert not is_connection_lost(caught.value)
    assert proxy.queries[-1] == "ROLLBACK", "the connection goes back to the pool"


@each_error
def test_the_result_is_unknown_when_commit_meets_a_lost_region(
    proxied_app: Flask, proxy: DatabaseProxy, error: ServerError
) -> None:
    proxy.answer_with(error, "COMMIT")
    with proxied_app.app_context():
        with pytest.raises(AmbiguousCommit):
            run_transaction(lambda session: session.execute(text("SELECT 1")))
        proxy.on_query = lambda sql: None
        assert run_transaction(lambda session: session.scalar(text("SELECT 1"))) == 1


def test_other_errors_without_a_code_are_defects(proxied_app: Flask, proxy: DatabaseProxy) -> None:
    proxy.answer_with(OTHER_DEFECT, "SELECT")
    with proxied_app.app_context(), pytest.raises(DBAPIError) as caught:
        db.session.scalar(text("SELECT 1"))
    assert not is_unavailable(caught.value)
