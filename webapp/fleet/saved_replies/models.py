"""The table of saved replies."""

from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.types import GLOBAL, one_of
from webapp.extensions import Base
from webapp.fleet.saved_replies.enums import ReplyQueue

#: Of the title and of the text, characters.
MAX_TITLE_LENGTH, MAX_TEXT_LENGTH = 80, 1000


class SavedReply(Base):
    """A text that staff use again and again in answers. GLOBAL: a small table, read often and
    changed seldom."""

    __tablename__ = "saved_replies"
    __table_args__ = (
        CheckConstraint(one_of("queue", ReplyQueue), name="queue"),
        #: The replies of a city.
        Index("ix_saved_replies_city", "city"),
        {"info": GLOBAL},
    )

    #: Follows from the form: a reply that is sent twice is stored once.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: Whose staff use it. NULL: those of all cities.
    city: Mapped[str | None] = mapped_column(ForeignKey("cities.name"))
    #: For which answers it is: ``reports`` or ``disputes``.
    queue: Mapped[str] = mapped_column(String(16))
    #: ISO 639-1 code of the language of the text.
    language: Mapped[str] = mapped_column(String(3))
    #: What staff choose it by.
    title: Mapped[str] = mapped_column(String(MAX_TITLE_LENGTH))
    #: The text, with placeholders (``saved_replies/placeholders.py``).
    text: Mapped[str] = mapped_column(String(MAX_TEXT_LENGTH))
