"""The devices of an account that get push messages: turning them on and off."""

import json
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import ColumnElement, Select, and_, delete, func, select, update
from sqlalchemy.orm import contains_eager
from sqlalchemy.sql.dml import ReturningDelete, ReturningInsert, Update

from webapp import encryption
from webapp.auth.models import LoginSession, User
from webapp.auth.services.sessions import active_session_condition
from webapp.db.inserts import insert_if
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.riders.notifications.push import base64url
from webapp.riders.notifications.push.browser_keys import AUTH_LENGTH, KEY_LENGTH, BrowserKeys
from webapp.riders.notifications.push.endpoints import is_push_service
from webapp.riders.notifications.push.models import PushSubscription
from webapp.translations import lazy_gettext as _l

#: Devices of an account.
MAX_DEVICES = 20
#: Of a key as the browser sends it, characters; more is no key.
MAX_KEY_TEXT_LENGTH = 200


class PushServiceUnknown(DomainError):
    status = 422
    message = _l("Your browser uses a push service that we don't know, or sent something strange.")


class TooManyDevices(DomainError):
    message = _l("Notifications are on at too many devices. Turn them off at one first.")


@dataclass(frozen=True)
class Device:
    """Where a browser gets its messages."""

    endpoint: str
    keys: BrowserKeys


def read_device(endpoint: str, public: str, auth: str) -> Device:
    """Return what a browser has sent (the Push API of the W3C). Raises PushServiceUnknown."""
    try:
        keys = BrowserKeys(*(base64url.decode(key[:MAX_KEY_TEXT_LENGTH]) for key in (public, auth)))
    except ValueError:
        raise PushServiceUnknown from None
    is_right = len(keys.public) == KEY_LENGTH and len(keys.auth) == AUTH_LENGTH
    if not is_right or not is_push_service(endpoint):
        raise PushServiceUnknown
    return Device(endpoint, keys)


def turn_on(user: User, device: Device) -> None:
    """Send the push messages of an account to a device from now on, as long as it is signed in
    there. The same device again is the same one. Raises TooManyDevices."""
    if not execute_write(turn_on_statement(user, device), idempotent=True):
        raise TooManyDevices


def turn_on_statement(user: User, device: Device) -> ReturningInsert[tuple[UUID]]:
    """Return the statement of ``turn_on``. No row: there are too many, or the session has ended."""
    subscriptions, login_session = table(PushSubscription), user.login_session
    id_ = _make_id(user, device.endpoint)
    values = {
        "session_id": login_session.id,
        "ciphertext": encryption.encrypt(_dump(device), _context(id_)),
        "created_at": func.now(),
    }
    inserted = insert_if(
        and_(_is_signed_in_condition(login_session), _has_room_condition(user, id_)),
        subscriptions,
        region=user.region,
        id=id_,
        user_id=user.id,
        **values,
    )
    return inserted.on_conflict_do_update(index_elements=["region", "id"], set_=values).returning(
        subscriptions.c.id
    )


def _make_id(user: User, endpoint: str) -> UUID:
    """Return the id of a browser with an account: nobody else's browser or account has it."""
    return uuid5(NAMESPACE_URL, f"{endpoint} {user.id}")


def turn_on_again(user: User, endpoint: str) -> None:
    """Send the push messages of an account to a browser again at which it has signed in again.

    Nothing changes if they were not on there, if somebody ended the session in which they were, or
    if there are too many devices by now.
    """
    execute_write(turn_on_again_statement(user, endpoint), idempotent=True)


def turn_on_again_statement(user: User, endpoint: str) -> Update:
    """Return the statement of ``turn_on_again``."""
    subscriptions, id_ = table(PushSubscription), _make_id(user, endpoint)
    former = table(LoginSession).alias("former")
    is_former_open = and_(
        former.c.region == subscriptions.c.region,
        former.c.id == subscriptions.c.session_id,
        former.c.ended_at.is_(None),
    )
    return (
        update(subscriptions)
        .where(
            key_condition(subscriptions, RowKey(user.region, id_)),
            subscriptions.c.user_id == user.id,
            subscriptions.c.session_id != user.login_session.id,
            select(former.c.id).where(is_former_open).exists(),
            _is_signed_in_condition(user.login_session),
            _has_room_condition(user, id_),
        )
        .values(session_id=user.login_session.id, created_at=func.now())
    )


def _is_signed_in_condition(login_session: LoginSession) -> ColumnElement[bool]:
    sessions = table(LoginSession)
    is_open = and_(key_condition(sessions, login_session.key), sessions.c.ended_at.is_(None))
    return select(sessions.c.id).where(is_open).exists()


def _has_room_condition(user: User, subscription_id: UUID) -> ColumnElement[bool]:
    """Return the condition that an account may have one more device besides those it has."""
    subscriptions, sessions = table(PushSubscription), table(LoginSession)
    is_of_session = and_(
        sessions.c.region == subscriptions.c.region, sessions.c.id == subscriptions.c.session_id
    )
    others = (
        select(func.count())
        .select_from(subscriptions.join(sessions, is_of_session))
        .where(
            key_condition(subscriptions, user.key, id="user_id"),
            subscriptions.c.id != subscription_id,
            active_session_condition(user),
        )
    )
    return others.scalar_subquery() < MAX_DEVICES


def turn_off(user_key: RowKey, subscription_id: UUID) -> None:
    """Send no more push messages to a device of an account. Nothing changes if it gets none."""
    execute_write(turn_off_statement(user_key, subscription_id), idempotent=True)


def turn_off_statement(user_key: RowKey, subscription_id: UUID) -> ReturningDelete[tuple[UUID]]:
    """Return the statement of ``turn_off``."""
    subscriptions = table(PushSubscription)
    return (
        delete(subscriptions)
        .where(
            key_condition(subscriptions, RowKey(user_key.region, subscription_id)),
            subscriptions.c.user_id == user_key.id,
        )
        .returning(subscriptions.c.id)
    )


def list_subscriptions(user: User) -> list[PushSubscription]:
    """Return the devices of an account that get push messages, with their sessions, the newest
    first."""
    return list(db.session.scalars(subscriptions_query(user)))


def subscriptions_query(user: User) -> Select[tuple[PushSubscription]]:
    """Return the query of the devices at which an account is still signed in."""
    return (
        select(PushSubscription)
        .join(PushSubscription.login_session)
        .where(
            key_condition(PushSubscription, user.key, id="user_id"), active_session_condition(user)
        )
        .options(contains_eager(PushSubscription.login_session))
        .order_by(PushSubscription.created_at.desc(), PushSubscription.id)
    )


def decrypt_device(subscription: PushSubscription) -> Device | None:
    """Return the device of a subscription; None if SECRET_KEY does not open it."""
    text = encryption.decrypt_stored(subscription.ciphertext, _context(subscription.id))
    if text is None:
        return None
    endpoint, public, auth = json.loads(text)
    return Device(endpoint, BrowserKeys(bytes.fromhex(public), bytes.fromhex(auth)))


def _dump(device: Device) -> str:
    return json.dumps([device.endpoint, device.keys.public.hex(), device.keys.auth.hex()])


def _context(subscription_id: UUID) -> str:
    return f"push subscription {subscription_id}"
