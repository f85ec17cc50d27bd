"""What staff see on the page of an owner's account: the shares that hold, and what is due."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, Select, String, cast, func, literal, select

from webapp.account_sections import AccountSection, SectionRow
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.money import format_amount
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City
from webapp.rides.earnings.labels import format_basis_points
from webapp.rides.earnings.models import OwnerMonth, RevenueShare
from webapp.rides.earnings.shares import share_query
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission


def _shares_query(user_key: RowKey, cities: Collection[str] | None) -> Select[tuple[Any]]:
    shares, months = table(RevenueShare), table(OwnerMonth).c
    s = shares.c
    due = (
        # A sum of integers is a decimal on CockroachDB.
        select(cast(func.coalesce(func.sum(months.earned - months.paid), 0), BigInteger))
        .where(months.region == s.region, months.owner_id == user_key.id, months.city == s.city)
        .scalar_subquery()
    )
    share = share_query(s.region, s.city, user_key.id, func.now())
    newest = func.max(s.created_at)
    values = (newest, s.city, func.coalesce(share, 0), due, literal(str(user_key), String))
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
    due: int,
    owner_key: str,
) -> SectionRow:
    city = catalogue().find(city_name)
    amount = format_amount(due, city.currency) if city else str(due)
    subtitle = _(
        "%(share)s of the price without tax · due now: %(sum)s",
        share=format_basis_points(basis_points),
        sum=amount,
    )
    url_args = {"city_name": city_name, "owner_key": RowKey.parse(owner_key)}
    title = city.label if city else city_name
    return SectionRow(title, subtitle, "rides.staff_earnings.show", url_args)


EARNINGS_SECTION = AccountSection(
    "earnings",
    _l("Revenue shares as an owner"),
    Permission.VIEW_EARNINGS,
    _shares_query,
    _describe_share,
    position=40,
)
