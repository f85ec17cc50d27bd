"""``flask demo``."""

from datetime import UTC, datetime
from time import monotonic

import click
from click.core import ParameterSource
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import track

from webapp.cli import report_errors
from webapp.fleet.models import Vehicle
from webapp.ops.demo.cities import CITIES, DemoCity
from webapp.ops.demo.logins import describe_logins, find_logins
from webapp.ops.demo.scaled_fleet.options import DEFAULT_DAYS, DEFAULT_SEED, FleetOptions, Scale
from webapp.ops.demo.scaled_fleet.services import RowCounts, load_fleet
from webapp.ops.demo.services import load_demo
from webapp.rides.models import Ride


@click.command("demo")
@click.option(
    "--scale",
    type=click.Choice([scale.value for scale in Scale]),
    help="One city with 50, 2,000 or 50,000 vehicles and months of rides.",
)
@click.option(
    "--city",
    type=click.Choice([city.name for city in CITIES]),
    default=CITIES[0].name,
    show_default=True,
    help="With --scale: the city that gets the fleet.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 730),
    default=DEFAULT_DAYS,
    show_default=True,
    help="With --scale: how far the rides go back.",
)
@click.option(
    "--seed",
    default=DEFAULT_SEED,
    show_default=True,
    help="With --scale: another number makes another fleet.",
)
@click.option(
    "--now",
    type=click.DateTime(),
    help="With --scale: the time, in UTC, that counts as now. The same options make the same rows.",
)
@with_appcontext
@report_errors
def demo(scale: str | None, city: str, days: int, seed: int, now: datetime | None) -> None:
    """Load the demo: nine cities with an invented fleet, and an account for each role.

    With --scale: one of the cities with a fleet of that size. What is missing is added: run it
    again to get accounts back that were deleted.
    """
    before = find_logins()
    if scale:
        options = FleetOptions(_find_city(city), Scale(scale), _choose_now(now), days, seed)
        added = _load_fleet_with_progress(options)[Vehicle]
    else:
        _refuse_fleet_options()
        added = load_with_progress()
    if before and before.missing:
        click.echo(f"Accounts that are new: {', '.join(before.missing)}.")
    click.echo(f"{added} vehicles are new." if added else "All vehicles are there already.")
    if (logins := find_logins()) and (how := describe_logins(logins)):
        click.echo(f"{how[0].upper()}{how[1:]}")


def load_with_progress() -> int:
    """Load the demo, and months of rides in its first city; in a terminal with a progress bar.
    Return how many vehicles are new."""
    console = Console(stderr=True)
    cities = track(
        CITIES,
        "Loading the demo",
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    added = load_demo(cities)
    options = FleetOptions(CITIES[0], Scale.SMALL, datetime.now(UTC))
    return added + load_fleet(options)[Vehicle]


def _refuse_fleet_options() -> None:
    context = click.get_current_context()
    for name in ("city", "days", "seed", "now"):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} needs --scale.")


def _choose_now(now: datetime | None) -> datetime:
    current = datetime.now(UTC)
    chosen = now.replace(tzinfo=UTC) if now else current
    if chosen > current:
        raise click.BadParameter("The time is in the future.", param_hint="--now")
    return chosen


def _find_city(name: str) -> DemoCity:
    return next(city for city in CITIES if city.name == name)


def _load_fleet_with_progress(options: FleetOptions) -> RowCounts:
    console = Console(stderr=True)
    started_at = monotonic()
    counts = load_fleet(
        options,
        lambda batches: track(
            batches,
            f"Loading {options.city.label}",
            console=console,
            transient=True,
            disable=not console.is_terminal,
        ),
    )
    if counts:
        seconds = max(monotonic() - started_at, 0.01)
        click.echo(
            f"{counts.total():,} rows in {seconds:.0f} s: {counts[Ride]:,} rides,"
            f" {counts[Ride] / seconds:,.0f} a second."
        )
    return counts
