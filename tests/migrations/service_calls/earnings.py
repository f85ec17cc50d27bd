"""Calls of the services and queries of what owners earn."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm.attributes import set_committed_value

from tests.migrations.sample_rows import (
    CASE,
    MESSAGE,
    NEW_YORK,
    PLACE,
    PLAN,
    RIDE,
    RIDE_END,
    RIDER,
    USER,
    VEHICLE,
)
from tests.migrations.service_calls.calls import execute, in_account_deletion
from webapp.auth.models import User
from webapp.db import transactions
from webapp.fleet.models import Vehicle
from webapp.rides.disputes import statements as dispute_statements
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.earnings.models import OwnerLedgerEntry
from webapp.rides.earnings.queries import balances, earnings, owner_statement
from webapp.rides.earnings.queries import payouts as payout_queries
from webapp.rides.earnings.queries import shares as share_queries
from webapp.rides.earnings.services import account_deletion, payout_reversals, payouts, shares
from webapp.rides.earnings.services.shares import ShareTerms
from webapp.rides.models import Ride
from webapp.rides.services import end

OWNER = RIDER
TERMS = ShareTerms(3_000, date(2026, 8, 1), "Contract")
PAYOUT = payouts.OwnerPayout(1_000, "July", UUID(int=32))
EARNING = OwnerLedgerEntry(
    region=RIDE.region,
    id=RIDE.id,
    city="new york",
    vehicle_id=VEHICLE.id,
    net_price=350,
    basis_points=3_000,
)

RETURNED_PAYOUT = payout_queries.OwnerPayoutDetails(
    User(region=OWNER.region, id=OWNER.id),
    OwnerLedgerEntry(id=UUID(int=33), amount=-1_000, currency="USD", note="July"),
    is_reversed=False,
)


def _end_with_earning() -> None:
    ride = Ride(
        region=RIDE.region,
        id=RIDE.id,
        city=NEW_YORK.name,
        vehicle_id=VEHICLE.id,
        started_at=RIDE_END.ride.started_at,
        plan_id=PLAN.id,
    )
    set_committed_value(ride, "plan", PLAN)
    set_committed_value(ride, "vehicle", Vehicle(owner_id=OWNER.id))
    snapshot = replace(RIDE_END, ride=ride, basis_points=3_000)
    transactions.run_transaction(
        lambda session: end.write_ride_end(session, RIDER, snapshot, PLACE, actor_key=RIDER)
    )


def _refund_with_earning() -> Any:
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
    return dispute_statements.answer_dispute_statement(
        USER.key, replace(CASE, earning=EARNING), MESSAGE, "Sorry.", 100, DisputeState.ANSWERED
    )


EARNINGS: dict[str, Callable[[], Any]] = {
    "set a revenue share": execute(
        lambda: shares.set_share_statement(NEW_YORK, "ada", TERMS, UUID(int=31))
    ),
    "the owners of a city": lambda: share_queries.list_owners(NEW_YORK, (UUID(int=4),)),
    "the shares of an owner": lambda: share_queries.find_owner_shares(NEW_YORK, OWNER),
    "end a ride by which an owner earns": _end_with_earning,
    "refund a ride by which an owner has earned": execute(_refund_with_earning),
    "what an owner has earned": lambda: earnings.read_city_earnings(OWNER),
    "with which vehicles an owner has earned": lambda: earnings.list_vehicle_earnings(
        OWNER, NEW_YORK, TERMS.valid_from, (VEHICLE.id,)
    ),
    "what an owner has earned with a vehicle": execute(
        lambda: earnings.vehicle_months_query(OWNER, VEHICLE, TERMS.valid_from)
    ),
    "record a payout to an owner": execute(
        lambda: payouts.record_payout_statement(NEW_YORK, OWNER, PAYOUT, UUID(int=33))
    ),
    "the payout that is reversed": execute(
        lambda: payout_queries.payout_query(NEW_YORK, OWNER, UUID(int=33))
    ),
    "reverse a payout to an owner": execute(
        lambda: payout_reversals.reverse_payout_statement(NEW_YORK, RETURNED_PAYOUT, "Closed")
    ),
    "the statement of an owner": lambda: owner_statement.read_statement(NEW_YORK, OWNER),
    "the balances of an owner": execute(lambda: balances.balances_query(OWNER.id)),
    "take an owner out of the ledger": in_account_deletion(account_deletion.close_earnings),
    "take an owner out of the ledger in slices": lambda: account_deletion.close_earnings_in_slices(
        OWNER
    ),
}
