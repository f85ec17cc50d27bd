"""Requests that were answered: what an Idempotency-Key stands for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Index, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region
from webapp.extensions import Base


class IdempotencyKey(Base):
    """A key that a program has sent with a request that succeeded, and the answer to it."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        parent_foreign_key("users", "user_id"),
        #: ``flask sweep`` deletes those that are older than a day.
        Index("ix_idempotency_keys_created", "region", "created_at"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The account of the token.
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: SHA-256 of the operation and the key, hexadecimal.
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: SHA-256 of the address and the body, hexadecimal: the same key with others is refused.
    fingerprint: Mapped[str] = mapped_column(String(64))
    #: The operation: the endpoint of its route.
    operation: Mapped[str] = mapped_column(String(80))
    #: The HTTP status of the answer.
    status: Mapped[int] = mapped_column(BigInteger)
    #: The header Location of the answer; '': it had none.
    location: Mapped[str] = mapped_column(String(500))
    #: The body of the answer; '': it had none.
    body: Mapped[str] = mapped_column(Text)
    #: When it was answered.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
