"""The table of agreements."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region
from webapp.extensions import Base


class TermsAgreement(Base):
    """That somebody has agreed to a version of the terms. Rows are never changed."""

    __tablename__ = "terms_agreements"
    __table_args__ = (
        parent_foreign_key("users", "user_id"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The account.
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The version: of which city, and in which language.
    version_id: Mapped[UUID] = mapped_column(ForeignKey("text_versions.id"), primary_key=True)
    #: When: by registering, or before a ride.
    agreed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
