"""Calls of the services and queries of rides, reservations and disputes."""

from collections.abc import Callable
from typing import Any, cast

from sqlalchemy import tuple_
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from tests.migrations.sample_rows import (
    AFTER,
    CASE,
    IMPORTED_RIDE,
    MESSAGE,
    NEW_YORK,
    PLACE,
    PLAN,
    RESERVATION,
    RIDE,
    RIDE_END,
    RIDER,
    SESSION,
    TRIP_IMPORT,
    USER,
    VEHICLE,
)
from tests.migrations.service_calls.calls import execute, in_account_deletion
from webapp.auth.models import User
from webapp.db import transactions
from webapp.db.reads import find_in_any_region
from webapp.extensions import db
from webapp.fleet.queues.assignment import Assignment
from webapp.fleet.queues.filters import ME, QueueFilter
from webapp.regions.geography import Place, Point
from webapp.riders.digests import services as digests
from webapp.riders.digests.enums import Digest
from webapp.riders.digests.tokens import UnsubscribeToken
from webapp.riders.wallet import ledger
from webapp.rides import history, refusal_reasons
from webapp.rides import queries as rides
from webapp.rides.blocks import services as blocks
from webapp.rides.blocks.queries import list_blocks_of_owner, list_blocks_of_rider
from webapp.rides.digests import queries as digest_queries
from webapp.rides.digests.jobs import subscriber_query
from webapp.rides.digests.statements import write_digests_statement
from webapp.rides.disputes import queries as dispute_queries
from webapp.rides.disputes import staff_services as dispute_services
from webapp.rides.disputes import statements as dispute_statements
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.following import services as following
from webapp.rides.following.models import Follow
from webapp.rides.following.new_vehicles import new_vehicles_query
from webapp.rides.following.queries import list_follows
from webapp.rides.following.scan import follows_query, notify_statement
from webapp.rides.models import Ride
from webapp.rides.remarks import change_remark_statement, find_remark
from webapp.rides.reminders import services as reminders
from webapp.rides.reminders import statements as reminder_statements
from webapp.rides.reminders.enums import ReminderKind
from webapp.rides.reminders.jobs import due_reminder_query
from webapp.rides.reminders.statements import Reminder
from webapp.rides.reservations import queries as reservation_queries
from webapp.rides.reservations import services as reservations
from webapp.rides.reservations import withdrawal
from webapp.rides.reservations.job_kinds import Withdrawal
from webapp.rides.reservations.statements.extend import extend_reservation_statement
from webapp.rides.services import (
    end,
    end_snapshot,
    long_rides,
    overdue,
    paths,
    pause,
    rating,
    start,
)
from webapp.rides.services import staff as staff_rides
from webapp.rides.services.account_deletion import anonymise_rides_in_slices, check_no_open_ride
from webapp.rides.services.path_points import PathPoint
from webapp.rides.trip_import import services as trip_import

MONDAY = AFTER[0].date()
WITHDRAWAL = Withdrawal(VEHICLE.region, VEHICLE.id, RESERVATION.id, AFTER[0])
WEEKS = digest_queries.Weeks.until(MONDAY, "America/New_York")


def _end(place: Place) -> Callable[[], None]:
    set_committed_value(RIDE_END.ride, "plan", PLAN)

    def run() -> None:
        transactions.run_transaction(
            lambda session: end.write_ride_end(session, RIDER, RIDE_END, place, actor_key=RIDER)
        )

    return run


def _answer(text: str, refund: int, state: DisputeState) -> Callable[[], None]:
    ride = Ride(
        region=RIDE.region,
        id=RIDE.id,
        rider_region=RIDER.region,
        rider_id=RIDER.id,
        price=350,
        currency="USD",
        price_lines=[{"kind": "unlock", "amount": 350}],
    )
    set_committed_value(CASE.dispute, "ride", ride)
    return execute(
        lambda: dispute_statements.answer_dispute_statement(
            USER.key, CASE, MESSAGE, text, refund, state
        )
    )


