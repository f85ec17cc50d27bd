"""``flask cities`` and ``flask regions``: where MovR is open, and where its data lives."""

import time
from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from babel.numbers import is_currency
from flask import current_app
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
)
from rich.table import Table

from webapp.cli import report_errors
from webapp.regions import catalogue, moving, placement
from webapp.regions.geography import is_position
from webapp.regions.labels import city_label
from webapp.regions.models import City
from webapp.regions.placement import RegionChange
from webapp.regions.regional_database import Job, RegionalDatabase
from webapp.translations import LANGUAGE_CODES


def find_city(name: str) -> City:
    """Return the city of that name for a command; raises ClickException."""
    city = catalogue.catalogue().find(name)
    if city is None:
        raise click.ClickException(f"There is no city {name!r}. Open it with 'flask cities add'.")
    return city


NO_REGIONS_TEXT = "PostgreSQL keeps everything in one place: there is nothing to place."


# --- cities -----------------------------------------------------------------------------------

cities = AppGroup("cities", help="The catalogue of cities.")


@cities.command("add")
@click.argument("name")
@click.option("--label", help="The name as people write it; by default NAME in title case.")
@click.option(
    "--label-in",
    "label_pairs",
    metavar="LANGUAGE=NAME",
    multiple=True,
    help="The name in a language, such as it=Roma; several times for several.",
)
@click.option("--region", help="Region of the database; by default this server's.")
@click.option("--timezone", default="UTC", show_default=True, help="IANA name: Europe/Berlin.")
@click.option("--currency", default="USD", show_default=True, help="ISO 4217: EUR.")
@click.option(
    "--lat", type=click.FloatRange(-90, 90), required=True, help="Latitude of the centre."
)
@click.option("--lon", type=click.FloatRange(-180, 180), required=True, help="Longitude.")
@report_errors
def add_city(
    name: str,
    label: str | None,
    label_pairs: tuple[str, ...],
    region: str | None,
    **columns: Any,
) -> None:
    """Open the city NAME."""
    # columns: timezone, currency, lat and lon, each of its own type (Any).
    name, columns["currency"] = " ".join(name.split()), columns["currency"].upper()
    _check_city(name, **columns)
    columns["labels"] = _read_labels(label_pairs)
    label = " ".join((label or "").split()) or (name.title() if name.islower() else name)
    region = region or str(current_app.config["REGION"])
    placement.check_region(region)
    is_new = catalogue.add_city(name=name, label=label, region=region, **columns)
    status = "is open" if is_new else "was open already, and stays as it is"
    click.echo(f"{label} {status}.")
    if is_new:
        delay_s = current_app.config["CITIES_MAX_AGE_S"]
        click.echo(f"Servers that are running show it within {delay_s:.0f} seconds.")


def _read_labels(pairs: tuple[str, ...]) -> dict[str, str]:
    """Return the names by language of pairs such as ``it=Roma``."""
    labels = {language: label.strip() for language, _, label in (p.partition("=") for p in pairs)}
    for language, label in labels.items():
        if language not in LANGUAGE_CODES or not 1 <= len(label) <= 64 or not label.isprintable():
            raise click.ClickException(
                "--label-in must be a language and a name of 1 to 64 characters, like it=Roma."
            )
    return labels


def _check_city(name: str, timezone: str, currency: str, lat: float, lon: float) -> None:
    if not 1 <= len(name) <= 64 or "/" in name or not name.isprintable():
        raise click.ClickException("NAME must have 1 to 64 characters and no slash.")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise click.ClickException(f"There is no time zone '{timezone}'.") from None
    if not is_currency(currency):
        raise click.ClickException(f"There is no currency '{currency}'; say EUR or USD.")
    if not is_position(lat, lon):
        raise click.ClickException("LAT and LON must be a position on the earth.")


@cities.command("list")
@report_errors
def list_cities() -> None:
    """Print all cities."""
    table = Table("name", "label", "region", "time zone", "currency", "centre")
    for city in catalogue.catalogue().all():
        centre = f"{city.lat:.4f}, {city.lon:.4f}"
        table.add_row(
            city.name, city_label(city), city.region, city.timezone, city.currency, centre
        )
    Console(width=160).print(table)


@cities.command("move")
@click.argument("name")
@click.option("--region", required=True, help="The new region of the city and its rows.")
@report_errors
def move_city(name: str, region: str) -> None:
    """Move the city NAME to another region, with its accounts, vehicles and rides.

    The city stays open: rides go on, and new rows are written to the new region at once. It ends
    by waiting for servers that still know the old region. Import no feed into the city and set
    no revenue share meanwhile; feed subscriptions wait by themselves. Run it again if it was
    interrupted.
    """
    city = find_city(name)
    placement.check_region(region)
    moving.set_city_region(city, region)
    moved = _move_rows(city.name, region)
    _wait_for_other_processes()
    moved += _move_rows(city.name, region)
    moved += moving.delete_copied_rows(city.name, region)
    counts = ", ".join(f"{moved[label]} {label}" for label in moving.list_city_tables())
    click.echo(f"{city_label(city)} lives in {region}. Moved: {counts}.")


