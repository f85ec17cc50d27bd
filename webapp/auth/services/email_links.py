"""Links in mails: good for one use, for a while. Only their digests are kept."""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import CTE, exists, func, insert, literal, select, update
from sqlalchemy.orm import lazyload

from webapp.auth.enums import EmailLinkPurpose
from webapp.auth.models import EmailLink, User
from webapp.db.keys import REGION_PATTERN, RowKey
from webapp.db.types import Region, table
from webapp.errors import DomainError
from webapp.extensions import db

TOKEN = re.compile(rf"({REGION_PATTERN})\.([A-Za-z0-9_-]{{32}})")


class LinkSpent(DomainError):
    """It was used, it is too old, or it never was."""

    status = 410
    title = _l("This link is spent")
    message = _l("It was used already, or it is too old. Ask for a new one.")


@dataclass(frozen=True)
class Token:
    """What the address of a link carries: where its row lives, and the secret."""

    region: str
    secret: str

    @classmethod
    def make(cls, region: str) -> "Token":
        return cls(region, secrets.token_urlsafe(24))

    @classmethod
    def parse(cls, text: str) -> "Token":
        """Read the written form; raises LinkSpent when it is none."""
        found = TOKEN.fullmatch(text)
        if not found:
            raise LinkSpent
        return cls(found[1], found[2])

    def __str__(self) -> str:
        return f"{self.region}.{self.secret}"

    @property
    def digest(self) -> str:
        return sha256(self.secret.encode()).hexdigest()


def making(user: RowKey, token: Token, purpose: EmailLinkPurpose, email: str, lasts_s: int) -> Any:
    """Return the INSERT of a link for the account, to be sent to ``email``."""
    links = table(EmailLink)
    return (
        insert(links)
        .values(
            region=user.region,
            digest=token.digest,
            user_id=user.id,
            purpose=purpose.value,
            email=email,
            expires_at=func.now() + timedelta(seconds=lasts_s),
        )
        .returning(links.c.digest)
    )


def making_for(owner: CTE, token: Token, purpose: EmailLinkPurpose, lasts_s: int) -> Any:
    """Return the same as a part of a statement that looks for the account: its region, id and
    email come from ``owner``, and no link is made when nobody is found."""
    links = table(EmailLink)
    values = select(
        owner.c.region,
        literal(token.digest),
        owner.c.id,
        literal(purpose.value),
        owner.c.email,
        func.now() + timedelta(seconds=lasts_s),
    )
    names = ["region", "digest", "user_id", "purpose", "email", "expires_at"]
    return insert(links).from_select(names, values).returning(links.c.digest)


def find(token: Token, *purposes: EmailLinkPurpose) -> tuple[EmailLink, User]:
    """Return the link and its account, without using it; raises LinkSpent."""
    links = table(EmailLink).c
    statement = (
        select(EmailLink, User)
        .join(User, (User.region == EmailLink.region) & (User.id == EmailLink.user_id))
        .where(*_good(token, purposes), links.region == token.region)
        .options(lazyload("*"))
    )
    row = db.session.execute(statement).one_or_none()
    if row is None:
        raise LinkSpent
    return row[0], row[1]


def using(token: Token, *purposes: EmailLinkPurpose) -> Any:
    """Return the UPDATE that uses a link, if it is good: it returns the account and the address."""
    links = table(EmailLink)
    return (
        update(links)
        .where(links.c.region == literal(token.region, Region), *_good(token, purposes))
        .values(used_at=func.now())
        .returning(
            links.c.region, links.c.user_id, links.c.purpose, links.c.email, links.c.created_at
        )
    )


def spending(user: RowKey, *purposes: EmailLinkPurpose) -> Any:
    """Return the UPDATE that makes all of the account's links for these purposes useless."""
    links = table(EmailLink)
    return (
        update(links)
        .where(
            links.c.region == literal(user.region, Region),
            links.c.user_id == user.id,
            links.c.purpose.in_([purpose.value for purpose in purposes]),
            links.c.expires_at > func.now(),
        )
        .values(expires_at=func.now())
        .returning(links.c.digest)
    )


def _good(token: Token, purposes: tuple[EmailLinkPurpose, ...]) -> list[Any]:
    links, owners = table(EmailLink).c, table(User).alias("owner")
    may_be_used = exists().where(
        owners.c.region == links.region,
        owners.c.id == links.user_id,
        owners.c.disabled_at.is_(None),
    )
    return [
        may_be_used,
        links.digest == token.digest,
        links.purpose.in_([purpose.value for purpose in purposes]),
        links.used_at.is_(None),
        links.expires_at > func.now(),
    ]
