"""Reading the photos of profiles."""

from uuid import UUID

from sqlalchemy import Select, select

from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.riders.photos.models import ProfilePhoto
from webapp.riders.visibility import may_see_profile_condition


def read_photo(
    viewer: User, user_key: RowKey, photo_id: UUID | None = None, *, is_small: bool = False
) -> bytes:
    """Return the photo of a profile that somebody may see; raises NotFound.

    photo_id: it must be this one.
    """
    content = db.session.scalar(photo_query(viewer, user_key, photo_id, is_small=is_small))
    if content is None:
        raise NotFound
    return content


def photo_query(
    viewer: User, user_key: RowKey, photo_id: UUID | None = None, *, is_small: bool = False
) -> Select[tuple[bytes]]:
    """Return the query of ``read_photo``."""
    photos = table(ProfilePhoto)
    query = select(photos.c.small if is_small else photos.c.large).where(
        key_condition(photos, user_key, id="user_id"), may_see_profile_condition(viewer, user_key)
    )
    return query.where(photos.c.photo_id == photo_id) if photo_id else query
