"""What the riders of a fleet dispute, and what staff answer."""

from datetime import datetime, timedelta
from typing import NamedTuple

from webapp.db.keys import RowKey
from webapp.ops.demo.scaled_fleet.batches import Batch
from webapp.ops.demo.scaled_fleet.options import make_id
from webapp.ops.demo.scaled_fleet.rides import EndedRide
from webapp.riders.wallet.entries import compute_refund_tax, refund_entry
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.disputes.models import Dispute, DisputeMessage

#: One ride of so many is disputed.
DISPUTED_EVERY = 300
#: What the rider writes, what staff answer, and whether they refund the ride.
THREADS = (
    ("The brake was loose, so I had to walk half of the way.", "Sorry! We refund the ride.", True),
    ("It stopped after two minutes.", "Sorry about that. You have your money back.", True),
    ("I could not lock it, and the time went on.", "We have refunded the ride.", True),
    ("Why was this so expensive?", "The ride took longer than the free minutes.", False),
    ("I never took this ride.", "It was started with your phone. Have you lent it?", False),
)
#: A dispute of the last days may be open; older ones are closed.
OPEN_FOR = timedelta(days=5)


class Message(NamedTuple):
    """A message of the rider or of staff. refund: minor units."""

    author_key: RowKey
    by_staff: bool
    text: str
    refund: int
    at: datetime


def maybe_dispute(batch: Batch, ended_ride: EndedRide) -> None:
    """Let the rider dispute the charge, after few rides."""
    random = batch.random
    if random.randrange(DISPUTED_EVERY) or not ended_ride.price:
        return
    question, answer, gives_refund = random.choice(THREADS)
    opened_at = ended_ride.ended_at + timedelta(minutes=random.randint(1, 90))
    answered_at = opened_at + timedelta(minutes=random.randint(30, 2_400))
    if opened_at >= batch.now:
        return
    messages = [Message(ended_ride.rider.key, False, question, 0, opened_at)]
    state, refund = DisputeState.OPEN, 0
    is_recent = batch.now - opened_at < OPEN_FOR
    if answered_at < batch.now and not (is_recent and random.random() < 0.6):
        state = DisputeState.ANSWERED if is_recent else DisputeState.CLOSED
        refund = ended_ride.price.total if gives_refund else 0
        supporter = random.choice(batch.staff.supporters)
        messages.append(Message(supporter, True, answer, refund, answered_at))
    _add_dispute(batch, ended_ride, state, messages)
    if refund:
        _refund(batch, ended_ride, refund, answered_at)


def _add_dispute(
    batch: Batch, ended_ride: EndedRide, state: DisputeState, messages: list[Message]
) -> None:
    ride = {"region": batch.options.city.region, "ride_id": ended_ride.id}
    batch.rows.add(
        Dispute,
        {
            **ride,
            "city": batch.options.city.name,
            "state": state.value,
            "refunded": sum(message.refund for message in messages),
            "opened_at": messages[0].at,
            "changed_at": messages[-1].at,
        },
    )
    for message in messages:
        row = {
            **ride,
            "id": make_id(batch.random),
            "author_region": message.author_key.region,
            "author_id": message.author_key.id,
            "by_staff": message.by_staff,
            "text": message.text,
            "refund": message.refund,
            "at": message.at,
        }
        batch.rows.add(DisputeMessage, row)


def _refund(batch: Batch, ended_ride: EndedRide, amount: int, at: datetime) -> None:
    price, rider = ended_ride.price, ended_ride.rider
    assert price  # noqa: S101 - only what was charged is refunded
    tax = compute_refund_tax(amount, price.total, price.tax)
    entry_id = make_id(batch.random)
    entry = refund_entry(rider.key, entry_id, ended_ride.id, price.currency, amount, tax)
    rider.write(entry, at)
