"""Commands about rides: ``flask rides``."""

from pathlib import Path

import click
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import track

from webapp.cli import report_errors, show_text
from webapp.money import format_amount
from webapp.regions.cli import find_city
from webapp.regions.labels import city_label
from webapp.regions.models import City
from webapp.rides.services import long_rides, overdue
from webapp.rides.trip_import import services
from webapp.rides.trip_import.conversion import convert_trips
from webapp.rides.trip_import.enums import ParkingOutcome
from webapp.rides.trip_import.services import TripImportResult
from webapp.rides.trip_import.trip_files import TripFile, read_trip_file

#: How the report of an import says where rides ended.
PARKING_LABELS = {
    ParkingOutcome.ALLOWED: "ended where rides may end",
    ParkingOutcome.FEE: "ended where that costs a fee",
    ParkingOutcome.FORBIDDEN: "ended where rides may not end",
}

commands = AppGroup("rides", help="Remind riders of long rides, and import trips.")


@commands.command("remind")
@report_errors
def remind() -> None:
    """Ask riders of long rides by mail whether they have ended, each ride once.

    Staff get one mail about rides that have lasted RIDE_MAX_S, whose price no longer grows.
    Workers do it every five minutes. RIDE_REMIND_S says how long a ride is long.
    """
    click.echo(f"{long_rides.ask_riders()} reminded")
    if number := overdue.report_all():
        click.echo(f"{number} reported to staff")


@commands.command("import-trips")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--city", "city_name", metavar="NAME", required=True, help="City of the trips.")
@click.option(
    "--rider",
    "username",
    metavar="USERNAME",
    help="Account that becomes the rider. Default: a closed account made for this.",
)
@report_errors
def import_trips(file: Path, city_name: str, username: str | None) -> None:
    """Import trips of a file as ended rides, to try prices, zones and reports with real data.

    FILE is a CSV with the columns of Louisville's Dockless Open Data. Trips that were imported
    before are skipped, so running it again changes nothing. Vehicles are added for the rides, and
    the rider's account is charged.
    """
    city = find_city(city_name)
    trip_file = read_trip_file(file, city)
    _report(file, city, trip_file, _write(city, trip_file, username))


def _write(city: City, trip_file: TripFile, username: str | None) -> TripImportResult:
    trip_import = services.prepare_import(city, trip_file, username)
    rides = convert_trips(trip_import, trip_file.trips)
    places, result = services.last_places(rides), TripImportResult()
    console = Console(stderr=True)
    batches = services.split_batches(rides)
    for batch in track(batches, "Importing", console=console, disable=not console.is_terminal):
        services.write_batch(trip_import, batch, places, result)
    return result


def _report(file: Path, city: City, trip_file: TripFile, result: TripImportResult) -> None:
    minutes = int(result.duration.total_seconds()) // 60
    click.echo(f"Trips of {show_text(file.name)} in {city_label(city)}:")
    click.echo(f"  {result.rides} new rides, {result.existing} known already")
    if result.rides:
        amounts = [format_amount(total, currency) for currency, total in result.money.items()]
        click.echo(
            f"  {minutes:,} minutes, {result.distance_m / 1000:,.1f} km, {', '.join(amounts)}"
        )
    for outcome, label in PARKING_LABELS.items():
        zones = {z: n for (parking, z), n in result.parking.most_common() if parking == outcome}
        if zones:
            names = ", ".join(f"{show_text(zone)}: {n}" for zone, n in zones.items() if zone)
            click.echo(f"  {sum(zones.values())} {label}" + (f" ({names})" if names else ""))
    for reason, number in trip_file.skipped.most_common():
        click.echo(f"  {number} skipped: {reason}")
