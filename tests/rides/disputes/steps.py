"""Write and read the messages of a dispute."""

import re
from typing import Any

from flask import Flask
from sqlalchemy import select

from tests.factories import RowReader
from tests.visitor import Visitor
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.rides.disputes.models import Dispute, DisputeMessage


def dispute_path(ride: RowKey) -> str:
    return f"/rides/{ride}/dispute"


def staff_dispute_path(ride: RowKey) -> str:
    return f"/fleet/disputes/{ride}"


def send_message(
    visitor: Visitor, ride: RowKey, words: str = "It never unlocked.", nonce: str = ""
) -> Any:
    return visitor.send(dispute_path(ride), text=words, nonce=nonce or words)


def read_hidden_fields(staff: Visitor, ride: RowKey) -> dict[str, str]:
    """Return the hidden fields of the form that the page has now."""
    page = staff.get(staff_dispute_path(ride)).text
    return dict(re.findall(r'name="(nonce|seen)" type="hidden" value="([^"]*)"', page))


def send_answer(staff: Visitor, ride: RowKey, words: str = "Sorry.", **fields: str) -> Any:
    """Answer with the form that the page has now."""
    hidden = read_hidden_fields(staff, ride)
    return staff.send(staff_dispute_path(ride), **{**hidden, "text": words, **fields})


def read_messages(app: Flask) -> list[tuple[str, bool, int]]:
    with app.app_context():
        messages = db.session.scalars(select(DisputeMessage).order_by(DisputeMessage.at)).all()
    return [(each.text, each.by_staff, each.refund) for each in messages]


def read_state(row: RowReader, ride: RowKey) -> tuple[str, int]:
    dispute = row(Dispute, ride)
    return dispute.state, dispute.refunded
