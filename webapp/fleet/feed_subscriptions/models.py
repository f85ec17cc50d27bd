"""The tables of feed subscriptions and of their runs."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import RowKey, parent_foreign_key
from webapp.db.types import MOVES_WITH_CITY, REGIONAL_BY_ROW, Region, one_of, table
from webapp.extensions import Base
from webapp.fleet.feed_subscriptions.enums import RunResult
from webapp.fleet.models import MAX_FEED_ID_LENGTH, MAX_SOURCE_LENGTH, Vehicle

#: The longest reason that is stored, characters.
MAX_PROBLEM_LENGTH = 500


def find_effective_period_s(period_s: int, ttl_s: int) -> int:
    """Return the time from one run to the next, seconds: a feed is not read more often than its
    ``ttl`` says."""
    return max(period_s, ttl_s)


class FeedSubscription(Base):
    """A feed that workers import into a city again and again."""

    __tablename__ = "feed_subscriptions"
    __table_args__ = (
        #: A city has a feed once.
        UniqueConstraint("region", "city", "digest", name="uq_feed_subscriptions_feed"),
        CheckConstraint(one_of("last_result", RunResult), name="last_result"),
        #: Those whose next run is due.
        Index(
            "ix_feed_subscriptions_due",
            "region",
            "due_at",
            postgresql_where=text("paused_at IS NULL"),
        ),
        #: The list of a city.
        Index("ix_feed_subscriptions_city", "region", "city", "created_at", "id"),
        {"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "feed subscriptions"}},
    )

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Also part of the keys with which ``access`` and ``versions`` are encrypted.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: City of its vehicles.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: Host and path of its URL, as people see it; ``feed_source`` of its vehicles.
    source: Mapped[str] = mapped_column(String(MAX_SOURCE_LENGTH))
    #: SHA-256 of its URL without the values of keys, hexadecimal.
    digest: Mapped[str] = mapped_column(String(64))
    #: Its URL, with the headers and keys that its site receives; encrypted (FeedAccess).
    access: Mapped[str] = mapped_column(Text)
    #: Whether it may be fetched from private addresses.
    allows_private: Mapped[bool] = mapped_column(server_default=text("false"))
    #: What vehicles are whose type the feed does not state: the name of a type.
    default_type: Mapped[str | None] = mapped_column(String(20))
    #: The time from the start of a run to that of the next one, seconds.
    period_s: Mapped[int] = mapped_column(BigInteger)
    #: When it was added.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: When its next run is due.
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: The run that is due or under way: the id of its job. NULL: none.
    run_id: Mapped[UUID | None] = mapped_column(Uuid())
    #: Until then no other run begins; after it, that run counts as lost.
    run_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Since when it is paused. NULL: it is not.
    paused_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: How many runs in a row were not good.
    failures: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: When the last run ended.
    last_run_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When the last good run ended.
    last_success_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: What came of the last run: a RunResult. NULL: there was none.
    last_result: Mapped[str | None] = mapped_column(String(16))
    #: Why the last run was not good; ``''``: it was.
    problem: Mapped[str] = mapped_column(String(MAX_PROBLEM_LENGTH), server_default="")
    #: The GBFS system that was imported last.
    system: Mapped[str | None] = mapped_column(String(MAX_FEED_ID_LENGTH))
    #: How many usable vehicles the feed had then.
    vehicle_count: Mapped[int | None] = mapped_column(BigInteger)
    #: GBFS ``ttl`` of its vehicles then, seconds: the feed is not read more often.
    ttl_s: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: The versions of its files then (FileVersion), encrypted: their URLs may have keys.
    versions: Mapped[str | None] = mapped_column(Text)
    #: When it was read whole last.
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)

    @property
    def effective_period_s(self) -> int:
        """The time from one run to the next, seconds."""
        return find_effective_period_s(self.period_s, self.ttl_s)


#: Subscriptions move after the vehicles of their city: no run imports until then (runs.py).
table(FeedSubscription).add_is_dependent_on(table(Vehicle))


class FeedRun(Base):
    """A run of a subscription that has ended. ``flask sweep`` deletes old ones."""

    __tablename__ = "feed_runs"
    __table_args__ = (
        parent_foreign_key("feed_subscriptions", "subscription_id"),
        CheckConstraint(one_of("result", RunResult), name="result"),
        #: The runs of a subscription, newest first.
        Index("ix_feed_runs_subscription", "region", "subscription_id", "ended_at", "id"),
        #: ``flask sweep`` deletes old ones.
        Index("ix_feed_runs_ended", "region", "ended_at"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the subscription.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: ``run_id`` of the subscription, while it ran.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The subscription; the runs are deleted with it.
    subscription_id: Mapped[UUID] = mapped_column(Uuid())
    #: When it ended.
    ended_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: How long it took, milliseconds.
    duration_ms: Mapped[int] = mapped_column(BigInteger)
    #: A RunResult.
    result: Mapped[str] = mapped_column(String(16))
    #: Why it was not good; ``''``: it was.
    problem: Mapped[str] = mapped_column(String(MAX_PROBLEM_LENGTH), server_default="")
    #: How many vehicles were added to the city.
    new_count: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: How many were in the feed again.
    updated_count: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: How many became missing: the feed names them no more.
    missing_count: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: How many vehicles of the feed could not be used.
    skipped_count: Mapped[int] = mapped_column(BigInteger, server_default="0")
