"""The demo: the tutorial's nine cities with an invented fleet, for a first look at MovR."""

from webapp.ops.demo.cli import demo, load_with_progress
from webapp.ops.demo.logins import describe_logins, describe_missing, find_logins
from webapp.ops.demo.services import RegionMissing

__all__ = [
    "RegionMissing",
    "demo",
    "describe_logins",
    "describe_missing",
    "find_logins",
    "load_with_progress",
]
