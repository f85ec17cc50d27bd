"""Rate limits: how often something may be attempted. Counts are rows, shared by all processes.

An attempt is counted before it is made, in one statement: a hundred guesses at once count as a
hundred. An attempt that succeeds is returned, so only failures stay counted. The counts are in the
region of this server.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from random import choice
from typing import Any, NamedTuple

from flask import g, has_request_context
from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    Index,
    Row,
    ScalarSelect,
    Select,
    String,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from webapp.db.inserts import insert
from webapp.db.transactions import execute_write
from webapp.db.types import ON_REGION_DROP, REGIONAL_BY_ROW, OnRegionDrop, Region, table
from webapp.errors import DomainError
from webapp.extensions import Base
from webapp.regions.catalogue import local_region
from webapp.translations import lazy_gettext as _l
from webapp.translations import ngettext

#: A count of all visitors has so many rows: one row would be updated by all of them in turn.
SHARDS = 8
#: The networks that an IPv6 address is counted in, by the bits of their prefix, and by how much the
#: limit of each is higher. A phone has a /64, a household up to a /56, an office or a data centre's
#: customer a /48; one who has a larger network can use an address of another /64 for each attempt.
IPV6_NETWORKS = {64: 1, 56: 4, 48: 16}


class RateLimitCount(Base):
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
    """Details: ``seconds`` until an attempt is allowed; ``first``: none was refused before."""

    status = 429
    title = _l("Too many attempts")
    problem_name = "too-many-requests"

    def __init__(self, seconds: int, first: bool) -> None:
        super().__init__(seconds=seconds, first=first)
        self.headers = {"Retry-After": str(seconds)}
        self.message = ngettext(
            "Too many attempts. Try again in a minute.",
            "Too many attempts. Try again in %(num)d minutes.",
            ceil(seconds / 60),
        )


class UsedBefore(DomainError):
    """What is good for one use was used before."""

    status = 422
    message = _l("That was sent already. Try again.")


@dataclass(frozen=True)
class Limit:
    """At most ``tries`` in ``seconds`` for each thing that is counted."""

    tries: int
    seconds: int


@dataclass(frozen=True, order=True)
class Bucket:
    """One count and its limit."""

    name: str
    limit: Limit


def make_bucket(action: str, limit: Limit, subject: object = "") -> Bucket:
    """Return the bucket of an action by an account, a device or an address (``subject``).

    ``subject`` is stored as a digest: it may be a name that somebody typed.
    """
    digest = sha256(str(subject).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return Bucket(f"{action} {digest}", limit)


def make_address_buckets(action: str, limit: Limit, address: str) -> list[Bucket]:
    """Return the buckets of a visitor's address: one, or those of IPV6_NETWORKS."""
    try:
        ip = ip_address(address)
    except ValueError:  # a Unix socket
        return [make_bucket(action, limit, address)]
    if isinstance(ip, IPv6Address):
        if not ip.ipv4_mapped:
            return [_make_network_bucket(action, limit, ip, bits) for bits in IPV6_NETWORKS]
        ip = ip.ipv4_mapped
    return [make_bucket(action, limit, ip)]


