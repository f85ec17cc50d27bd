"""Reading subscriptions and their runs."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, select, true, tuple_
from sqlalchemy.orm import aliased, defer
from sqlalchemy.orm.interfaces import ORMOption

from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.feed_subscriptions.health import FeedFacts
from webapp.fleet.feed_subscriptions.models import FeedRun, FeedSubscription
from webapp.regions.catalogue import list_city_regions
from webapp.regions.models import City
from webapp.web.roles import Permission

#: Subscriptions that a command lists, and of a region that status and metrics look at.
MAX_LISTED = 1000


def list_subscriptions(cities: Sequence[City], after: Cursor | None) -> Page[FeedSubscription]:
    """Return one page of the subscriptions of some cities, oldest first."""
    query = (
        select(FeedSubscription)
        .where(FeedSubscription.region.in_(sorted({city.region for city in cities})))
        .where(FeedSubscription.city.in_([city.name for city in cities]))
        .options(*_without_secrets())
        .order_by(FeedSubscription.created_at, FeedSubscription.id)
        .limit(page_size() + 1)
    )
    if after:
        query = query.where(tuple_(FeedSubscription.created_at, FeedSubscription.id) > after)
    rows = list(db.session.scalars(query))
    return make_page(rows, lambda row: (row.created_at, row.id))


def list_all_subscriptions(city: City | None = None) -> list[FeedSubscription]:
    """Return the subscriptions of a city, or of all."""
    regions = [city.region] if city else list_city_regions()
    query = (
        select(FeedSubscription)
        .where(FeedSubscription.region.in_(regions))
        .order_by(FeedSubscription.city, FeedSubscription.created_at)
    )
    if city:
        query = query.where(FeedSubscription.city == city.name)
    return list(db.session.scalars(query.limit(MAX_LISTED)))


def find_subscription(subscription_key: RowKey) -> FeedSubscription:
    """Return a subscription; raises NotFound."""
    query = select(FeedSubscription).where(key_condition(FeedSubscription, subscription_key))
    subscription = db.session.scalars(query).one_or_none()
    if subscription is None:
        raise NotFound
    return subscription


def check_staff(staff: User, subscription_key: RowKey) -> None:
    """Raise NotFound without the role in the city of the subscription."""
    query = select(FeedSubscription.city).where(key_condition(FeedSubscription, subscription_key))
    _check_role(staff, db.session.scalar(query))


def find_runs_for_staff(
    staff: User, subscription_key: RowKey, after: Cursor | None
) -> tuple[FeedSubscription, Page[FeedRun]]:
    """Return a subscription with one page of its runs, newest first, in one statement.

    Raises NotFound without the role in its city.
    """
    run = aliased(FeedRun, _runs_query(subscription_key, after).subquery())
    query = (
        select(FeedSubscription, run)
        .outerjoin(run, true())
        .where(key_condition(FeedSubscription, subscription_key))
        .options(*_without_secrets())
        .order_by(run.ended_at.desc().nulls_last(), run.id.desc().nulls_last())
    )
    rows = db.session.execute(query).all()
    subscription = rows[0][0] if rows else None
    _check_role(staff, subscription and subscription.city)
    runs = [each for _, each in rows if each]
    return rows[0][0], make_page(runs, lambda each: (each.ended_at, each.id))


def _runs_query(subscription_key: RowKey, after: Cursor | None) -> Select[tuple[FeedRun]]:
    query = (
        select(FeedRun)
        .where(key_condition(FeedRun, subscription_key, id="subscription_id"))
        .order_by(FeedRun.ended_at.desc(), FeedRun.id.desc())
        .limit(page_size() + 1)
    )
    return query.where(tuple_(FeedRun.ended_at, FeedRun.id) < after) if after else query


def _check_role(staff: User, city_name: str | None) -> None:
    if city_name is None or not staff.has_permission(Permission.MANAGE_FEEDS, city_name):
        raise NotFound


def _without_secrets() -> tuple[ORMOption, ...]:
    """Return the options with which pages read subscriptions."""
    return defer(FeedSubscription.access), defer(FeedSubscription.versions)


def feed_facts_query(region: str) -> Select[Any]:
    """Return the query of city, source and problem of the subscriptions of a region, and of their
    FeedFacts. Any: the columns differ in type."""
    subscriptions = table(FeedSubscription).c
    facts = (subscriptions[name] for name in FeedFacts._fields)
    return (
        select(subscriptions.city, subscriptions.source, subscriptions.problem, *facts)
        .where(subscriptions.region == region)
        .limit(MAX_LISTED)
    )


def read_feed_facts(row: Row[Any]) -> FeedFacts:
    """Return the FeedFacts in a row of ``feed_facts_query``."""
    return FeedFacts._make(row[-len(FeedFacts._fields) :])
