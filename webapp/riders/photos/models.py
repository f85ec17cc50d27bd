"""Photos of profiles."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region
from webapp.extensions import Base


class ProfilePhoto(Base):
    """The photo of a rider, a square in two sizes: JPEGs without metadata, re-encoded by the
    application."""

    __tablename__ = "profile_photos"
    __table_args__ = (parent_foreign_key("users", "user_id"), {"info": REGIONAL_BY_ROW})

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The account.
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Part of its address: another photo has another one, and nobody can guess it.
    photo_id: Mapped[UUID]
    #: For the profile.
    large: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
    #: For lists.
    small: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
    #: When it was chosen.
    saved_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
