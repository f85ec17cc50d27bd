"""The demo: the tutorial's nine cities with an invented fleet, for a first look at MovR."""

from webapp.ops.demo.cli import demo, load_with_progress
from webapp.ops.demo.services import RegionMissing, password_that_works

__all__ = ["RegionMissing", "demo", "load_with_progress", "password_that_works"]
