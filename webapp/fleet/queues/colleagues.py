"""The colleagues who answer the reports or disputes of a city."""

from typing import NamedTuple

from flask import Flask, current_app

from webapp.auth.models import User
from webapp.auth.staff import staff_query
from webapp.db.cache import TimedCache
from webapp.db.types import table
from webapp.extensions import db
from webapp.web.roles import Permission

#: More are not offered: their usernames can be typed.
MAX_COLLEAGUES = 100
#: For so long somebody with a new role is not offered, seconds.
MAX_AGE_S = 60.0


class Colleague(NamedTuple):
    """Somebody to whom something can be assigned."""

    username: str
    first_name: str
    last_name: str


ColleagueCache = TimedCache[tuple[Permission, str], list[Colleague]]


def init_app(app: Flask) -> None:
    app.extensions["movr_colleagues"] = ColleagueCache(MAX_AGE_S)


def list_colleagues(permission: Permission, city_name: str) -> list[Colleague]:
    """Return who has a permission in a city, by username; at most a minute old."""
    cache: ColleagueCache = current_app.extensions["movr_colleagues"]
    return cache.get((permission, city_name), lambda: _load_colleagues(permission, city_name))


def _load_colleagues(permission: Permission, city_name: str) -> list[Colleague]:
    users = table(User).c
    columns = (users.username, users.first_name, users.last_name)
    query = staff_query(permission, city_name, *columns).distinct()
    rows = db.session.execute(query.order_by(users.username).limit(MAX_COLLEAGUES))
    return [Colleague._make(row) for row in rows]
