"""Queries of riders' profiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    cast,
    exists,
    func,
    literal,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased, joinedload, lazyload

from webapp.auth.models import LoginSession, RoleGrant, User
from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.types import Region
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.hooks import get_hooks
from webapp.regions.models import City
from webapp.riders.coarse_facts import RIDE_COUNT_STEPS
from webapp.riders.models import Profile
from webapp.riders.photos.models import ProfilePhoto
from webapp.riders.search_source import found_riders_query
from webapp.riders.visibility import Visibility, find_visibility, may_see_profile_condition
from webapp.staff_search import SearchScope, SearchTerm
from webapp.web.roles import Role

#: Accounts that a search shows at most.
MAX_FOUND = 50


@dataclass(frozen=True)
class ShownProfile:
    """A profile, as a page shows it."""

    user: User
    about: str
    visibility: Visibility
    #: None: it has no photo.
    photo_id: UUID | None
    #: Sessions that have not been used for SWEEP_AFTER_DAYS are deleted; None: all were.
    last_seen_at: datetime | None
    #: Counted up to the last of RIDE_COUNT_STEPS.
    ride_count: int


def find_profile(viewer: User, user_key: RowKey) -> ShownProfile:
    """Return a profile that somebody may see; raises NotFound."""
    row = db.session.execute(profile_query(viewer, user_key)).one_or_none()
    if row is None:
        raise NotFound
    user, profile, photo_id, last_seen_at, ride_count = row
    visibility = find_visibility(profile)
    about = profile.about if profile else ""
    return ShownProfile(user, about, visibility, photo_id, last_seen_at, ride_count)


def profile_query(
    viewer: User, user_key: RowKey
) -> Select[tuple[User, Profile, UUID, datetime, int]]:
    """Return the query of ``find_profile``."""
    count_rides = get_hooks().rider_ride_count
    max_count = RIDE_COUNT_STEPS[-1]
    ride_count = count_rides(user_key, max_count) if count_rides else literal(0)
    last_seen_at = (
        select(func.max(LoginSession.last_seen_at))
        .where(key_condition(LoginSession, user_key, id="user_id"))
        .scalar_subquery()
    )
    return (
        select(User, Profile, ProfilePhoto.photo_id, last_seen_at, ride_count)
        .outerjoin(Profile, and_(Profile.region == User.region, Profile.user_id == User.id))
        .outerjoin(
            ProfilePhoto,
            and_(ProfilePhoto.region == User.region, ProfilePhoto.user_id == User.id),
        )
        .where(key_condition(User, user_key), User.deleted_at.is_(None))
        .where(may_see_profile_condition(viewer, user_key))
        .options(lazyload("*"))
    )


def read_profile(user_key: RowKey) -> tuple[User, str, Visibility]:
    """Return an account, the text that its owner wrote about themselves, and what others see;
    raises NotFound."""
    is_own_profile = and_(Profile.region == User.region, Profile.user_id == User.id)
    query = (
        select(User, Profile)
        .outerjoin(Profile, is_own_profile)
        .where(key_condition(User, user_key), User.deleted_at.is_(None))
        .options(lazyload("*"))
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    user, profile = row
    return user, profile.about if profile else "", find_visibility(profile)


@dataclass(frozen=True)
class UserFilter:
    """Which accounts staff list."""

    #: Their home is one of these.
    cities: Sequence[City]
    #: Those that have this role, in whichever city; None: all.
    role: Role | None = None
    #: None: open and closed ones.
    is_closed: bool | None = None

    @property
    def scope(self) -> SearchScope:
        return SearchScope({c.name for c in self.cities}, {c.region for c in self.cities})


def list_users(user_filter: UserFilter, after: Cursor | None) -> Page[User]:
    """Return one page of accounts with their roles, newest first. One statement."""
    users = list(db.session.scalars(users_query(user_filter, after)).unique())
    return make_page(users, lambda user: (user.created_at, user.id))


def users_query(user_filter: UserFilter, after: Cursor | None) -> Select[tuple[User]]:
    """Return the query of ``list_users``. Each city is read in the order of its index; those with a
    role of staff are few, and are found by it."""
    if user_filter.role:
        conditions = [user_filter.scope.condition(User), *_filter_conditions(user_filter)]
        parts = [_newest_users_query(after, *conditions)]
    else:
        conditions = _filter_conditions(user_filter)
        parts = [
            _newest_users_query(after, User.region == city.region, User.city == city.name).where(
                *conditions
            )
            for city in user_filter.cities
        ]
    user = aliased(User, union_all(*parts).subquery())
    return (
        select(user)
        .options(lazyload("*"), joinedload(user.role_grants))
        .order_by(user.created_at.desc(), user.id.desc())
        .limit(page_size() + 1)
    )


def _newest_users_query(
    after: Cursor | None, *conditions: ColumnElement[bool]
) -> Select[tuple[User]]:
    query = (
        select(User)
        .where(*conditions, User.deleted_at.is_(None))
        .order_by(User.created_at.desc(), User.id.desc())
        .limit(page_size() + 1)
    )
    return query.where(tuple_(User.created_at, User.id) < after) if after else query


def _filter_conditions(user_filter: UserFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if user_filter.role:
        has_role = (RoleGrant.region == User.region) & (RoleGrant.user_id == User.id)
        conditions.append(exists().where(has_role, RoleGrant.role == user_filter.role.value))
    if user_filter.is_closed is not None:
        is_closed = User.disabled_at.is_not(None)
        conditions.append(is_closed if user_filter.is_closed else ~is_closed)
    return conditions


def find_users(user_filter: UserFilter, term: SearchTerm) -> list[User]:
    """Return the accounts whose names or address fit a text best, at most ``MAX_FOUND``. One
    statement."""
    conditions = _filter_conditions(user_filter)
    found = found_riders_query(term, user_filter.scope, MAX_FOUND, conditions)
    if found is None:
        return []
    ranks = found.subquery()
    key = ranks.c.region, ranks.c.id
    rank = func.max(ranks.c.rank).label("rank")
    best = select(*key, rank).group_by(*key).order_by(rank.desc(), *key).limit(MAX_FOUND).subquery()
    query = (
        select(User)
        .join(best, (cast(best.c.region, Region) == User.region) & (best.c.id == User.id))
        .options(lazyload("*"), joinedload(User.role_grants))
        .order_by(best.c.rank.desc(), User.id)
    )
    return list(db.session.scalars(query).unique())
