"""What people read about subscriptions and their runs."""

from datetime import timedelta

from webapp.fleet.feed_subscriptions.enums import FeedHealth, RunResult
from webapp.fleet.feed_subscriptions.health import HEALTH_LEVELS, FeedFacts
from webapp.fleet.feed_subscriptions.models import FeedSubscription
from webapp.translations import find_label
from webapp.translations import lazy_gettext as _l

HEALTH_LABELS = {
    FeedHealth.UP_TO_DATE: _l("Up to date"),
    FeedHealth.NEW: _l("Waits for its first run"),
    FeedHealth.FAILING: _l("Failing"),
    FeedHealth.BROKEN: _l("Broken"),
    FeedHealth.PAUSED: _l("Paused"),
}

RESULT_LABELS = {
    RunResult.IMPORTED: _l("Imported"),
    RunResult.UNCHANGED: _l("Unchanged"),
    RunResult.FAILED: _l("Failed"),
    RunResult.REFUSED: _l("Refused"),
    RunResult.UNUSABLE: _l("No feed there"),
}


def health_label(subscription: FeedSubscription) -> str:
    """Return the text for how a subscription is."""
    return str(HEALTH_LABELS[FeedFacts.from_subscription(subscription).health])


def feed_level(subscription: FeedSubscription) -> str:
    """Return ``green``, ``amber`` or ``red``; '' if it is paused."""
    return HEALTH_LEVELS[FeedFacts.from_subscription(subscription).health] or ""


def feed_period(subscription: FeedSubscription) -> timedelta:
    """Return the time from one run to the next."""
    return timedelta(seconds=subscription.effective_period_s)


def result_label(result: str) -> str:
    """Return the text for the result of a run."""
    return find_label(RESULT_LABELS, result)
