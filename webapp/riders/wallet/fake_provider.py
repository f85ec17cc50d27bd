"""A provider for development and tests: nobody pays, and no money moves.

Its memory is a folder of this machine, beside the mails that are not sent: like a real provider it
remembers across our restarts and knows nothing of our database. Its page is ``checkout.py``.
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
from webapp.web.security_headers import public_url

#: For how long a rider may pay.
OPEN_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class Checkout:
    """What this provider is asked to collect, and where the rider goes afterwards."""

    amount: int
    currency: str
    return_url: str


class Pretence:
    """See ``Provider`` for what it does."""

    name = "test"

    def begin(self, payment: Payment, return_url: str) -> str:
        asked = Checkout(payment.amount, payment.currency, return_url)
        _write_once(_file(payment.id, "asked"), json.dumps(asdict(asked)))
        # The path alone: a site under test has not always the name that PUBLIC_URL says.
        return urlsplit(public_url("wallet.checkout", payment_id=payment.id)).path

    def outcome(self, payment: Payment) -> PaymentState:
        if found := _read(_file(payment.id, "outcome")):
            return PaymentState(found)
        if datetime.now(UTC) - payment.created_at < OPEN_FOR:
            return PaymentState.BEGUN
        return decide(payment.id, PaymentState.FAILED)

    def pay_back(self, payment: Payment, total: int) -> None:
        _write(_file(payment.id, "back"), str(max(total, gone_back(payment.id))))


def asked(payment_id: UUID) -> Checkout | None:
    """Return what a payment is for, or None for one that is unknown or decided."""
    found = _read(_file(payment_id, "asked"))
    if not found or _read(_file(payment_id, "outcome")):
        return None
    return Checkout(**json.loads(found))


def decide(payment_id: UUID, state: PaymentState) -> PaymentState:
    """Let a payment end so; return how it has ended, which may be what was decided before."""
    file = _file(payment_id, "outcome")
    _write_once(file, state)
    return PaymentState(_read(file))


def gone_back(payment_id: UUID) -> int:
    """Return what of a payment has gone back."""
    return int(_read(_file(payment_id, "back")) or 0)


def _file(payment_id: UUID, what: str) -> Path:
    return Path(current_app.instance_path) / "payments" / f"{payment_id}.{what}"


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def _write(file: Path, text: str) -> None:
    _draft(file, text).rename(file)


def _write_once(file: Path, text: str) -> None:
    """Write a file, whole or not at all, unless it is there already."""
    draft = _draft(file, text)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _draft(file: Path, text: str) -> Path:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_suffix(f".{secrets.token_hex(8)}")
    draft.write_text(text)
    return draft
