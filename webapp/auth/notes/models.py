"""The table of notes about accounts."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import DateTime, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import account_foreign_key, parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region
from webapp.extensions import Base

#: Of a note, characters.
MAX_TEXT_LENGTH = 1000


class AccountNote(Base):
    """A note of staff about an account: for colleagues, and in the copy of the person's data."""

    __tablename__ = "account_notes"
    __table_args__ = (
        parent_foreign_key("users", "user_id"),
        account_foreign_key("author"),
        #: The notes about an account, newest first.
        Index("ix_account_notes_user", "region", "user_id", "created_at", "id"),
        #: The notes that an account wrote, in all regions: its deletion.
        Index("ix_account_notes_author", "author_region", "author_id"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: From the form: what is sent twice is one note.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: The account that it is about. It is deleted with it.
    user_id: Mapped[UUID]
    #: Region of the account of who wrote it. NULL: it was deleted; the note stays.
    author_region: Mapped[str | None] = mapped_column(Region)
    #: The account of who wrote it.
    author_id: Mapped[UUID | None]
    #: What they wrote.
    text: Mapped[str] = mapped_column(String(MAX_TEXT_LENGTH))
    #: When they wrote it.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
