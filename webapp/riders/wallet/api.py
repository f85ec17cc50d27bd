"""The wallet of the account of a token, in the API."""

from typing import Annotated
from urllib.parse import urljoin
from uuid import UUID

from flask import Blueprint, current_app, url_for
from flask_login import current_user
from msgspec import Meta

from webapp.api.operations import V1, WithHeaders, operation
from webapp.api.values import Answer, Body, Money, PageParameters, Timestamp, in_utc
from webapp.db.paging import Page, read_time_cursor
from webapp.errors import NotFound
from webapp.riders.wallet.controllers.top_ups import return_url
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.forms import TopUpForm, find_top_up_limits
from webapp.riders.wallet.labels import ENTRY_KIND_LABELS
from webapp.riders.wallet.provider import NoProvider, ProviderUnavailable, is_payment_offered
from webapp.riders.wallet.queries.overview import WalletItem, read_wallet
from webapp.riders.wallet.queries.payments import find_payment, read_debts
from webapp.riders.wallet.services.payments import (
    TopUp,
    make_payment_id,
    settle_payment,
    start_payment,
)
from webapp.translations import find_label
from webapp.translations import gettext as _
from webapp.web.access import requires_scope
from webapp.web.problems import InvalidRequest
from webapp.web.scopes import Scope

bp = Blueprint("api_wallet", __name__, url_prefix=f"{V1}/wallet")


class PendingTopUp(Answer):
    """A top-up that is not paid yet."""

    id: UUID
    amount: Money
    started_at: Timestamp


class Wallet(Answer):
    """What the rider has or owes."""

    balances: Annotated[list[Money], Meta(description="One for each currency; below zero: a debt.")]
    payable_out: Annotated[list[Money], Meta(description="What can be paid out, on the page.")]
    pending_top_ups: list[PendingTopUp]
    can_top_up: bool


class WalletEntry(Answer):
    """An entry of the ledger."""

    id: UUID
    kind: Annotated[str, Meta(description="ride, reservation, top_up, payout, refund, credit.")]
    label: Annotated[str, Meta(description="For people.")]
    amount: Annotated[Money, Meta(description="Positive: the rider got it.")]
    ride_id: Annotated[UUID | None, Meta(description="The key of the ride without its region.")]
    note: str
    at: Timestamp


class TopUpStart(Body):
    """What to pay in."""

    amount: Annotated[int, Meta(description="Minor units.")]
    currency: Annotated[str, Meta(description="That of the home city, or of a debt.")]


class TopUpReference(Answer):
    """A top-up that was started."""

    id: UUID
    url: Annotated[str, Meta(description="Where its state is read.")]
    payment_url: Annotated[str, Meta(description="To open in a browser: there the rider pays.")]


class TopUpState(Answer):
    """What has become of a top-up."""

    id: UUID
    amount: Money
    state: Annotated[str, Meta(description="pending, paid or failed.")]


@bp.get("")
@requires_scope(Scope.WALLET_READ)
@operation(Wallet)
def show() -> Wallet:
    """Show the balances, debts and open top-ups."""
    wallet = read_wallet(current_user.key, None)
    return Wallet(
        balances=_list_money(wallet.balances),
        payable_out=_list_money(wallet.payout_amounts),
        pending_top_ups=[
            PendingTopUp(
                id=item.id,
                amount=Money(amount=item.amount, currency=item.currency),
                started_at=in_utc(item.at),
            )
            for item in wallet.pending_top_ups
        ],
        can_top_up=is_payment_offered(),
    )


@bp.get("/entries")
@requires_scope(Scope.WALLET_READ)
@operation(list[WalletEntry], query=PageParameters, is_paged=True)
def list_entries(query: PageParameters) -> Page[WalletEntry]:
    """List the entries, the newest first."""
    page = read_wallet(current_user.key, read_time_cursor(query.after)).page
    return Page([_describe_entry(item) for item in page.rows], page.after)


@bp.post("/top-ups")
@requires_scope(Scope.WALLET_WRITE)
@operation(
    TopUpReference,
    status=201,
    body=TopUpStart,
    body_example=TopUpStart(amount=1000, currency="USD"),
    problems=(NoProvider, ProviderUnavailable, NotFound),
    requires_key=True,
)
def top_up(body: TopUpStart, nonce: UUID) -> WithHeaders:
    """Start a top-up.

    The rider pays on the page of the payment service. No card number comes here.
    """
    _check_top_up(body)
    values = TopUp(body.amount, body.currency)
    payment_id = make_payment_id(current_user.key, values, nonce)
    payment_path = start_payment(current_user.key, values, return_url, payment_id)
    payment_url = urljoin(current_app.config["PUBLIC_URL"], payment_path)
    url = url_for("riders.api_wallet.show_top_up", payment_id=payment_id)
    reference = TopUpReference(id=payment_id, url=url, payment_url=payment_url)
    return WithHeaders(reference, {"Location": url})


@bp.get("/top-ups/<uuid:payment_id>")
@requires_scope(Scope.WALLET_READ)
@operation(TopUpState, problems=(NoProvider, ProviderUnavailable))
def show_top_up(payment_id: UUID) -> TopUpState:
    """Show what has become of a top-up.

    The payment service is asked, as when the rider comes back from it.
    """
    payment = find_payment(current_user.key, payment_id)
    amount = Money(amount=payment.amount, currency=payment.currency)
    state = settle_payment(payment)
    name = "pending" if state is PaymentState.PENDING else state.value
    return TopUpState(id=payment.id, amount=amount, state=name)


def _check_top_up(body: TopUpStart) -> None:
    """Raise InvalidRequest unless the page would take it."""
    if body.currency not in read_debts(current_user):
        text = _("You can pay in the currency of your city, or in one in which you owe money.")
        raise InvalidRequest(errors=[("/currency", text)])
    least, most = find_top_up_limits(body.currency)
    if not least <= body.amount <= most:
        form = TopUpForm(formdata=None, meta={"csrf": False}, currency=body.currency)
        raise InvalidRequest(errors=[("/amount", form.amount.description)])


def _list_money(amounts: dict[str, int]) -> list[Money]:
    return [Money(amount=amount, currency=currency) for currency, amount in amounts.items()]


def _describe_entry(item: WalletItem) -> WalletEntry:
    return WalletEntry(
        id=item.id,
        kind=item.kind,
        label=find_label(ENTRY_KIND_LABELS, item.kind),
        amount=Money(amount=item.amount, currency=item.currency),
        ride_id=item.ride_id,
        note=item.note or "",
        at=in_utc(item.at),
    )
