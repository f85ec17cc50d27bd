"""The checkouts of the fake payment provider.

It keeps their state in files of the instance folder: like that of a real provider, it survives our
restarts and is not in our database.
"""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app

from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.models import Payment
from webapp.web.urls import public_url

#: How long a rider may pay after the payment was created.
CHECKOUT_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True)
class Checkout:
    """What the rider is to pay, and where the rider goes afterwards."""

    amount: int
    currency: str
    return_url: str


class FakeProvider:
    """The ``Provider`` of PAYMENT_PROVIDER "test"."""

    name = "test"

    def start_payment(self, payment: Payment, return_url: str) -> str:
        checkout = Checkout(payment.amount, payment.currency, return_url)
        _write_once(_find_file(payment.id, "checkout"), json.dumps(asdict(checkout)))
        # The path alone: under test the host may differ from that in PUBLIC_URL.
        return urlsplit(public_url("riders.wallet.checkout.pay", payment_id=payment.id)).path

    def read_state(self, payment: Payment) -> PaymentState:
        if state := _read(_find_file(payment.id, "state")):
            return PaymentState(state)
        if datetime.now(UTC) - payment.created_at < CHECKOUT_LIFETIME:
            return PaymentState.PENDING
        return close_checkout(payment.id, PaymentState.FAILED)

    def pay_out(self, payment: Payment, total: int) -> None:
        _write(_find_file(payment.id, "paid_out"), str(max(total, read_paid_out(payment.id))))


def find_checkout(payment_id: UUID) -> Checkout | None:
    """Return the open checkout of a payment; None if it is unknown or closed."""
    checkout = _read(_find_file(payment_id, "checkout"))
    if not checkout or _read(_find_file(payment_id, "state")):
        return None
    return Checkout(**json.loads(checkout))


def close_checkout(payment_id: UUID, state: PaymentState) -> PaymentState:
    """Set the final state of a payment, unless it has one; return its final state."""
    file = _find_file(payment_id, "state")
    _write_once(file, state)
    return PaymentState(_read(file))


def read_paid_out(payment_id: UUID) -> int:
    """Return how much of a payment has been paid out, in minor units."""
    return int(_read(_find_file(payment_id, "paid_out")) or 0)


def _find_file(payment_id: UUID, extension: str) -> Path:
    return Path(current_app.instance_path) / "payments" / f"{payment_id}.{extension}"


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def _write(file: Path, text: str) -> None:
    _write_draft(file, text).rename(file)


def _write_once(file: Path, text: str) -> None:
    """Write a file, whole or not at all, unless it exists."""
    draft = _write_draft(file, text)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _write_draft(file: Path, text: str) -> Path:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_suffix(f".{secrets.token_hex(8)}")
    draft.write_text(text)
    return draft
