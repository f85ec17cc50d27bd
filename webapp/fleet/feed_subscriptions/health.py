"""How a subscription is, from its last runs."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from webapp.fleet.feed_subscriptions.enums import FeedHealth, RunResult
from webapp.fleet.feed_subscriptions.models import FeedSubscription, find_effective_period_s
from webapp.hooks import StatusLevel

#: Without a good run for so long, or for so many periods, the vehicles are old.
OLD_AFTER, OLD_AFTER_PERIODS = timedelta(hours=1), 3

HEALTH_LEVELS: dict[FeedHealth, StatusLevel | None] = {
    FeedHealth.UP_TO_DATE: StatusLevel.GREEN,
    FeedHealth.NEW: StatusLevel.GREEN,
    FeedHealth.FAILING: StatusLevel.AMBER,
    FeedHealth.BROKEN: StatusLevel.RED,
    FeedHealth.PAUSED: None,
}


class FeedFacts(NamedTuple):
    """What the health of a subscription follows from: columns of FeedSubscription."""

    created_at: datetime
    paused_at: datetime | None
    last_success_at: datetime | None
    last_result: str | None
    failures: int
    period_s: int
    ttl_s: int

    @classmethod
    def from_subscription(cls, subscription: FeedSubscription) -> Self:
        return cls._make(getattr(subscription, name) for name in cls._fields)

    @property
    def health(self) -> FeedHealth:
        if self.paused_at:
            return FeedHealth.PAUSED
        if self.last_result == RunResult.UNUSABLE or self._is_old():
            return FeedHealth.BROKEN
        if self.failures:
            return FeedHealth.FAILING
        return FeedHealth.UP_TO_DATE if self.last_success_at else FeedHealth.NEW

    def _is_old(self) -> bool:
        period = timedelta(seconds=find_effective_period_s(self.period_s, self.ttl_s))
        age = datetime.now(UTC) - (self.last_success_at or self.created_at)
        return age > max(OLD_AFTER, OLD_AFTER_PERIODS * period)
