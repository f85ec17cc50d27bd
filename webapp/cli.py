"""The commands that belong to no one module: cities, the demo, and running it all."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp import regions
from webapp.database import AmbiguousCommit, is_unavailable
from webapp.errors import DomainError

P = ParamSpec("P")
R = TypeVar("R")


def plain_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Let a command end with one line and exit code 1 where a rule or the database says no."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except DomainError as refusal:
            raise click.ClickException(str(refusal.message)) from None
        except DBAPIError as error:
            raise click.ClickException(_say(error)) from None
        except (AmbiguousCommit, PoolTimeout):
            message = "The connection to the database was lost. Check whether it was done."
            raise click.ClickException(message) from None

    return wrapped


def _say(error: DBAPIError) -> str:
    if is_unavailable(error):
        return f"The database does not answer: {str(error.orig).strip().splitlines()[0]}"
    if "does not exist" in str(error.orig):
        return "The database has no tables yet: run 'flask db upgrade'."
    return f"The database refused: {str(error.orig).strip().splitlines()[0]}"


def init_app(app: Flask) -> None:
    from webapp import demo, serve  # these use this module

    app.cli.add_command(cities)
    demo.init_app(app)
    serve.init_app(app)


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
    if len(rest["currency"]) != 3 or not rest["currency"].isalpha():
        raise click.ClickException("CURRENCY must be three letters, such as EUR.")
    columns = {
        "name": name,
        "label": label or (name.title() if name.islower() else name),
        "region": region or current_app.config["REGION"],
        "timezone": timezone,
        **rest,
    }
    added = regions.add_city(**columns)
    click.echo(f"{columns['label']} is open." if added else f"{columns['label']} was open already.")


@cities.command("list")
@plain_errors
def list_cities() -> None:
    """Print all cities."""
    table = Table("name", "label", "region", "time zone", "currency", "centre")
    for city in regions.catalogue().all():
        centre = f"{city.lat:.4f}, {city.lon:.4f}"
        table.add_row(city.name, city.label, city.region, city.timezone, city.currency, centre)
    Console().print(table)
