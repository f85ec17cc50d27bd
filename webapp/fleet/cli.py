"""The fleet from the command line."""

import click
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import track

from webapp.cli import plain_errors
from webapp.fleet.gbfs import Feed, read_feed, shown
from webapp.fleet.gbfs.vehicle_import import (
    Tally,
    batches,
    is_far_away,
    mark_missing,
    without_strays,
    write_batch,
    write_down,
)
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City

#: How many ids the report names for each reason.
EXAMPLES = 3

commands = AppGroup("fleet", help="The vehicles.")


@commands.command("import-gbfs")
@click.argument("source", metavar="PATH_OR_URL")
@click.option("--city", "name", metavar="NAME", required=True, help="Where the vehicles stand.")
@plain_errors
def import_gbfs(source: str, name: str) -> None:
    """Take in the vehicles of any operator's GBFS feed, version 2 or 3.

    PATH_OR_URL is a gbfs.json, the folder that holds one, or a vehicle file alone. Run it again to
    update: vehicles that the feed does not name any more become missing, and those that are
    reserved or on a trip are left alone.
    """
    city = catalogue().find(name)
    if city is None:
        raise click.ClickException(f"There is no city {name!r}. Open it with 'flask cities add'.")
    feed = without_strays(city, read_feed(source))
    tally = _write(city, feed)
    write_down(city, feed.system, tally)
    _report(city, feed, tally, mark_missing(city, feed))


def _write(city: City, feed: Feed) -> Tally:
    console, tally = Console(stderr=True), Tally()
    for batch in track(
        batches(feed.vehicles), "Importing", console=console, disable=not console.is_terminal
    ):
        tally += write_batch(city, feed.system, batch)
    return tally


def _report(city: City, feed: Feed, tally: Tally, missing: int) -> None:
    click.echo(f"Feed {shown(feed.system)} in {city.label}:")
    if not feed.vehicles and not feed.skipped:
        click.echo("  The feed has no vehicles.")
    else:
        click.echo(f"  {tally.new} new, {tally.updated} updated", nl=not tally.left_alone)
    if tally.left_alone:
        click.echo(f", {tally.left_alone} left alone (in use, or removed here)")
    if missing:
        click.echo(f"  {missing} missing: the feed does not name them any more")
    if is_far_away(city, feed):
        click.echo(f"  All stand more than 100 km from {city.label}: is it the right city?")
    for reason, ids in feed.skipped.items():
        more = ", ..." if len(ids) > EXAMPLES else ""
        click.echo(f"  {len(ids)} skipped: {reason} ({', '.join(ids[:EXAMPLES])}{more})")
