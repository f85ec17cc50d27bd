"""GBFS, the General Bikeshare Feed Specification: reading the feeds of other operators."""

from webapp.fleet.gbfs.documents import FeedUnreadable, printable
from webapp.fleet.gbfs.feed import Feed, read_feed
from webapp.fleet.gbfs.positions import Position
from webapp.fleet.gbfs.vehicles import FeedVehicle, SkippedVehicle

__all__ = [
    "Feed",
    "FeedUnreadable",
    "FeedVehicle",
    "Position",
    "SkippedVehicle",
    "printable",
    "read_feed",
]
