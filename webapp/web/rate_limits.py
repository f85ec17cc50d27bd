"""How often something may be tried. The counts are rows, so they hold for all processes.

A try is counted before it is made, in one statement: a hundred guesses at once count as a hundred.
What went well is given back, so only failures stay counted. Counts live in this server's region.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from random import choice
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Index,
    String,
    case,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.transactions import execute_write
from webapp.db.types import ON_REGION_DROP, REGIONAL_BY_ROW, OnRegionDrop, Region, table
from webapp.errors import DomainError
from webapp.extensions import Base
from webapp.regions.catalogue import here

#: One count for all visitors would be one row that all of them wait for.
SHARDS = 8


class Throttle(Base):
    """How often something was attempted in the current window."""

    __tablename__ = "throttles"
    __table_args__ = (
        #: ``flask sweep`` deletes counts whose window ended long ago.
        Index("ix_throttles_until", "region", "until"),
        {"info": {**REGIONAL_BY_ROW, ON_REGION_DROP: OnRegionDrop.DELETE}},
    )

    #: Region of the server that counts: each region has its own counts.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: What is counted and for whom: a name, and a digest of the account, device or address.
    bucket: Mapped[str] = mapped_column(String(80), primary_key=True)
    #: Attempts in the current window.
    hits: Mapped[int]
    #: When the window ends and counting starts again.
    until: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class TooManyTries(DomainError):
    """Details: ``seconds`` until the next try counts; ``first``: none was refused before it."""

    status = 429
    title = _l("Slow down a little")

    def __init__(self, seconds: int, first: bool) -> None:
        super().__init__(seconds=seconds, first=first)
        self.headers = {"Retry-After": str(seconds)}
        self.message = ngettext(
            "Too many tries in a short time. Try again in a minute.",
            "Too many tries in a short time. Try again in %(num)d minutes.",
            ceil(seconds / 60),
        )


@dataclass(frozen=True)
class Limit:
    """At most ``tries`` in ``seconds`` for each thing that is counted."""

    tries: int
    seconds: int


@dataclass(frozen=True, order=True)
class Bucket:
    """What is counted, and how much of it is allowed."""

    name: str
    limit: Limit


def bucket(what: str, limit: Limit, who: object = "") -> Bucket:
    """Return the bucket of ``what`` for ``who``: an account, a device, an address.

    Names that people typed are digested: no more is kept of them than counting needs.
    """
    digest = sha256(str(who).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return Bucket(f"{what} {digest}", limit)


def address_bucket(what: str, limit: Limit, address: str) -> Bucket:
    """Return the bucket of a visitor's address; IPv6 is given out in networks of 64 bits."""
    try:
        ip = ip_address(address)
    except ValueError:  # a Unix socket
        return bucket(what, limit, address)
    if isinstance(ip, IPv6Address):
        ip = ip.ipv4_mapped or ip_network(f"{ip}/64", strict=False).network_address
    return bucket(what, limit, ip)


@dataclass(frozen=True)
class Ceiling:
    """What all visitors together may do. Only failures fill it, each counted in one of its shards:
    whoever is refused by another count cannot use it up for all."""

    what: str
    limit: Limit

    @property
    def shards(self) -> list[str]:
        return [f"{self.what} {number}" for number in range(SHARDS)]

    def shard(self) -> Bucket:
        """Return where to count a failure."""
        return Bucket(choice(self.shards), self.limit)  # noqa: S311 - spreads load


def attempt(buckets: Iterable[Bucket], ceiling: Ceiling | None = None) -> None:
    """Count a try in all buckets; raise TooManyTries when one is full, or ``ceiling`` is reached.

    One round trip, two for what is refused. Rows are written in order, so that two who count the
    same never wait for each other in a circle. A try whose answer is lost may count twice.
    """
    wanted = sorted(set(buckets))
    statement = _attempting(wanted, ceiling)
    counted = execute_write(statement, idempotent=True)
    limits = {each.name: each.limit for each in wanted}
    over = [row for row in counted if row.hits > limits[row.bucket].tries]
    if over:
        _take_back({each for each in wanted if each.name not in {row.bucket for row in over}})
        seconds = max(1, ceil(max(row.wait for row in over).total_seconds()))
        raise TooManyTries(seconds, all(row.hits == limits[row.bucket].tries + 1 for row in over))
    if ceiling and counted[0].total >= ceiling.limit.tries:
        raise TooManyTries(ceiling.limit.seconds, first=False)


def _take_back(buckets: set[Bucket]) -> None:
    """What is refused for one count fills no other: else strangers could use up an owner's."""
    if buckets:
        execute_write(giving_back(buckets), idempotent=True)


def _attempting(buckets: list[Bucket], ceiling: Ceiling | None) -> Any:
    counted = counting(buckets).cte("counted")
    statement = select(counted.c.bucket, counted.c.hits, counted.c.wait)
    return statement.add_columns(_failures(ceiling).label("total")) if ceiling else statement


def _failures(ceiling: Ceiling) -> Any:
    rows = table(Throttle).c
    return (
        select(func.coalesce(func.sum(rows.hits), 0))
        .where(rows.region == here(), rows.bucket.in_(ceiling.shards), rows.until > func.now())
        .scalar_subquery()
    )


def is_full(bucket: Bucket) -> ColumnElement[bool]:
    """Return the condition that no more tries are left, for a question that asks for more."""
    rows = table(Throttle).c
    return exists().where(
        rows.region == here(),
        rows.bucket == bucket.name,
        rows.until > func.now(),
        rows.hits >= bucket.limit.tries,
    )


def counting(buckets: list[Bucket]) -> Any:
    """Return the statement that counts once in each bucket, for a statement that does more."""
    region = here()
    rows = [
        {
            "region": region,
            "bucket": each.name,
            "hits": 1,
            "until": func.now() + timedelta(seconds=each.limit.seconds),
        }
        for each in buckets
    ]
    statement = insert(table(Throttle)).values(rows)
    old, new = table(Throttle).c, statement.excluded
    is_over = old.until <= func.now()
    return statement.on_conflict_do_update(
        index_elements=["region", "bucket"],
        set_={
            "hits": case((is_over, 1), else_=old.hits + 1),
            "until": case((is_over, new.until), else_=old.until),
        },
    ).returning(old.bucket, old.hits, (old.until - func.now()).label("wait"))


def giving_back(buckets: Iterable[Bucket]) -> Any:
    """Return the statement that takes back a try that went well, to send with what it led to."""
    rows = table(Throttle)
    return (
        update(rows)
        .where(rows.c.region == here(), rows.c.bucket.in_(sorted({b.name for b in buckets})))
        .values(hits=func.greatest(rows.c.hits - 1, 0))
        .returning(rows.c.bucket)
    )
