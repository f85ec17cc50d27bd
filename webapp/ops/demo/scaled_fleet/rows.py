"""The rows of a batch, by table."""

from collections import Counter, defaultdict

from webapp.auth.models import RoleGrant, User
from webapp.extensions import Base
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.models import Report
from webapp.fleet.tasks.models import Task, TaskPart
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.riders.wallet.models import Payment, WalletBalance, WalletEntry, WalletLine
from webapp.rides.disputes.models import Dispute, DisputeMessage
from webapp.rides.models import OpenRide, Ride
from webapp.rides.reservations.models import Reservation

#: In the order in which their rows refer to each other.
TABLES: tuple[type[Base], ...] = (
    User,
    RoleGrant,
    Vehicle,
    VehicleEvent,
    Ride,
    OpenRide,
    Reservation,
    Report,
    Dispute,
    DisputeMessage,
    Task,
    TaskPart,
    Payment,
    WalletEntry,
    WalletLine,
    WalletBalance,
)

#: The columns of a row. All rows of a table have the same ones, in the same order.
Row = dict[str, object]


class FleetRows:
    """Rows that are written together."""

    def __init__(self) -> None:
        self.by_table: dict[type[Base], list[Row]] = defaultdict(list)

    def add(self, model: type[Base], row: Row) -> None:
        """Add a row of a table."""
        self.by_table[model].append(row)

    def count(self) -> Counter[type[Base]]:
        """Return how many rows each table gets."""
        return Counter({model: len(rows) for model, rows in self.by_table.items()})
