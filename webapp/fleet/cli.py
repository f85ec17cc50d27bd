"""The fleet from the command line."""

import click
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import track

from webapp.cli import plain_errors
from webapp.fleet.gbfs import Feed, printable, read_feed
from webapp.fleet.services.places import MAX_CITY_DISTANCE_M
from webapp.fleet.vehicle_import import (
    VehicleImportResult,
    check_source,
    has_distant_vehicles,
    mark_missing_vehicles,
    record_import,
    skip_distant_vehicles,
    split_batches,
    take_over_system,
    write_batch,
)
from webapp.regions.cli import find_city
from webapp.regions.models import City
from webapp.web.fetching import Fetcher

#: How many ids of skipped vehicles are printed for each reason.
MAX_EXAMPLES = 3

commands = AppGroup("fleet", help="The vehicles.")


@commands.command("import-gbfs")
@click.argument("source", metavar="PATH_OR_URL")
@click.option("--city", "name", metavar="NAME", required=True, help="Where the vehicles stand.")
@click.option("--allow-private", is_flag=True, help="Fetch from private addresses, too.")
@click.option("--take-over", is_flag=True, help="The system's vehicles came from another feed.")
@plain_errors
def import_gbfs(source: str, name: str, allow_private: bool, take_over: bool) -> None:
    """Import the vehicles of an operator's GBFS feed, version 2 or 3.

    PATH_OR_URL is a gbfs.json, the folder that holds one, or a vehicle file alone. Run it again to
    update: vehicles that are not in the feed any more become missing, and those that are
    reserved or on a trip are left alone.

    A feed changes the vehicles that came from it, and no others: that of another file or URL which
    names the same system is refused without --take-over.
    """
    city = find_city(name)
    fetcher = Fetcher(allows_private=allow_private)
    feed = skip_distant_vehicles(city, read_feed(source, fetcher))
    if take_over:
        take_over_system(city, feed)
    check_source(city, feed)
    result = _write_vehicles(city, feed)
    record_import(city, feed.system, result)
    missing = mark_missing_vehicles(city, feed)
    _print_result(city, feed, result, missing)


def _write_vehicles(city: City, feed: Feed) -> VehicleImportResult:
    console, result = Console(stderr=True), VehicleImportResult()
    for batch in track(
        split_batches(feed.vehicles), "Importing", console=console, disable=not console.is_terminal
    ):
        result += write_batch(city, feed, batch)
    return result


def _print_result(city: City, feed: Feed, result: VehicleImportResult, missing: int) -> None:
    click.echo(f"Feed {printable(feed.system)} in {city.label}:")
    if not feed.vehicles and not feed.skipped:
        click.echo("  The feed has no vehicles.")
    else:
        click.echo(f"  {result.new} new, {result.updated} updated", nl=not result.left_alone)
    if result.left_alone:
        click.echo(f", {result.left_alone} left alone (in use, or removed here)")
    if missing:
        click.echo(f"  {missing} missing: the feed does not name them any more")
    if has_distant_vehicles(city, feed):
        far = f"{MAX_CITY_DISTANCE_M // 1000} km"
        click.echo(f"  All stand more than {far} from {city.label}: is it the right city?")
    for reason, ids in feed.skipped.items():
        more = ", ..." if len(ids) > MAX_EXAMPLES else ""
        click.echo(f"  {len(ids)} skipped: {reason} ({', '.join(ids[:MAX_EXAMPLES])}{more})")
