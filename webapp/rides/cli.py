"""Rides from the command line."""

from pathlib import Path

import click
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import track

from webapp.cli import plain_errors
from webapp.fleet.gbfs import shown
from webapp.money import format_amount as amount
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City
from webapp.rides.services import reminders
from webapp.rides.trip_import import services as replay
from webapp.rides.trip_import.services import Tally
from webapp.rides.trip_import.trip_files import Log, read_log

commands = AppGroup("rides", help="The rides.")
#: How a ride ended, as the report says it.
ENDED = {
    "allowed": "ended where rides may end",
    "fee": "ended where that costs a fee",
    "forbidden": "ended where ours could not",
}


@commands.command("remind")
@plain_errors
def remind() -> None:
    """Mail riders whose ride has lasted long. Meant for every few minutes; each ride once."""
    click.echo(f"{reminders.remind_all()} reminded")


@commands.command("replay")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--city", "name", metavar="NAME", required=True, help="Where the trips took place.")
@click.option(
    "--rider", metavar="USERNAME", help="Whose rides they become. Without: a closed account's."
)
@plain_errors
def replay_(file: Path, name: str, rider: str | None) -> None:
    """Ride the trips of a file again, as rides that have ended: to try prices, zones and reports.

    FILE is a CSV with the columns of Louisville's Dockless Open Data. What is there already stays
    as it is, so running it again changes nothing. The vehicles are made for it, and so is an
    account that nobody can enter, unless --rider names one; it is charged for the rides.
    """
    city = catalogue().find(name)
    if city is None:
        raise click.ClickException(f"There is no city {name!r}. Open it with 'flask cities add'.")
    log = read_log(file, city)
    _report(file, city, log, _write(city, log, rider))


def _write(city: City, log: Log, rider: str | None) -> Tally:
    stage = replay.set_stage(city, log, rider)
    rides = replay.ride_again(stage, log.trips)
    places, tally, console = replay.last_places(rides), Tally(), Console(stderr=True)
    for batch in track(
        replay.batches(rides), "Riding", console=console, disable=not console.is_terminal
    ):
        replay.write_batch(stage, batch, places, tally)
    return tally


def _report(file: Path, city: City, log: Log, tally: Tally) -> None:
    minutes = int(tally.length.total_seconds()) // 60
    click.echo(f"Trips of {shown(file.name)} in {city.label}:")
    click.echo(f"  {tally.rides} new rides, {tally.known} known already")
    if tally.rides:
        money = ", ".join(amount(total, currency) for currency, total in tally.money.items())
        click.echo(f"  {minutes:,} minutes, {tally.metres / 1000:,.1f} km, {money}")
    for how, words in ENDED.items():
        zones = {zone: n for (said, zone), n in tally.parked.most_common() if said == how}
        if zones:
            named = ", ".join(f"{shown(zone)}: {n}" for zone, n in zones.items() if zone)
            click.echo(f"  {sum(zones.values())} {words}" + (f" ({named})" if named else ""))
    for reason, number in log.skipped.most_common():
        click.echo(f"  {number} skipped: {reason}")
