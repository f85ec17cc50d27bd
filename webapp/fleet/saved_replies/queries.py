"""Reading saved replies: from the database, and from what each process keeps for a while."""

from collections.abc import Sequence
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import or_, select

from webapp.auth.models import User
from webapp.db.cache import TimedCache
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.saved_replies.enums import ReplyQueue
from webapp.fleet.saved_replies.models import SavedReply
from webapp.regions.models import City
from webapp.web.roles import Permission

#: By the name of the city.
RepliesCache = TimedCache[str, Sequence[SavedReply]]


def init_app(app: Flask) -> None:
    app.extensions["movr_saved_replies"] = TimedCache(app.config["PLANS_MAX_AGE_S"])


def replies_cache() -> RepliesCache:
    """Return the replies that this process keeps."""
    cache: RepliesCache = current_app.extensions["movr_saved_replies"]
    return cache


def list_replies(city: City) -> Sequence[SavedReply]:
    """Return the replies that staff of a city use: its own and those of all cities, by title."""
    query = (
        select(SavedReply)
        .where(or_(SavedReply.city == city.name, SavedReply.city.is_(None)))
        .order_by(SavedReply.title, SavedReply.id)
    )
    replies = db.session.scalars(query).all()
    for reply in replies:
        db.session.expunge(reply)
    return replies


def find_replies(city: City, queue: ReplyQueue) -> list[SavedReply]:
    """Return the replies for a queue of a city, at most ``PLANS_MAX_AGE_S`` old."""
    replies = replies_cache().get(city.name, lambda: list_replies(city))
    return [reply for reply in replies if reply.queue == queue]


def find_reply(staff: User, reply_id: UUID) -> SavedReply:
    """Return a reply that a member of staff may change; raises NotFound."""
    query = select(SavedReply).where(SavedReply.id == reply_id)
    reply = db.session.scalar(query.execution_options(populate_existing=True))
    if reply is None or not may_change_reply(staff, reply):
        raise NotFound
    return reply


def may_change_reply(staff: User, reply: SavedReply) -> bool:
    """Tell whether a member of staff may change a reply: those of all cities only with the
    permission in all cities."""
    cities = staff.cities_with_permission(Permission.MANAGE_QUEUES)
    return cities is None or reply.city in cities
