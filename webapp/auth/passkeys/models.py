"""The table of passkeys."""

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

#: Of a credential id in base64url; WebAuthn allows 1,023 bytes.
MAX_CREDENTIAL_ID_LENGTH = 1364
MAX_NAME_LENGTH = 60
#: Of one account.
MAX_PASSKEYS = 20


class Passkey(Base):
    """A public key whose private key is on a device or in a password manager of the person."""

    __tablename__ = "passkeys"
    __table_args__ = (
        parent_foreign_key("users", "user_id"),
        #: Signing in with a passkey, without a region; a credential opens one account in the world.
        UniqueConstraint("credential_id", name="uq_passkeys_credential_id"),
        #: The passkeys of an account: on its security page, and whether it has one.
        Index("ix_passkeys_user", "region", "user_id"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Made by the application. With the region it is the key by which a passkey is removed.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: The account that it opens.
    user_id: Mapped[UUID]
    #: The id that the authenticator gave it, base64url.
    credential_id: Mapped[str] = mapped_column(String(MAX_CREDENTIAL_ID_LENGTH))
    #: The public key, in COSE.
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    #: How often the authenticator says that it was used; 0 for those that do not count. One that
    #: goes back was copied.
    sign_count: Mapped[int] = mapped_column(BigInteger)
    #: What its owner calls it.
    name: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH))
    #: When it was added.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: When it was last used; NULL: never.
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)
