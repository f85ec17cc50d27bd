"""The number of rides that are running now, for /metrics."""

from collections.abc import Mapping

from sqlalchemy import func, select

from webapp.db.types import table
from webapp.extensions import db
from webapp.observability.metrics import GaugeReader
from webapp.regions.catalogue import local_region
from webapp.rides.models import OpenRide


def count_running_rides() -> Mapping[str, float]:
    """Return how many rides run in the region of this server: its servers ask no other."""
    open_rides = table(OpenRide).c
    region = local_region()
    query = select(func.count()).select_from(table(OpenRide)).where(open_rides.region == region)
    return {region: db.session.scalar(query) or 0}


def rides_running_reader() -> GaugeReader:
    """Return the metric ``movr_rides_running``."""
    documentation = "Rides that run in a region; each of its servers tells the same number."
    return GaugeReader("movr_rides_running", documentation, "region", count_running_rides)
