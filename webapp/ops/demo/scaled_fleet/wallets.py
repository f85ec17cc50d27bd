"""The riders of a batch, and their money."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

from webapp.db.keys import RowKey
from webapp.ops.demo.scaled_fleet.options import make_id
from webapp.ops.demo.scaled_fleet.rows import FleetRows
from webapp.riders.wallet.entries import LedgerEntry, credit_entry, top_up_entry
from webapp.riders.wallet.enums import LedgerAccount, PaymentState
from webapp.riders.wallet.ledger import make_entry_row, make_line_rows
from webapp.riders.wallet.models import Payment, WalletBalance, WalletEntry, WalletLine
from webapp.riders.wallet.provider import make_payment_reference

#: In minor units.
WELCOME_CREDIT = 5_00
TOP_UP_AMOUNTS = (10_00, 20_00, 20_00, 50_00)
#: Who has less than this tops up before the next ride, minor units.
ENOUGH = 2_00
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class SimulatedRider:
    """A rider, and the balance of the wallet in minor units."""

    key: RowKey
    currency: str
    rows: FleetRows
    balance: int = 0
    #: The rider is on a ride until then.
    busy_until: datetime = field(default=NEVER)

    def write(self, entry: LedgerEntry, at: datetime) -> None:
        """Add an entry to the ledger. One without amounts is none."""
        lines = make_line_rows(entry)
        if not lines:
            return
        self.rows.add(WalletEntry, {**make_entry_row(replace(entry, at=at)), "at": at})
        for line in lines:
            self.rows.add(WalletLine, line)
        self.balance += entry.amounts[LedgerAccount.RIDER]

    def give_welcome_credit(self, random: Random, at: datetime) -> None:
        """Give a new rider credit."""
        entry = credit_entry(
            self.key, make_id(random), self.currency, WELCOME_CREDIT, "Welcome to MovR"
        )
        self.write(entry, at)

    def top_up_if_low(self, random: Random, at: datetime) -> None:
        """Pay in before a ride, if little is left."""
        if self.balance >= ENOUGH:
            return
        id_, amount = make_id(random), random.choice(TOP_UP_AMOUNTS)
        settled_at = at - timedelta(seconds=random.randint(20, 200))
        self.rows.add(
            Payment,
            {
                "region": self.key.region,
                "id": id_,
                "rider_id": self.key.id,
                "currency": self.currency,
                "amount": amount,
                "state": PaymentState.PAID.value,
                "provider": "test",
                "reference": make_payment_reference(id_),
                "paid_back": 0,
                "created_at": settled_at - timedelta(seconds=40),
                "settled_at": settled_at,
            },
        )
        self.write(top_up_entry(self.key, id_, self.currency, amount), settled_at)

    def write_balance(self) -> None:
        """Add the balance that follows from the entries."""
        owner = {"region": self.key.region, "rider_id": self.key.id, "currency": self.currency}
        self.rows.add(WalletBalance, {**owner, "amount": self.balance})
