"""What happens in the first city of the demo: rides, reports, disputes and the notifications."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from webapp.auth.models import User
from webapp.auth.notes.models import AccountNote
from webapp.db.inserts import insert
from webapp.fleet.reports.models import Report
from webapp.ops.demo.blocks import block_rows
from webapp.ops.demo.cities import DemoCity
from webapp.ops.demo.follows import followed_place_rows
from webapp.ops.demo.notes import note_rows
from webapp.ops.demo.notifications import notification_rows
from webapp.ops.demo.portraits import portrait_rows
from webapp.ops.demo.profiles import profile_rows
from webapp.ops.demo.reports import dispute_rows, report_rows
from webapp.ops.demo.revenue_shares import earning_rows
from webapp.ops.demo.rides import (
    OWN_PAST_RIDES,
    make_past_rides,
    make_running_rides,
    make_short_rides,
    open_ride_row,
)
from webapp.ops.demo.vehicles import VehicleRow
from webapp.riders.models import Profile
from webapp.riders.notifications.models import Notification
from webapp.riders.photos.models import ProfilePhoto
from webapp.riders.wallet.entries import LedgerEntry
from webapp.riders.wallet.ledger import write_entries
from webapp.rides.blocks.models import RiderBlock
from webapp.rides.disputes.models import Dispute, DisputeMessage
from webapp.rides.following.models import Follow
from webapp.rides.models import OpenRide, Ride
from webapp.web.roles import Role


@dataclass
class Activity:
    """Rows by table in the order in which they are inserted, and the entries of the ledger."""

    rows: list[tuple[type, Sequence[dict[str, object]]]] = field(default_factory=list)
    entries: list[LedgerEntry] = field(default_factory=list)

    def insert(self, session: Session) -> None:
        """Insert everything, in the transaction that has inserted the vehicles."""
        for model, rows in self.rows:
            session.execute(insert(model).values(rows).on_conflict_do_nothing())
        write_entries(session, self.entries)


def make_activity(
    city: DemoCity, vehicles: list[VehicleRow], accounts: dict[Role, User], riders: list[User]
) -> Activity:
    """Return what happens with the vehicles of a city; some of them are on a trip from now on."""
    rider, owner = accounts[Role.RIDER], accounts[Role.OWNER]
    running = make_running_rides(city, vehicles, riders)
    past = make_past_rides(city, vehicles, rider, riders)
    short = make_short_rides(city, vehicles, riders)
    own, others = past[:OWN_PAST_RIDES], past[OWN_PAST_RIDES:]
    places = followed_place_rows(city, rider)
    disputes, messages = dispute_rows(others, accounts[Role.FLEET])
    return Activity(
        [
            # Rows of one statement have the same columns.
            (Ride, [ride.row for ride in (*past, *short)]),
            (Ride, running),
            (OpenRide, [open_ride_row(ride) for ride in running]),
            (Report, report_rows(city, vehicles, riders)),
            (Profile, profile_rows([rider, *riders])),
            (ProfilePhoto, portrait_rows([rider, *riders])),
            (RiderBlock, block_rows(others, vehicles, owner)),
            (Follow, places),
            (Notification, notification_rows(rider, owner, own, vehicles[-1], places[0])),
            (Dispute, disputes),
            (DisputeMessage, messages),
            (AccountNote, note_rows(riders, accounts[Role.SUPPORT])),
            *earning_rows(past, vehicles),
        ],
        [entry for ride in (*past, *short) for entry in ride.charge()],
    )
