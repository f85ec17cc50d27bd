"""The payment provider: it takes money from riders on its own pages, so no card number comes here.

It is called outside of transactions only, and knows a payment by the payment's id. If a call or the
write after it fails, ``flask wallet settle`` calls the provider again.
"""

from typing import Protocol
from uuid import UUID

from flask import Blueprint, Flask, current_app
from werkzeug.utils import import_string

from webapp.errors import DomainError
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.models import Payment
from webapp.translations import lazy_gettext as _l

#: The key of the provider in ``app.extensions``.
PROVIDER = "movr_payments"


class ProviderUnavailable(DomainError):
    """The payment provider does not answer."""

    status = 503
    title = _l("The payment service is not responding")
    message = _l("Nothing is lost. Wait a minute, then check your wallet again.")
    headers = {"Retry-After": "60"}


class NoProvider(DomainError):
    message = _l("You can't top up here at the moment.")


class Provider(Protocol):
    """A payment provider. All calls are idempotent, and all raise ProviderUnavailable."""

    name: str

    def start_payment(self, payment: Payment, return_url: str) -> str:
        """Return the URL where the rider pays; from there the rider is sent to ``return_url``.

        A browser follows a form there only if its origin is in our ``form-action``
        (webapp/web/urls.py).
        """

    def read_state(self, payment: Payment) -> PaymentState:
        """Return the state of a top-up: PENDING as long as the rider may still pay; PAID and FAILED
        are final. A payment that the provider does not know is FAILED once it is too old to be
        started: the provider may be asked after our INSERT and before ``start_payment``.
        """

    def pay_out(self, payment: Payment, total: int) -> None:
        """Pay out ``total`` of the payment, in all, to where it came from.

        A total below an earlier one changes nothing: that call was delayed.
        """


class DisabledProvider:
    """The provider while PAYMENT_PROVIDER is empty: riders cannot pay in."""

    name = ""

    def start_payment(self, payment: Payment, return_url: str) -> str:
        raise NoProvider

    def read_state(self, payment: Payment) -> PaymentState:
        raise NoProvider

    def pay_out(self, payment: Payment, total: int) -> None:
        raise NoProvider


def init_app(app: Flask, wallet_bp: Blueprint) -> None:
    """Give ``app`` the provider that PAYMENT_PROVIDER names, and that provider's pages."""
    provider: Provider = DisabledProvider()
    if app.config["PAYMENT_PROVIDER"] == "test":
        fake_provider = import_string(app.config["FAKE_PAYMENT_PROVIDER"])
        provider = fake_provider.FakeProvider()
        wallet_bp.register_blueprint(fake_provider.bp)
    app.extensions[PROVIDER] = provider


def current_provider() -> Provider:
    """Return the payment provider of the current application."""
    provider: Provider = current_app.extensions[PROVIDER]
    return provider


def is_payment_offered() -> bool:
    """Tell whether riders can pay in."""
    return bool(current_provider().name)


def make_payment_reference(payment_id: UUID) -> str:
    """Return how a provider knows a payment: without its region, which may change."""
    return str(payment_id)
