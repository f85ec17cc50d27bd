"""Commands about numbers: ``flask numbers``."""

from datetime import UTC, datetime, timedelta

import click
from flask.cli import AppGroup

from webapp.cli import report_errors
from webapp.numbers import services
from webapp.numbers.enums import Period
from webapp.numbers.periods import find_start
from webapp.numbers.places.services import recompute_places
from webapp.numbers.retention.services import recompute_cohorts
from webapp.numbers.unmet_demand.services import recompute_unmet_demand
from webapp.numbers.usage.first_rides import recompute_first_rides
from webapp.regions.cli import find_city
from webapp.regions.labels import city_label

commands = AppGroup("numbers", help="Sums of rides and events.")


@commands.command("recompute")
@click.option("--city", "city_name", metavar="NAME", required=True, help="Which city.")
@click.option(
    "--days", type=click.IntRange(min=1), default=7, show_default=True, help="How far back."
)
@report_errors
def recompute(city_name: str, days: int) -> None:
    """Compute the numbers of a city again from its rides and events.

    Workers do it every quarter of an hour for what is new. This is for rides that were imported,
    after a mistake in the data was mended, and after the city has changed its time zone. Days whose
    events are compacted (SWEEP_AFTER_DAYS["vehicle_events"]) stay as they are. Months are counted
    again as a whole; riders whose account was deleted since are no longer in the retention.
    """
    city, now = find_city(city_name), datetime.now(UTC)
    first = services.recompute(city, now - timedelta(days=days))
    recompute_cohorts(city, first, now)
    recompute_places(city, first, now)
    recompute_unmet_demand(city, first, now)
    recompute_first_rides(city, first, find_start(Period.DAY, now, city.zone))
    click.echo(f"{city_label(city)}: computed again from {first.astimezone(city.zone):%Y-%m-%d} on")
