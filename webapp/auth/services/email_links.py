"""Links in e-mails: valid for one use, until they expire. Only digests of them are stored."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, and_, exists, func, insert, literal, select, update
from sqlalchemy.orm import lazyload
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from webapp.auth.enums import EmailLinkPurpose
from webapp.auth.models import EmailLink, User
from webapp.db.keys import REGION_PATTERN, RowKey, key_condition
from webapp.db.types import Region, table
from webapp.encryption import digest_secret
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.translations import lazy_gettext as _l

#: Columns that ``use_link_statement`` returns: region, user_id, purpose, email, created_at.
UsedLink = tuple[str, UUID, str, str, datetime]

TOKEN_PATTERN = re.compile(rf"({REGION_PATTERN})\.([A-Za-z0-9_-]{{32}})")


class InvalidEmailLink(DomainError):
    """It was used, it has expired, or it was never sent."""

    status = 410
    title = _l("This link is no longer valid")
    message = _l("It has already been used or has expired. Request a new one.")


@dataclass(frozen=True)
class LinkToken:
    """What the URL of a link contains: the region of its row, and the secret."""

    region: str
    #: 192 random bits.
    secret: str

    @classmethod
    def create(cls, region: str) -> "LinkToken":
        return cls(region, secrets.token_urlsafe(24))

    @classmethod
    def parse(cls, text: str) -> "LinkToken":
        """Read the written form; raises InvalidEmailLink when it is none."""
        match = TOKEN_PATTERN.fullmatch(text)
        if not match:
            raise InvalidEmailLink
        return cls(match[1], match[2])

    def __str__(self) -> str:
        return f"{self.region}.{self.secret}"

    @property
    def digest(self) -> str:
        return digest_secret(self.secret)


def insert_link_statement(
    user_key: RowKey, token: LinkToken, purpose: EmailLinkPurpose, email: str, lifetime_s: int
) -> ReturningInsert[tuple[str]]:
    """Return the statement that stores a link, which is to be sent to ``email``."""
    links = table(EmailLink)
    return (
        insert(links)
        .values(
            region=user_key.region,
            digest=token.digest,
            user_id=user_key.id,
            purpose=purpose.value,
            email=email,
            expires_at=func.now() + timedelta(seconds=lifetime_s),
        )
        .returning(links.c.digest)
    )


def insert_link_for_statement(
    owner: CTE, token: LinkToken, purpose: EmailLinkPurpose, lifetime_s: int
) -> ReturningInsert[tuple[str]]:
    """Return the statement that stores a link for the account that ``owner`` finds.

    owner: part of the same statement, with region, id and email. Without a row no link is stored.
    """
    links = table(EmailLink)
    values = select(
        owner.c.region,
        literal(token.digest),
        owner.c.id,
        literal(purpose.value),
        owner.c.email,
        func.now() + timedelta(seconds=lifetime_s),
    )
    names = ["region", "digest", "user_id", "purpose", "email", "expires_at"]
    return insert(links).from_select(names, values).returning(links.c.digest)


def find_link(token: LinkToken, *purposes: EmailLinkPurpose) -> tuple[EmailLink, User]:
    """Return the link and its account, without using it; raises InvalidEmailLink."""
    statement = (
        select(EmailLink, User)
        .join(User, (User.region == EmailLink.region) & (User.id == EmailLink.user_id))
        .where(_valid_link_condition(token, purposes), EmailLink.region == token.region)
        .options(lazyload("*"))
    )
    row = db.session.execute(statement).one_or_none()
    if row is None:
        raise InvalidEmailLink
    return row[0], row[1]


def use_link_statement(token: LinkToken, *purposes: EmailLinkPurpose) -> ReturningUpdate[UsedLink]:
    """Return the statement that uses a link; it returns a row if the link is valid."""
    links = table(EmailLink)
    return (
        update(links)
        .where(
            links.c.region == literal(token.region, Region), _valid_link_condition(token, purposes)
        )
        .values(used_at=func.now())
        .returning(
            links.c.region, links.c.user_id, links.c.purpose, links.c.email, links.c.created_at
        )
    )


def expire_links_statement(
    user_key: RowKey, *purposes: EmailLinkPurpose
) -> ReturningUpdate[tuple[str]]:
    """Return the statement that lets all links of an account for these purposes expire now."""
    links = table(EmailLink)
    return (
        update(links)
        .where(
            key_condition(links, user_key, id="user_id"),
            links.c.purpose.in_([purpose.value for purpose in purposes]),
            links.c.expires_at > func.now(),
        )
        .values(expires_at=func.now())
        .returning(links.c.digest)
    )


def _valid_link_condition(
    token: LinkToken, purposes: Sequence[EmailLinkPurpose]
) -> ColumnElement[bool]:
    """Return the condition that a link is unused, has not expired, and its account is open."""
    links, owners = table(EmailLink).c, table(User).alias("owner")
    owner_is_enabled = exists().where(
        owners.c.region == links.region,
        owners.c.id == links.user_id,
        owners.c.disabled_at.is_(None),
    )
    return and_(
        owner_is_enabled,
        links.digest == token.digest,
        links.purpose.in_([purpose.value for purpose in purposes]),
        links.used_at.is_(None),
        links.expires_at > func.now(),
    )
