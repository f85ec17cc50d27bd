"""The tables of comments, and of the flags on them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import RowKey, parent_foreign_key
from webapp.db.types import MOVES_WITH_CITY, REGIONAL_BY_ROW, Region, one_of
from webapp.extensions import Base
from webapp.forms import MAX_WHY_LENGTH
from webapp.notices.comments.enums import CommentState

#: Of a comment, characters.
MAX_COMMENT_LENGTH = 1_000


class NoticeComment(Base):
    """What a rider says about a notice, in the region of the notice's city. It goes with the
    account of the rider."""

    __tablename__ = "notice_comments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["rider_region", "rider_id"],
            ["users.region", "users.id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        CheckConstraint(one_of("state", CommentState), name="state"),
        #: The comments on a notice, the last one first.
        Index("ix_notice_comments_notice", "region", "notice_id", "created_at", "id"),
        #: The comments of a city that staff look at, and those that move with it.
        Index("ix_notice_comments_city", "region", "city", "state", "created_at", "id"),
        #: The comments of a rider, in all regions: how many there are of a day, and the deletion.
        Index("ix_notice_comments_rider", "rider_region", "rider_id", "created_at", "id"),
        {"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "comments on notices"}},
    )

    #: Region of the notice's city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Follows from the form: a comment that is sent twice is stored once.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: City of the notice.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: The notice. No foreign key: only drafts are ever removed, and each would look for comments.
    notice_id: Mapped[UUID]
    #: Region of the rider.
    rider_region: Mapped[str] = mapped_column(Region)
    #: The rider who wrote it.
    rider_id: Mapped[UUID]
    #: Plain text.
    text: Mapped[str] = mapped_column(String(MAX_COMMENT_LENGTH))
    #: ``shown``, ``flagged``, ``hidden`` or ``approved``.
    state: Mapped[str] = mapped_column(String(16), server_default=CommentState.SHOWN)
    #: How many riders have flagged it.
    flag_count: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: Why staff have hidden it; its author reads it. May be empty.
    reason: Mapped[str] = mapped_column(String(MAX_WHY_LENGTH), server_default="")
    #: Since when staff hide it; NULL: they don't, or a release before 0318 hid it.
    hidden_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When it was written.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: When its author has changed it; NULL: never.
    changed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)


class CommentFlag(Base):
    """A rider asks staff to look at a comment; once."""

    __tablename__ = "comment_flags"
    __table_args__ = (
        parent_foreign_key("notice_comments", "comment_id"),
        ForeignKeyConstraint(
            ["rider_region", "rider_id"],
            ["users.region", "users.id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        #: The flags of a rider, in all regions: the deletion of the account.
        Index("ix_comment_flags_rider", "rider_region", "rider_id", "created_at", "comment_id"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the comment.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The comment.
    comment_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Region of the rider.
    rider_region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The rider who flagged it.
    rider_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: When it was flagged.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
