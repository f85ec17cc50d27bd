"""``flask fleet replay-check``: do the events of vehicles explain their states?"""

import click
from flask.cli import with_appcontext

from webapp.cli import report_errors
from webapp.fleet.vehicle_events.replay import ReplayCounts, record_unrecorded_states, replay_region
from webapp.regions.catalogue import list_city_regions

#: Vehicles that are named; the others are counted.
MAX_NAMED = 20


@click.command("replay-check")
@click.option(
    "--repair", is_flag=True, help="First write an event for each state that no event explains."
)
@with_appcontext
@report_errors
def replay_check(repair: bool) -> None:
    """Replay the events of all vehicles, and compare the outcome with their states."""
    vehicles = events = problems = 0
    for region in list_city_regions():
        if repair and (count := record_unrecorded_states(region)):
            click.echo(f"{region}: {count} states recorded")
        for result in replay_region(region):
            if isinstance(result, ReplayCounts):
                vehicles, events = vehicles + result.vehicles, events + result.events
                continue
            problems += 1
            if problems <= MAX_NAMED:
                click.echo(f"{result.vehicle_key}: {result.problem}", err=True)
    click.echo(f"{vehicles} vehicles, {events} events replayed")
    if problems:
        raise click.ClickException(f"{problems} vehicles are not explained by their events.")