def find_subscriber(address: str) -> str:
    """Return what one subscriber has: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        ip = ip_address(address)
    except ValueError:  # a Unix socket
        return address
    if isinstance(ip, IPv6Address):
        return str(ip.ipv4_mapped or ip_network((int(ip), 64), strict=False))
    return str(ip)


def _make_network_bucket(action: str, limit: Limit, ip: IPv6Address, bits: int) -> Bucket:
    # A zone index (%eth0) is of this server, not of the visitor.
    network = ip_network((int(ip), bits), strict=False)
    return make_bucket(action, Limit(limit.tries * IPV6_NETWORKS[bits], limit.seconds), network)


@dataclass(frozen=True)
class Ceiling:
    """A limit for all visitors together. Only failures are counted, each in one of its shards:
    a visitor who is refused by another limit cannot use it up for all."""

    action: str
    limit: Limit

    @property
    def shards(self) -> list[str]:
        return [f"{self.action} {number}" for number in range(SHARDS)]

    def shard(self) -> Bucket:
        """Return where to count a failure."""
        return Bucket(choice(self.shards), self.limit)  # noqa: S311 - spreads load


def count_attempt(
    buckets: Iterable[Bucket],
    ceiling: Ceiling | None = None,
    record: Callable[[CTE], CTE] | None = None,
    single_use_bucket: Bucket | None = None,
    amount: int = 1,
) -> float:
    """Count an attempt in all buckets; raise TooManyTries if one is full or ``ceiling`` is reached.

    Return which share of the limit is used up, of the bucket that is the fullest.

    single_use_bucket: counts the uses of something that is good for one. Raises UsedBefore if it
        was used. An attempt that is refused uses it up, too.
    record: makes a part of the same statement, such as an audit event, that follows another part:
        this one has a row if no bucket is full.
    amount: by how much the attempt counts, such as the characters of a text.

    One round trip, two if the attempt is refused. The rows are written in the order of their
    names, so that there are no deadlocks. An attempt whose answer is lost may count twice.
    """
    unique_buckets = sorted({*buckets, *((single_use_bucket,) if single_use_bucket else ())})
    statement = _count_and_total_statement(unique_buckets, ceiling, record, amount)
    counted = execute_write(statement, idempotent=True)
    limits = {each.name: each.limit for each in unique_buckets}
    _keep_limit_states(limits, counted)
    over = [row for row in counted if row.hits > limits[row.bucket].tries]
    if over:
        full = {row.bucket for row in over}
        # Else a stranger could use up the attempts of the owner of an account.
        return_attempt([each for each in unique_buckets if each.name not in full], amount)
        if single_use_bucket and full == {single_use_bucket.name}:
            raise UsedBefore
        seconds = max(1, ceil(max(row.wait for row in over).total_seconds()))
        raise TooManyTries(seconds, all(row.hits == limits[row.bucket].tries + 1 for row in over))
    if ceiling and counted[0].total >= ceiling.limit.tries:
        raise TooManyTries(ceiling.limit.seconds, first=False)
    counts = (
        row for row in counted if single_use_bucket is None or row.bucket != single_use_bucket.name
    )
    return max((row.hits / limits[row.bucket].tries for row in counts), default=0)


class LimitState(NamedTuple):
    """How much of a limit a request has left."""

    #: What is limited: ``code``.
    action: str
    limit: Limit
    remaining: int
    #: Seconds until all of it is there again.
    reset_s: int


def _keep_limit_states(limits: dict[str, Limit], counted: Iterable[Row[Any]]) -> None:
    """Keep the counts of a request, for the headers of the API (webapp/api/headers.py)."""
    if has_request_context():
        g.setdefault("rate_limit_states", []).extend(
            LimitState(
                row.bucket.partition(" ")[0],
                limits[row.bucket],
                max(0, limits[row.bucket].tries - row.hits),
                max(0, ceil(row.wait.total_seconds())),
            )
            for row in counted
        )


def return_attempt(buckets: Collection[Bucket], amount: int = 1) -> None:
    """Return an attempt that buckets have counted, because it succeeded or could not be made.

    amount: that of ``count_attempt``.
    """
    if buckets:
        execute_write(return_attempt_statement(buckets, amount), idempotent=True)


def _count_and_total_statement(
    buckets: list[Bucket],
    ceiling: Ceiling | None,
    record: Callable[[CTE], CTE] | None,
    amount: int,
) -> Select[Any]:
    """Return the query that counts: bucket, hits, wait; and ``total`` if there is a ceiling."""
    counted = count_attempt_statement(buckets, amount).cte("counted")
    query: Select[Any] = select(counted.c.bucket, counted.c.hits, counted.c.wait)
    if record:
        query = query.add_cte(record(_allowed_cte(counted, buckets)))
    return query.add_columns(_failures_subquery(ceiling).label("total")) if ceiling else query


def _allowed_cte(counted: CTE, buckets: list[Bucket]) -> CTE:
    """Return the part of a statement that has a row if an attempt is allowed."""
    is_over = or_(
        *(
            and_(counted.c.bucket == each.name, counted.c.hits > each.limit.tries)
            for each in buckets
        )
    )
    return select(literal(1).label("is_allowed")).where(~exists().where(is_over)).cte("allowed")


def _failures_subquery(ceiling: Ceiling) -> ScalarSelect[int]:
    rows = table(RateLimitCount).c
    return (
        select(func.coalesce(func.sum(rows.hits), 0))
        .where(
            rows.region == local_region(), rows.bucket.in_(ceiling.shards), rows.until > func.now()
        )
        .scalar_subquery()
    )


def is_full_condition(buckets: Iterable[Bucket]) -> ColumnElement[bool]:
    """Return the condition that one has no attempts left, as a part of another query."""
    rows = table(RateLimitCount).c
    is_full = [and_(rows.bucket == each.name, rows.hits >= each.limit.tries) for each in buckets]
    return exists().where(rows.region == local_region(), rows.until > func.now(), or_(*is_full))


def count_attempt_statement(
    buckets: list[Bucket], amount: int = 1
) -> ReturningInsert[tuple[str, int, timedelta]]:
    """Return the statement that counts an attempt in each bucket; it returns the new counts."""
    counts = table(RateLimitCount)
    rows = [
        select(
            literal(local_region(), counts.c.region.type),
            literal(each.name),
            literal(amount),
            func.now() + literal(timedelta(seconds=each.limit.seconds)),
        )
        for each in buckets
    ]
    # Not VALUES, because a statement with several rows of them is compiled anew each time.
    statement = insert(counts).from_select(["region", "bucket", "hits", "until"], union_all(*rows))
    stored, inserted = counts.c, statement.excluded
    is_over = stored.until <= func.now()
    return statement.on_conflict_do_update(
        index_elements=["region", "bucket"],
        set_={
            "hits": case((is_over, inserted.hits), else_=stored.hits + inserted.hits),
            "until": case((is_over, inserted.until), else_=stored.until),
        },
    ).returning(stored.bucket, stored.hits, (stored.until - func.now()).label("wait"))


def return_attempt_statement(
    buckets: Iterable[Bucket], amount: int = 1
) -> ReturningUpdate[tuple[str]]:
    """Return the statement of ``return_attempt``, for the statement that an attempt led to."""
    rows = table(RateLimitCount)
    names = sorted({each.name for each in buckets})
    return (
        update(rows)
        .where(rows.c.region == local_region(), rows.c.bucket.in_(names))
        .values(hits=func.greatest(rows.c.hits - amount, 0))
        .returning(rows.c.bucket)
    )
