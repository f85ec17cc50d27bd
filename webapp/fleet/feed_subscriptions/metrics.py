"""How many feed subscriptions are how, for /metrics."""

from collections import Counter
from collections.abc import Mapping

from webapp.extensions import db
from webapp.fleet.feed_subscriptions.enums import FeedHealth
from webapp.fleet.feed_subscriptions.queries import feed_facts_query, read_feed_facts
from webapp.observability.metrics import GaugeReader
from webapp.regions.catalogue import local_region


def count_feeds() -> Mapping[str, float]:
    """Return how many subscriptions of this server's region are how: its servers ask no other."""
    rows = db.session.execute(feed_facts_query(local_region()))
    counts = Counter(read_feed_facts(row).health for row in rows)
    return {health.value: counts[health] for health in FeedHealth}


def feeds_reader() -> GaugeReader:
    """Return the metric ``movr_feeds``."""
    documentation = "Feed subscriptions by how they are. Each server of a region tells the same."
    return GaugeReader("movr_feeds", documentation, "health", count_feeds)
