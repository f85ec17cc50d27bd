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
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from webapp.cli import plain_errors
from webapp.regions import catalogue, moving, placement
from webapp.regions.geography import is_position
from webapp.regions.models import City
from webapp.regions.placement import Job, Plan, RegionalDatabase

NOTHING_TO_PLACE = "PostgreSQL keeps everything in one place: there is nothing to place."


# --- cities -----------------------------------------------------------------------------------

cities = AppGroup("cities", help="The catalogue of cities.")


@cities.command("add")
@click.argument("name")
@click.option("--label", help="The name as people write it; by default NAME in title case.")
@click.option("--region", help="Region of the database; by default this server's.")
@click.option("--timezone", default="UTC", show_default=True, help="IANA name: Europe/Berlin.")
@click.option("--currency", default="USD", show_default=True, help="ISO 4217: EUR.")
@click.option(
    "--lat", type=click.FloatRange(-90, 90), required=True, help="Latitude of the centre."
)
@click.option("--lon", type=click.FloatRange(-180, 180), required=True, help="Longitude.")
@plain_errors
def add_city(name: str, label: str | None, region: str | None, timezone: str, **rest: Any) -> None:
    """Open the city NAME."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 64 or "/" in name:
        raise click.ClickException("NAME must have 1 to 64 characters and no slash.")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise click.ClickException(f"There is no time zone '{timezone}'.") from None
    rest["currency"] = rest["currency"].upper()
    if not is_currency(rest["currency"]):
        raise click.ClickException(f"There is no currency '{rest['currency']}'; say EUR or USD.")
    if not is_position(rest["lat"], rest["lon"]):
        raise click.ClickException("LAT and LON must be a position on the earth.")
    columns = {
        "name": name,
        "label": label or (name.title() if name.islower() else name),
        "region": region or current_app.config["REGION"],
        "timezone": timezone,
        **rest,
    }
    placement.check_region(columns["region"])
    added = catalogue.add_city(**columns)
    what = "is open" if added else "was open already, and stays as it is"
    click.echo(f"{columns['label']} {what}.")


@cities.command("list")
@plain_errors
def list_cities() -> None:
    """Print all cities."""
    table = Table("name", "label", "region", "time zone", "currency", "centre")
    for city in catalogue.catalogue().all():
        centre = f"{city.lat:.4f}, {city.lon:.4f}"
        table.add_row(city.name, city.label, city.region, city.timezone, city.currency, centre)
    Console(width=160).print(table)


@cities.command("move")
@click.argument("name")
@click.option("--region", required=True, help="Where the city and all that lives in it shall go.")
@plain_errors
def move_city(name: str, region: str) -> None:
    """Move the city NAME to another region, with its accounts, vehicles and rides.

    The city stays open: rides go on, and new rows are written to the new region at once. It ends
    by waiting for servers that still know the old region. Import no feed into the city meanwhile.
    Run it again if it was interrupted.
    """
    city = moving.find_city(name)
    placement.check_region(region)
    moving.set_city_region(city, region)
    moved = _move_rows(city.name, region)
    _wait_for_other_processes()
    moved += _move_rows(city.name, region)
    done = ", ".join(f"{moved[label]} {label}" for label in moving.tables_of_cities())
    click.echo(f"{city.label} lives in {region}. Moved: {done}.")


def _move_rows(city_name: str, region: str) -> Counter[str]:
    """Move what is not in the region yet; return how many rows of each kind."""
    moved: Counter[str] = Counter()
    remaining = moving.find_remaining_rows(city_name, region)
    with _progress(MofNCompleteColumn()) as progress:
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
    seconds = moving.notice_s()
    text = f"Waiting {seconds:.0f} s for servers that still know the old region"
    with _progress() as progress:
        bar = progress.add_task(text, total=seconds)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            progress.update(bar, completed=seconds - left)
            time.sleep(min(left, 0.5))


def _progress(*columns: Any) -> Progress:
    """Return a display on stderr; a log gets none."""
    console = Console(stderr=True)
    shown = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), *columns)
    return Progress(*shown, console=console, transient=True, disable=not console.is_terminal)


# --- regions ----------------------------------------------------------------------------------

regions_group = AppGroup("regions", help="The regions of the database.")


@regions_group.command("list")
@plain_errors
def list_regions() -> None:
    """Print the regions with their cities."""
    if placement.is_placed():
        _list_placed()
    else:
        _list_catalogued()


def _list_placed() -> None:
    found, homes = _database().look(), placement.cities_by_region()
    table = Table("region", "in the database", "cities")
    for name in dict.fromkeys([*found.of_cluster, *found.of_database, *homes]):
        inside = "primary" if name == found.primary else "yes" if name in found.of_database else "-"
        if name not in found.of_cluster:
            inside += ", no node there"
        table.add_row(name, inside, _labels(homes.get(name, [])))
    Console().print(table)
    if found.survives:
        click.echo(f"The database '{found.database}' survives the loss of a {found.survives}.")
    else:
        click.echo(f"The database '{found.database}' has no regions: flask regions add NAME.")


def _list_catalogued() -> None:
    homes = placement.cities_by_region()
    table = Table("region", "cities")
    for name in dict.fromkeys([current_app.config["REGION"], *homes]):
        table.add_row(name, _labels(homes.get(name, [])))
    Console().print(table)
    click.echo(NOTHING_TO_PLACE)


def _labels(found: list[City]) -> str:
    return ", ".join(city.label for city in found)


@regions_group.command("add")
@click.argument("name")
@plain_errors
def add_region(name: str) -> None:
    """Add the region NAME to the database. The first one becomes its primary region."""
    if not placement.NAME.fullmatch(name):
        raise click.ClickException("NAME must have 1 to 32 letters, digits and hyphens.")
    if not placement.is_placed():
        click.echo(f"{NOTHING_TO_PLACE} A region is there when a city lives in it.")
        return
    database = _database()
    _carry_out(database, placement.plan_add(database.look(), name))


@regions_group.command("drop")
@click.argument("name")
@plain_errors
def drop_region(name: str) -> None:
    """Drop the region NAME from the database, once no city lives in it."""
    if not placement.is_placed():
        placement.check_empty(name)
        click.echo(f"{NOTHING_TO_PLACE} No city lives in '{name}'.")
        return
    database = _database()
    found = database.look()
    plan = placement.plan_drop(found, name)
    if name in found.of_database and name != found.primary:
        moving.clear_region(name, found.primary)
    _carry_out(database, plan)


@regions_group.command("survive")
@click.argument("goal", type=click.Choice(["zone", "region"]))
@plain_errors
def survive(goal: str) -> None:
    """Choose what the database survives: the loss of a zone, or of a whole region.

    Surviving a region needs three, and each write waits for another region.
    """
    if not placement.is_placed():
        click.echo(NOTHING_TO_PLACE)
        return
    database = _database()
    _carry_out(database, placement.plan_survive(database.look(), goal))


def _database() -> RegionalDatabase:
    return RegionalDatabase(placement.maintenance_engine())


def _carry_out(database: RegionalDatabase, plan: Plan) -> None:
    """Run the planned statement under a progress bar. Ctrl-C stops the waiting, not the change."""
    statement, told = plan
    if statement:
        click.echo(statement, err=True)
        with _progress() as progress:
            bar = progress.add_task("The database is working", total=None)

            def watch(jobs: list[Job]) -> None:
                if jobs:
                    done = sum(job.done for job in jobs) / len(jobs)
                    progress.update(bar, total=1, completed=done, description=jobs[0].description)

            database.change(statement, watch)
    click.echo(told)
