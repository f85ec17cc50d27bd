"""The demo: the tutorial's nine cities with an invented fleet, for a first look at MovR."""

from webapp.ops.demo.cli import demo, load_with_progress
from webapp.ops.demo.services import RegionMissing, find_working_password

__all__ = ["RegionMissing", "demo", "find_working_password", "load_with_progress"]