RIDES: dict[str, Callable[[], Any]] = {
    "the progress of a path": lambda: paths._read_progress(RIDER, RIDE),
    "append points to a path": lambda: paths._append(
        RIDER, RIDE, paths.PathProgress(60, 7, None), [PathPoint(5, 40.7, -74.0)]
    ),
    "the path of a ride": lambda: paths.read_path(RIDER, RIDE),
    "delete the paths of an account": in_account_deletion(paths.delete_paths),
    "anonymise the rides of a deleted account": lambda: anonymise_rides_in_slices(RIDER),
    "an open ride of a deleted account": in_account_deletion(check_no_open_ride),
    "report overdue rides": execute(lambda: overdue.report_overdue_statement(NEW_YORK, AFTER[0])),
    "remind riders of long rides": execute(
        lambda: long_rides.ask_riders_statement(NEW_YORK, AFTER[0])
    ),
    "choose digests": lambda: digests.choose_digests(RIDER, rider=True, owner=False),
    "unsubscribe from a digest": lambda: digests.unsubscribe(UnsubscribeToken(RIDER, Digest.RIDER)),
    "write the digests of a page": execute(
        lambda: write_digests_statement("us-east1", MONDAY, RIDER.id)
    ),
    "who gets a digest": lambda: find_in_any_region(subscriber_query(Digest.OWNER), User, RIDER),
    "the weeks of a rider": lambda: digest_queries.read_rider_weeks(RIDER, WEEKS),
    "the weeks of an owner": lambda: digest_queries.read_owner_weeks(RIDER, WEEKS),
    "the reports of a week": lambda: digest_queries.read_report_count(RIDER, WEEKS),
    "set reminders": execute(
        lambda: reminder_statements.set_reminders_statement(
            RIDER,
            RIDE,
            [
                Reminder(ReminderKind.TIME, AFTER[0], None, AFTER[1]),
                Reminder(ReminderKind.PRICE, AFTER[0], 500, AFTER[1]),
            ],
        )
    ),
    "remove a reminder": lambda: reminders.remove_reminder(RIDER, RIDE, ReminderKind.TIME),
    "the reminder of a job": lambda: find_in_any_region(
        due_reminder_query(ReminderKind.TIME, SESSION.id), Ride, RIDE
    ),
    "finish a reminder": execute(
        lambda: reminder_statements.finish_reminder_statement(RIDE, ReminderKind.TIME, SESSION.id)
    ),
    "delete the reminders of an account": in_account_deletion(reminders.delete_reminders),
    "a running ride": lambda: rides.find_ride(RIDER, RIDE, joinedload(Ride.reminders)),
    "open rides of a city": lambda: staff_rides.list_open_rides(NEW_YORK, AFTER),
    "one ride, for staff": lambda: staff_rides.find_staff_ride(USER, RIDE),
    "the account of imported rides": lambda: trip_import._ensure_import_rider(NEW_YORK),
    "import trips": lambda: trip_import.write_batch(
        TRIP_IMPORT,
        [IMPORTED_RIDE],
        trip_import.last_places([IMPORTED_RIDE]),
        trip_import.TripImportResult(),
    ),
    "charge for imported rides": in_account_deletion(
        lambda session, _: ledger.write_entries(
            session, [trip_import._charge(TRIP_IMPORT, IMPORTED_RIDE)]
        )
    ),
    "start a ride": lambda: start.start_ride(RIDER, VEHICLE, PLAN.id),
    "why a ride was refused": lambda: refusal_reasons.read_refusal_facts(RIDER, VEHICLE, RIDE),
    "read the end of a ride": lambda: end_snapshot.read_ride_end(
        cast(Session, db.session), RIDER, RIDE
    ),
    "end a ride": _end(PLACE),
    "end a ride at a typed place": _end(Place("here", Point(40.7359, -73.9911))),
    "pause a ride": lambda: pause.pause_ride(RIDER, RIDE),
    "resume a ride": lambda: pause.resume_ride(RIDER, RIDE),
    "reserve a vehicle": lambda: reservations.reserve_vehicle(RIDER, VEHICLE),
    "extend a reservation": execute(
        lambda: extend_reservation_statement(
            RIDER, RESERVATION, AFTER[0], reservations.extension_price(PLAN)
        )
    ),
    "cancel a reservation": lambda: reservations.cancel_reservation(RIDER),
    "the reservation of a withdrawn vehicle": execute(
        lambda: withdrawal.withdrawn_reservation_query(WITHDRAWAL, AFTER[0])
    ),
    "the report that withdrew a vehicle": execute(
        lambda: withdrawal.own_report_query(WITHDRAWAL, AFTER[0], RIDER)
    ),
    "say on the report whose reservation it ended": execute(
        lambda: withdrawal.record_on_report_statement(WITHDRAWAL, AFTER[0], RIDER, 250)
    ),
    "end a withdrawn reservation": execute(
        lambda: withdrawal.end_withdrawn_statement(RESERVATION, AFTER[0])
    ),
    "return free minutes": execute(
        lambda: withdrawal.return_free_minutes_statement(VEHICLE, AFTER[0], 7)
    ),
    "charges of extensions": execute(lambda: ledger.entries_query([VEHICLE.id])),
    "what a withdrawn reservation gave back": lambda: reservation_queries.read_refund(RESERVATION),
    "a reserved vehicle": lambda: reservation_queries.find_reserved_vehicle(RESERVATION),
    "one ride": lambda: rides.find_ride(RIDER, RIDE),
    "the rides of a rider": lambda: history.list_rides(RIDER, AFTER),
    "block the last rider": execute(
        lambda: blocks.block_last_rider_statement(RIDER, VEHICLE, "Rain", RIDE.id)
    ),
    "end a block": execute(lambda: blocks.end_block_statement(RIDER, RIDE)),
    "end a block as staff": execute(lambda: blocks.end_block_as_staff_statement(USER, RIDE, "why")),
    "blocks of a rider": lambda: list_blocks_of_rider(RIDER),
    "blocks of an owner": lambda: list_blocks_of_owner(RIDER),
    "follow a place": lambda: following.follow_place(
        RIDER, "Here", Point(40.73, -73.99), radius_m=200, form_factor="", nonce="n"
    ),
    "follow an owner": lambda: following.follow_owner(RIDER, RIDE),
    "stop following": lambda: following.stop_following(RIDER, RIDE),
    "what a rider follows": lambda: list_follows(RIDER),
    "vehicles that have come": execute(lambda: new_vehicles_query(NEW_YORK)),
    "followers of places": execute(
        lambda: follows_query(
            (Follow.cell, Follow.id),
            Follow.region == "us-east1",
            Follow.cell.in_([1]),
            tuple_(Follow.cell, Follow.id) > (1, RIDE.id),
        )
    ),
    "notify followers": execute(lambda: notify_statement("us-east1", [RIDE.id])),
    "hide a remark": execute(lambda: change_remark_statement(USER, RIDE, "why", hides=True)),
    "show a remark again": execute(lambda: change_remark_statement(USER, RIDE, "why", hides=False)),
    "the words of a remark": lambda: find_remark(USER, RIDE),
    "the words of a hidden remark": lambda: find_remark(USER, RIDE, is_hidden=True),
    "take a rating back": execute(lambda: rating.withdraw_rating_statement(RIDER, RIDE)),
    "rate a ride": execute(
        lambda: rating.rate_ride_statement(RIDER, RIDE, rating.Rating(4, "Smooth."))
    ),
    "the months of a rider": lambda: history.list_months(RIDER, AFTER[0].date()),
    "rides of a rider, for a file": lambda: list(history.iterate_rides(RIDER)),
    "a disputed ride": lambda: dispute_queries.find_disputed_ride(RIDER, RIDE),
    "open a dispute": execute(
        lambda: dispute_statements.open_dispute_statement(
            RIDER, RIDE, MESSAGE, "It never unlocked."
        )
    ),
    "open disputes of a city": lambda: dispute_queries.list_disputes(
        NEW_YORK, DisputeState.OPEN, AFTER
    ),
    "closed disputes of a city": lambda: dispute_queries.list_disputes(
        NEW_YORK, DisputeState.CLOSED, AFTER
    ),
    "first disputes of a city, with times": lambda: dispute_queries.list_disputes(
        NEW_YORK, DisputeState.OPEN, None
    ),
    "my disputes of a city": lambda: dispute_queries.list_disputes(
        NEW_YORK, DisputeState.OPEN, AFTER, QueueFilter(RIDER, ME)
    ),
    "assign a dispute": lambda: dispute_services.assign_dispute(
        CASE.dispute, Assignment(None, "ada")
    ),
    "one dispute, for staff": lambda: dispute_queries.find_case(USER, RIDE),
    "answer a dispute": _answer("We looked at it.", 0, DisputeState.CLOSED),
    "refund a ride": _answer("Sorry.", 100, DisputeState.ANSWERED),
}
