"""``flask demo``."""

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import track

from webapp.cli import report_errors
from webapp.ops.demo.cities import CITIES
from webapp.ops.demo.logins import describe_logins, find_logins
from webapp.ops.demo.services import load_demo


@click.command("demo")
@with_appcontext
@report_errors
def demo() -> None:
    """Load the demo: nine cities with an invented fleet, and an account for each role.

    What is missing is added: run it again to get accounts back that were deleted.
    """
    before = find_logins()
    added = load_with_progress()
    if before and before.missing:
        click.echo(f"Accounts that are new: {', '.join(before.missing)}.")
    click.echo(f"{added} vehicles are new." if added else "All vehicles are there already.")
    if (logins := find_logins()) and (how := describe_logins(logins)):
        click.echo(f"{how[0].upper()}{how[1:]}")


def load_with_progress() -> int:
    """Load the demo, in a terminal with a progress bar; return how many vehicles are new."""
    console = Console(stderr=True)
    cities = track(
        CITIES,
        "Loading the demo",
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    return load_demo(cities)
