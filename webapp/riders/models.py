"""Profiles of riders."""

from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.types import REGIONAL_BY_ROW, Region
from webapp.extensions import Base


class Profile(Base):
    """The public page of a rider, beside the account; absent until something is written."""

    __tablename__ = "profiles"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The account.
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: What the rider writes about themselves; other riders see it.
    about: Mapped[str] = mapped_column(String(500))
