"""Queries of riders' profiles."""

from sqlalchemy import and_, select, tuple_
from sqlalchemy.orm import lazyload

from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.regions.models import City
from webapp.riders.models import Profile


def read_profile(user_key: RowKey) -> tuple[User, str]:
    """Return an account and the text that its owner wrote about themselves; raises NotFound."""
    is_own_profile = and_(Profile.region == User.region, Profile.user_id == User.id)
    query = (
        select(User, Profile.about)
        .outerjoin(Profile, is_own_profile)
        .where(key_condition(User, user_key), User.deleted_at.is_(None))
        .options(lazyload("*"))
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1] or ""


def read_riders(city: City, after: Cursor | None) -> Page[User]:
    """Return one page of the accounts whose home is the city, newest first."""
    query = (
        select(User)
        .where(User.region == city.region, User.city == city.name, User.deleted_at.is_(None))
        .options(lazyload("*"))
        .order_by(User.created_at.desc(), User.id.desc())
        .limit(page_size() + 1)
    )
    if after:
        query = query.where(tuple_(User.created_at, User.id) < after)
    users = list(db.session.scalars(query))
    return make_page(users, lambda user: (user.created_at, user.id))
