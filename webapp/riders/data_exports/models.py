"""The data export of an account, and the parts of its archive."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    DateTime,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import RowKey, parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region
from webapp.extensions import Base


class DataExport(Base):
    """A copy of all personal data of an account, which a worker writes; in the account's region."""

    __tablename__ = "data_exports"
    __table_args__ = (
        #: Of an account there is one at most: a second request finds the first.
        UniqueConstraint("region", "user_id", name="uq_data_exports_user"),
        parent_foreign_key("users", "user_id"),
        #: ``flask sweep`` deletes those that have expired.
        Index("ix_data_exports_expiry", "region", "expires_at"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Made by the application.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: The account that it is about, and that requested it.
    user_id: Mapped[UUID]
    #: When it was requested.
    requested_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    #: The lease by which a worker writes it: another one that begins anew ends this one's work.
    #: NULL: none has begun.
    worker: Mapped[str | None] = mapped_column(String(80))
    #: When its worker last wrote a part.
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: Files of the archive that are complete.
    file_count: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: Rows that are written so far.
    row_count: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: Parts that are written so far.
    part_count: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: Size of these parts together, bytes.
    size_bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: When the last part was written; NULL: not yet.
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When the last attempt failed; NULL: it did not.
    failed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: From then on it can't be downloaded, and is deleted.
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)

    @property
    def user_key(self) -> RowKey:
        return RowKey(self.region, self.user_id)


#: Parts that one statement deletes at most: their bytes are many.
PARTS_SLICE = 20


class DataExportPart(Base):
    """Some bytes of the archive. Database rows must be small."""

    __tablename__ = "data_export_parts"
    __table_args__ = (
        parent_foreign_key("data_exports", "export_id"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the export.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The export.
    export_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Its place in the archive, from 1.
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: Bytes of a ZIP archive.
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
