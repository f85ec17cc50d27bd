"""Apps, the access that people have given them, and the keys that sign their tokens."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import DateTime, ForeignKeyConstraint, Index, String, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import parent_foreign_key
from webapp.db.types import GLOBAL, REGIONAL_BY_ROW, Region
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


class OAuthSigningKey(Base):
    """A key that signs access tokens (ES256).

    GLOBAL: a few rows that every region reads, and a job writes.
    """

    __tablename__ = "oauth_signing_keys"
    __table_args__ = ({"info": GLOBAL},)

    #: ``kid``: its thumbprint (RFC 7638).
    kid: Mapped[str] = mapped_column(String(43), primary_key=True)
    #: The public key as a JWK. Published as long as the row exists. (Any: JSON)
    public_jwk: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: The private key as a JWK, encrypted: reading the database is not enough to sign.
    private_jwk: Mapped[str] = mapped_column(String(2000))
    #: When it was created, and published from then on.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: It signs from then on, until the next one does.
    signs_from: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class OAuthGrant(Base):
    """The access that a person has given to an app, until they take it away."""

    __tablename__ = "oauth_grants"
    __table_args__ = (
        parent_foreign_key("users", "user_id"),
        ForeignKeyConstraint(["client_id"], ["oauth_clients.id"]),
        #: ``flask sweep`` deletes the grants of apps that were removed.
        Index("ix_oauth_grants_client", "region", "client_id"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The account.
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The app.
    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: What the person has agreed to (``Scope``), at once or one after the other.
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    #: Since when the app has had access.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: On which day (UTC) the app last used it; NULL: never.
    last_used_on: Mapped[date | None]


class OAuthTokenFamily(Base):
    """One sign-in of an app: its authorization code, and the refresh tokens that follow from it,
    each from the one before. Whoever uses one of these twice ends the family."""

    __tablename__ = "oauth_token_families"
    __allow_unmapped__ = True  # for ``read_at``, which is no column
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "user_id", "client_id"],
            ["oauth_grants.region", "oauth_grants.user_id", "oauth_grants.client_id"],
            name="fk_oauth_token_families_grant",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        #: The families of a grant: ended together, and counted for each hour.
        Index("ix_oauth_token_families_grant", "region", "user_id", "client_id", "created_at"),
        #: ``flask sweep`` deletes families that have ended.
        Index("ix_oauth_token_families_expiry", "region", "expires_at"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the account; also part of the tokens.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Part of the tokens: with the region it is the key by which the family is found.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The account in whose name the app acts.
    user_id: Mapped[UUID]
    #: The app.
    client_id: Mapped[UUID]
    #: What the app may do (``Scope``).
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    #: Whether the session in which the person agreed had used a second factor.
    second_factor: Mapped[bool]
    #: When the person agreed.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: SHA-256 of the secret of the authorization code, hexadecimal.
    code_digest: Mapped[str] = mapped_column(String(64))
    #: Where the code was sent to: the request that uses it has to name the same address.
    redirect_uri: Mapped[str] = mapped_column(String(MAX_REDIRECT_URI_LENGTH + 6))
    #: The challenge of PKCE, S256 (RFC 7636).
    code_challenge: Mapped[str] = mapped_column(String(43))
    #: When the code was used; NULL: not yet.
    code_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: SHA-256 of the secret of the present refresh token. Empty: the code was not used yet.
    refresh_digest: Mapped[str] = mapped_column(String(64), server_default="")
    #: Not used any more: neither read nor written. The next release drops it (docs/migrations.md).
    previous_digest: Mapped[str] = mapped_column(String(64), server_default="", deferred=True)
    #: When the present refresh token was issued.
    refreshed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When the code expires; once it was used, the present refresh token.
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    #: When the row was read, by the database's clock; ``find_family`` sets it.
    read_at: datetime
