"""The table of texts, in versions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import account_foreign_key
from webapp.db.types import GLOBAL, Region, one_of
from webapp.extensions import Base
from webapp.forms import MAX_WHY_LENGTH
from webapp.texts.enums import AlertType, TextKind

#: Of a text, and of what a publisher says about a change, characters.
MAX_TEXT_LENGTH, MAX_SUMMARY_LENGTH = 100_000, 1_000


class TextVersion(Base):
    """One version of a text of a city, or of all cities, in a language. Rows are never changed.

    Of the versions that have begun, the one that began last holds; of two from the same moment the
    later version. A notice ends by itself.

    GLOBAL: a small table that every region reads and few people write.
    """

    __tablename__ = "text_versions"
    __table_args__ = (
        account_foreign_key("author"),
        CheckConstraint(one_of("kind", TextKind), name="kind"),
        CheckConstraint("effective_until >= effective_from", name="effective_until"),
        #: The versions in force, and those of a text.
        Index(
            "ix_text_versions_text",
            "kind",
            "city",
            "language",
            "effective_from",
            "version",
            "effective_until",
        ),
        #: The versions that an account published: its deletion.
        Index("ix_text_versions_author", "author_region", "author_id"),
        {"info": GLOBAL},
    )

    #: Follows from the text and the version, so that each version is there once.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: ``terms``, ``privacy``, ``help`` or ``notice``.
    kind: Mapped[str] = mapped_column(String(16))
    #: City that it is for. NULL: all that have no text of their own; a notice is for all.
    city: Mapped[str | None] = mapped_column(ForeignKey("cities.name"))
    #: ISO 639-1 code of the language of the text.
    language: Mapped[str] = mapped_column(String(3))
    #: Counts from 1 for each kind, city and language.
    version: Mapped[int] = mapped_column(BigInteger)
    #: Markdown (webapp/texts/markdown.py).
    text: Mapped[str] = mapped_column(String(MAX_TEXT_LENGTH))
    #: What has changed, in the publisher's words; riders who must agree again read it. May be
    #: empty.
    summary: Mapped[str] = mapped_column(String(MAX_SUMMARY_LENGTH))
    #: Whether riders must agree to it before their next ride. Terms only.
    requires_agreement: Mapped[bool]
    #: From when on it holds.
    effective_from: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: Until when a notice is shown. NULL: other texts.
    effective_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Of a notice: what programs are told that it is, a type of GBFS alerts (``AlertType``). Other
    #: texts: ``other``.
    alert_type: Mapped[str] = mapped_column(
        String(24), default=AlertType.OTHER, server_default=AlertType.OTHER
    )
    #: When it was published.
    published_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    #: Region of who published it. NULL: the command line, or the account was deleted.
    author_region: Mapped[str | None] = mapped_column(Region)
    #: Account of who published it.
    author_id: Mapped[UUID | None]
    #: Why, for staff. May be empty.
    why: Mapped[str] = mapped_column(String(MAX_WHY_LENGTH))
