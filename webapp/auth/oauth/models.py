"""Apps that may ask people for access to their accounts."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import DateTime, String, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.types import GLOBAL
from webapp.extensions import Base

#: Of the name of an app and of a redirect address, characters.
MAX_APP_NAME_LENGTH, MAX_REDIRECT_URI_LENGTH = 60, 255


class OAuthClient(Base):
    """An app that admins have registered: a client of OAuth.

    GLOBAL: a small table that every region reads with the requests of apps and that changes seldom.
    """

    __tablename__ = "oauth_clients"
    __table_args__ = ({"info": GLOBAL},)

    #: ``client_id`` of OAuth.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: What people read when it asks for access.
    name: Mapped[str] = mapped_column(String(MAX_APP_NAME_LENGTH))
    #: Where people may be sent back to, compared exactly; on a loopback address, with any port.
    redirect_uris: Mapped[list[str]] = mapped_column(ARRAY(String(MAX_REDIRECT_URI_LENGTH)))
    #: What it may ask for (``Scope``).
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    #: SHA-256 of its secret, hexadecimal. Empty: a public client, which can keep none.
    secret_digest: Mapped[str] = mapped_column(String(64))
    #: When it was registered.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: When it was removed; NULL: it was not. It has had no access from then on.
    removed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @property
    def is_confidential(self) -> bool:
        """Whether it has a secret."""
        return bool(self.secret_digest)
