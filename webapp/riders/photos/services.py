"""Saving and removing the photo of a profile."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import CTE, LargeBinary, Select, Uuid, delete, func, literal, select

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth.models import User, is_account_open_condition
from webapp.db.inserts import insert_if
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import DomainError, NotFound
from webapp.mail import mail_cte
from webapp.riders.photos.models import ProfilePhoto
from webapp.translations import lazy_gettext as _l
from webapp.web import rate_limits
from webapp.web.urls import public_url


@dataclass(frozen=True)
class NewPhoto:
    """A photo in its two sizes, as ``crop_photo`` returns them."""

    large: bytes
    small: bytes


class PhotoChanged(DomainError):
    """The photo that staff have seen is gone, or another one is there."""

    message = _l("This photo is gone, or there is another one. Nothing was removed.")


def count_photo(user: User) -> None:
    """Count a photo towards the rate limit, before it is decoded. Raises TooManyTries."""
    limit = rate_limits.Limit(*current_app.config["LIMIT_PROFILE_PHOTOS"])
    rate_limits.count_attempt([rate_limits.make_bucket("profile photo", limit, user.id)])


def save_photo(user_key: RowKey, photo: NewPhoto) -> None:
    """Save the photo of a profile, in place of the one before.

    Raises NotFound if the account has just been deleted, or moved to another region.
    """
    if not execute_write(save_photo_statement(user_key, photo), idempotent=True):
        raise NotFound


def save_photo_statement(user_key: RowKey, photo: NewPhoto) -> Select[tuple[UUID]]:
    """Return the statement that saves a photo with its audit event. No row: there is no such
    account."""
    photos = table(ProfilePhoto)
    values = {
        "photo_id": literal(uuid4(), Uuid()),
        "large": literal(photo.large, LargeBinary),
        "small": literal(photo.small, LargeBinary),
        "saved_at": func.now(),
    }
    row = {"region": user_key.region, "user_id": user_key.id, **values}
    saved = (
        insert_if(is_account_open_condition(user_key), photos, **row)
        .on_conflict_do_update(index_elements=["region", "user_id"], set_=values)
        .returning(photos.c.photo_id)
        .cte("saved_photo")
    )
    audit_event = account_event_statement(
        AuditKind.PROFILE_PHOTO_SAVED, user_key, actor=user_key, after=saved
    )
    return select(saved.c.photo_id).add_cte(as_cte(audit_event))


def remove_own_photo(user_key: RowKey) -> None:
    """Remove the photo of one's own profile, if there is one."""
    execute_write(remove_own_photo_statement(user_key), idempotent=True)


def remove_own_photo_statement(user_key: RowKey) -> Select[tuple[UUID]]:
    """Return the statement that removes a photo with its audit event. No row: there is none."""
    removed = _delete_photo_cte(user_key)
    audit_event = account_event_statement(
        AuditKind.PROFILE_PHOTO_REMOVED, user_key, actor=user_key, after=removed
    )
    return select(removed.c.photo_id).add_cte(as_cte(audit_event))


def remove_photo_of_rider(user: User, photo_id: UUID, why: str) -> None:
    """Remove the photo of a rider for a reason, and mail it to them.

    user: of a city of the member of staff. photo_id: the photo that they have seen.

    Raises PhotoChanged if it is not there any more.
    """
    if not execute_write(remove_photo_of_rider_statement(user, photo_id, why)):
        raise PhotoChanged


def remove_photo_of_rider_statement(user: User, photo_id: UUID, why: str) -> Select[tuple[UUID]]:
    """Return the statement that removes a photo, with its audit event and the mail. No row: the
    profile has another photo, or none."""
    removed = _delete_photo_cte(user.key, photo_id)
    audit_event = account_event_statement(
        AuditKind.PROFILE_PHOTO_REMOVED,
        user.key,
        after=removed,
        region=user.region,
        city=user.city,
        why=why,
    )
    notice = mail_cte(
        "photo_removed",
        user.recipient,
        region=user.region,
        after=removed,
        why=why,
        link=public_url("riders.photos.choose"),
    )
    return select(removed.c.photo_id).add_cte(as_cte(audit_event), notice)


def _delete_photo_cte(user_key: RowKey, photo_id: UUID | None = None) -> CTE:
    photos = table(ProfilePhoto)
    deletion = delete(photos).where(key_condition(photos, user_key, id="user_id"))
    if photo_id:
        deletion = deletion.where(photos.c.photo_id == photo_id)
    return deletion.returning(photos.c.photo_id).cte("removed_photo")
