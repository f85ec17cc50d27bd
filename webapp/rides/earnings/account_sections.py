"""What staff see on the page of an owner's account: the shares that hold, and the balances."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, String, func, literal, select

from webapp.account_sections import AccountSection, SectionRow
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.money import format_amount
from webapp.regions.catalogue import catalogue, find_city_label
from webapp.regions.models import City
from webapp.rides.earnings.labels import format_basis_points
from webapp.rides.earnings.models import RevenueShare
from webapp.rides.earnings.queries.shares import share_query
from webapp.rides.earnings.queries.sums import balance_query
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission


def _shares_query(user_key: RowKey, cities: Collection[str] | None) -> Select[tuple[Any]]:
    shares = table(RevenueShare)
    s = shares.c
    balance = balance_query(s.city, user_key.id, [s.region])
    share = share_query(s.region, s.city, user_key.id, func.now())
    newest = func.max(s.created_at)
    values = (newest, s.city, func.coalesce(share, 0), balance, literal(str(user_key), String))
    query = (
        select(func.jsonb_build_array(*values))
        .where(key_condition(shares, user_key, "owner_region", "owner_id"))
        .group_by(s.region, s.city)
        .order_by(newest.desc())
    )
    return query if cities is None else query.where(s.city.in_(sorted(cities)))


def _describe_share(
    _home: City | None,
    _newest: str,
    city_name: str,
    basis_points: int,
    balance: int,
    owner_key: str,
) -> SectionRow:
    city = catalogue().find(city_name)
    amount = format_amount(balance, city.currency) if city else str(balance)
    subtitle = _(
        "%(share)s of the price without tax · balance: %(sum)s",
        share=format_basis_points(basis_points),
        sum=amount,
    )
    url_args = {"city_name": city_name, "owner_key": RowKey.parse(owner_key)}
    title = find_city_label(city_name)
    return SectionRow(title, subtitle, "rides.staff_earnings.show", url_args)


EARNINGS_SECTION = AccountSection(
    "earnings",
    _l("Revenue shares as an owner"),
    Permission.VIEW_EARNINGS,
    _shares_query,
    _describe_share,
    position=40,
)
