"""What the account of a token has earned as an owner, and the payouts."""

from datetime import date
from typing import Annotated

from flask import Blueprint
from flask_login import current_user
from msgspec import Meta

from webapp.api.operations import V1, operation
from webapp.api.values import Answer, Key, Money, PageParameters, Timestamp, in_utc
from webapp.db.keys import RowKey
from webapp.db.paging import Page, read_time_cursor, read_uuid_cursor
from webapp.regions.catalogue import catalogue, city_or_404
from webapp.regions.models import City
from webapp.rides.earnings.months import read_month
from webapp.rides.earnings.queries.earnings import (
    MonthEarnings,
    list_vehicle_earnings,
    read_city_earnings,
    read_vehicle_months,
)
from webapp.rides.earnings.queries.owner_statement import read_statement
from webapp.web.access import requires_scope
from webapp.web.scopes import Scope

bp = Blueprint("api_earnings", __name__, url_prefix=f"{V1}/me")


class MonthOfEarnings(Answer):
    """What was earned in a month."""

    month: Annotated[date, Meta(description="Its first day, by the clocks of the city.")]
    ride_count: int
    net_price: Annotated[Money, Meta(description="What the rides cost, without tax.")]
    earned: Annotated[Money, Meta(description="The share of it.")]


class CityEarnings(Answer):
    """What was earned in a city."""

    city: str
    share_basis_points: Annotated[int, Meta(description="The share that holds now: 1250 is 12.5%.")]
    balance: Annotated[Money, Meta(description="Earned and not paid out yet.")]
    months: Annotated[list[MonthOfEarnings], Meta(description="The newest first.")]


class VehicleEarnings(Answer):
    """What was earned with a vehicle in a month."""

    vehicle_id: Key
    ride_count: int
    net_price: Money
    earned: Money


class Payout(Answer):
    """A payout, or the reversal of one."""

    id: str
    at: Timestamp
    kind: Annotated[str, Meta(description="payout or payout_reversal.")]
    amount: Annotated[Money, Meta(description="Negative: a payout was reversed.")]
    reference: Annotated[str, Meta(description="As the bank's statement names it, or why.")]
    reversed_at: Timestamp | None


@bp.get("/earnings")
@requires_scope(Scope.EARNINGS_READ)
@operation(list[CityEarnings])
def index() -> list[CityEarnings]:
    """Show what was earned in each city, by month."""
    return [
        CityEarnings(
            city=city.name,
            share_basis_points=earnings.basis_points,
            balance=_money(earnings.balance, city.currency),
            months=[_describe_month(month) for month in earnings.months],
        )
        for earnings in read_city_earnings(current_user.key)
        if (city := catalogue().find(earnings.city))
    ]


@bp.get("/earnings/<city_name>/<month>")
@requires_scope(Scope.EARNINGS_READ)
@operation(list[VehicleEarnings], query=PageParameters, is_paged=True)
def month(city_name: str, month: str, query: PageParameters) -> Page[VehicleEarnings]:
    """List what was earned with each vehicle in a month such as 2026-11."""
    city, day = city_or_404(city_name), read_month(month)
    page = list_vehicle_earnings(current_user.key, city, day, read_uuid_cursor(query.after))
    rows = [
        VehicleEarnings(
            vehicle_id=str(RowKey(city.region, row.vehicle_id)),
            ride_count=row.rides,
            net_price=_money(row.net_price, city.currency),
            earned=_money(row.earned, city.currency),
        )
        for row in page.rows
    ]
    return Page(rows, page.after)


@bp.get("/vehicles/<key:vehicle_key>/earnings")
@requires_scope(Scope.EARNINGS_READ)
@operation(list[MonthOfEarnings])
def vehicle(vehicle_key: RowKey) -> list[MonthOfEarnings]:
    """Show what was earned with a vehicle in the last twelve months."""
    _vehicle, months = read_vehicle_months(current_user.key, vehicle_key)
    return [_describe_month(month) for month in months[::-1]]


@bp.get("/payouts/<city_name>")
@requires_scope(Scope.EARNINGS_READ)
@operation(list[Payout], query=PageParameters, is_paged=True)
def payouts(city_name: str, query: PageParameters) -> Page[Payout]:
    """List the payouts of a city, the newest first."""
    city: City = city_or_404(city_name)
    page = read_statement(city, current_user.key, read_time_cursor(query.after)).payouts
    rows = [
        Payout(
            id=str(each.id),
            at=in_utc(each.at),
            kind=each.kind,
            amount=_money(each.amount, city.currency),
            reference=each.reference,
            reversed_at=in_utc(each.reversed_at),
        )
        for each in page.rows
    ]
    return Page(rows, page.after)


def _describe_month(month: MonthEarnings) -> MonthOfEarnings:
    return MonthOfEarnings(
        month=month.month,
        ride_count=month.rides,
        net_price=_money(month.net_price, month.currency),
        earned=_money(month.earned, month.currency),
    )


def _money(amount: int, currency: str) -> Money:
    return Money(amount=amount, currency=currency)
