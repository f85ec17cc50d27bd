"""The tables of notices."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    String,
    false,
    func,
    or_,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db.keys import account_foreign_key
from webapp.db.types import GLOBAL, Region, table
from webapp.extensions import Base

#: Of the title and of the text, characters.
MAX_TITLE_LENGTH, MAX_TEXT_LENGTH = 120, 10_000


class Notice(Base):
    """What the operator tells people of a city, or of all cities.

    GLOBAL: a small table that every region reads and few people write.
    """

    __tablename__ = "notices"
    __table_args__ = (
        account_foreign_key("author"),
        CheckConstraint("shown_until >= shown_from", name="shown_until"),
        #: The notices of a city, the last one first.
        Index("ix_notices_city", "city", "shown_from", "id"),
        #: The notices that an account has written: its deletion.
        Index("ix_notices_author", "author_region", "author_id"),
        {"info": GLOBAL},
    )

    #: Follows from the form: a notice that is sent twice is stored once.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: City that it is for. NULL: all cities.
    city: Mapped[str | None] = mapped_column(ForeignKey("cities.name"))
    #: From when on it is shown, once it is published.
    shown_from: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: Until when it is shown. NULL: until staff end it.
    shown_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Whether its title stands above the map, on the pages of vehicles and during a ride.
    is_pinned: Mapped[bool] = mapped_column(Boolean)
    #: Whether riders may comment on it. A notice for all cities takes no comments.
    allows_comments: Mapped[bool] = mapped_column(Boolean, server_default=false())
    #: What programs are told that it is, a type of GBFS alerts (``AlertType``).
    alert_type: Mapped[str] = mapped_column(String(24))
    #: When it was published. NULL: it is a draft, which only staff see.
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When it was changed last.
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: Region of who wrote it. NULL: the account was deleted.
    author_region: Mapped[str | None] = mapped_column(Region)
    #: Account of who wrote it.
    author_id: Mapped[UUID | None]

    texts: Mapped[list["NoticeText"]] = relationship(
        lazy="raise", viewonly=True, order_by="NoticeText.language"
    )


def is_not_over_condition() -> ColumnElement[bool]:
    """Return the condition that a notice has not ended. It may begin later."""
    shown_until = table(Notice).c.shown_until
    return or_(shown_until.is_(None), shown_until > func.now())


class NoticeText(Base):
    """A notice in a language."""

    __tablename__ = "notice_texts"
    __table_args__ = ({"info": GLOBAL},)

    #: The notice whose text it is.
    notice_id: Mapped[UUID] = mapped_column(
        ForeignKey("notices.id", ondelete="CASCADE"), primary_key=True
    )
    #: ISO 639-1 code of the language.
    language: Mapped[str] = mapped_column(String(3), primary_key=True)
    #: What lists show of it, and what it is called.
    title: Mapped[str] = mapped_column(String(MAX_TITLE_LENGTH))
    #: Markdown (webapp/texts/markdown.py).
    text: Mapped[str] = mapped_column(String(MAX_TEXT_LENGTH))