def _move_rows(city_name: str, region: str) -> Counter[str]:
    """Move the rows that are not in the region yet; return how many of each kind."""
    moved: Counter[str] = Counter()
    moving.copy_rows(city_name, region)
    remaining = moving.find_remaining_rows(city_name, region)
    with _show_progress(MofNCompleteColumn()) as progress:
        bars = [
            progress.add_task(f"{part.label} from {part.region}", total=part.count)
            for part in remaining
        ]
        for part, bar in zip(remaining, bars, strict=True):
            for count in moving.move_remaining_rows(part, city_name, region):
                progress.advance(bar, count)
                moved[part.label] += count
    return moved


def _wait_for_other_processes() -> None:
    seconds = moving.find_catalogue_delay_s()
    text = f"Waiting {seconds:.0f} s for servers that still know the old region"
    with _show_progress() as progress:
        bar = progress.add_task(text, total=seconds)
        end = time.monotonic() + seconds
        while (remaining := end - time.monotonic()) > 0:
            progress.update(bar, completed=seconds - remaining)
            time.sleep(min(remaining, 0.5))


def _show_progress(*columns: ProgressColumn) -> Progress:
    """Return a progress display on stderr; nothing is displayed when that is no terminal."""
    console = Console(stderr=True)
    all_columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), *columns)
    return Progress(*all_columns, console=console, transient=True, disable=not console.is_terminal)


# --- regions ----------------------------------------------------------------------------------

regions_group = AppGroup("regions", help="The regions of the database.")


@regions_group.command("list")
@report_errors
def list_regions() -> None:
    """Print the regions with their cities."""
    if placement.has_regions():
        _list_database_regions()
    else:
        _list_catalogue_regions()


def _list_database_regions() -> None:
    regions, region_cities = _database().read_regions(), placement.group_cities_by_region()
    table = Table("region", "in the database", "cities")
    for name in dict.fromkeys(
        [*regions.cluster_regions, *regions.database_regions, *region_cities]
    ):
        status = "-"
        if name in regions.database_regions:
            status = "primary" if name == regions.primary else "yes"
        if name not in regions.cluster_regions:
            status += ", no node there"
        table.add_row(name, status, _join_labels(region_cities.get(name, [])))
    Console().print(table)
    if goal := regions.survival_goal:
        click.echo(f"The database '{regions.database}' survives the loss of a {goal}.")
    else:
        click.echo(f"The database '{regions.database}' has no regions: flask regions add NAME.")


def _list_catalogue_regions() -> None:
    region_cities = placement.group_cities_by_region()
    table = Table("region", "cities")
    for name in dict.fromkeys([current_app.config["REGION"], *region_cities]):
        table.add_row(name, _join_labels(region_cities.get(name, [])))
    Console().print(table)
    click.echo(NO_REGIONS_TEXT)


def _join_labels(cities: list[City]) -> str:
    return ", ".join(city_label(city) for city in cities)


@regions_group.command("add")
@click.argument("name")
@report_errors
def add_region(name: str) -> None:
    """Add the region NAME to the database. The first one becomes its primary region."""
    if not placement.REGION_NAME.fullmatch(name):
        raise click.ClickException("NAME must have 1 to 32 letters, digits and hyphens.")
    if not placement.has_regions():
        click.echo(f"{NO_REGIONS_TEXT} A region is there when a city lives in it.")
        return
    database = _database()
    _run_change(database, placement.plan_add(database.read_regions(), name))


@regions_group.command("drop")
@click.argument("name")
@report_errors
def drop_region(name: str) -> None:
    """Drop the region NAME from the database, once no city lives in it."""
    if not placement.has_regions():
        placement.check_no_cities(name)
        click.echo(f"{NO_REGIONS_TEXT} No city lives in '{name}'.")
        return
    database = _database()
    regions = database.read_regions()
    change = placement.plan_drop(regions, name)
    if name in regions.database_regions and name != regions.primary:
        moving.clear_region(name, regions.primary)
    _run_change(database, change)


@regions_group.command("survive")
@click.argument("goal", type=click.Choice(["zone", "region"]))
@report_errors
def survive(goal: str) -> None:
    """Choose what the database survives: the loss of a zone, or of a whole region.

    Surviving a region needs three, and each write waits for another region.
    """
    if not placement.has_regions():
        click.echo(NO_REGIONS_TEXT)
        return
    database = _database()
    _run_change(database, placement.plan_survive(database.read_regions(), goal))


def _database() -> RegionalDatabase:
    return RegionalDatabase(placement.make_maintenance_engine())


def _run_change(database: RegionalDatabase, change: RegionChange) -> None:
    """Run the statement under a progress bar. Ctrl-C stops the waiting, not the change."""
    if change.statement:
        click.echo(change.statement, err=True)
        with _show_progress() as progress:
            bar = progress.add_task("The database is working", total=None)

            def show_progress(jobs: list[Job]) -> None:
                if jobs:
                    done = sum(job.fraction_done for job in jobs) / len(jobs)
                    progress.update(bar, total=1, completed=done, description=jobs[0].description)

            database.change(change.statement, show_progress)
    click.echo(change.message)
