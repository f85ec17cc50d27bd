"""Who takes money from riders for us, on pages of its own. No card number ever comes here.

A provider is spoken to outside of transactions only, and knows a payment by its id. So whatever
breaks off between it and the database is found by asking again (``flask wallet settle``).
"""

from typing import Protocol
from uuid import UUID

from flask import Flask, current_app
from flask_babel import lazy_gettext as _l

from webapp.errors import DomainError
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.models import Payment

PROVIDER = "movr_payments"


class ProviderAway(DomainError):
    """The provider does not answer."""

    status = 503
    title = _l("The payment service does not answer")
    message = _l("Nothing was lost. Wait a minute, then look into your wallet again.")
    headers = {"Retry-After": "60"}


class NoProvider(DomainError):
    message = _l("Nothing can be paid in here at the moment.")


class Provider(Protocol):
    """Saying the same thing to it again has no other effect. All of these raise ProviderAway."""

    name: str

    def begin(self, payment: Payment, return_url: str) -> str:
        """Return where the rider pays, and comes back from to ``return_url``.

        A browser follows a form there only if its origin is in our ``form-action``
        (webapp/web/security_headers.py).
        """

    def outcome(self, payment: Payment) -> PaymentState:
        """Return what became of the payment. BEGUN as long as the rider may still pay; PAID and
        FAILED are final. One that it never heard of is FAILED, too, but only when it is too old to
        be begun: it may be asked between our row and ``begin``."""

    def pay_back(self, payment: Payment, total: int) -> None:
        """See to it that ``total`` of the payment, in all, has gone back to where it came from.

        Less than it was told before changes nothing: it is a message that comes late.
        """


class Unoffered:
    """In the place of a provider where none is set."""

    name = ""

    def begin(self, payment: Payment, return_url: str) -> str:
        raise NoProvider

    def outcome(self, payment: Payment) -> PaymentState:
        raise NoProvider

    def pay_back(self, payment: Payment, total: int) -> None:
        raise NoProvider


def init_app(app: Flask) -> None:
    from webapp.riders.wallet.fake_provider import Pretence

    known: dict[str, Provider] = {"": Unoffered(), "test": Pretence()}
    app.extensions[PROVIDER] = known[app.config["PAYMENT_PROVIDER"]]


def provider() -> Provider:
    """Return the provider of the current application."""
    found: Provider = current_app.extensions[PROVIDER]
    return found


def is_offered() -> bool:
    """Tell whether riders can pay money in."""
    return bool(provider().name)


def known_by(payment_id: UUID) -> str:
    """Return what a provider knows a payment by: not its key, whose region may change."""
    return str(payment_id)
