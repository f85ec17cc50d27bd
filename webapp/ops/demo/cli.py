"""``flask demo``."""

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import track

from webapp.cli import report_errors
from webapp.ops.demo.cities import CITIES
from webapp.ops.demo.services import find_working_password, load_demo


@click.command("demo")
@with_appcontext
@report_errors
def demo() -> None:
    """Load the demo: nine cities with an invented fleet, and an account for each role."""
    added = load_with_progress()
    click.echo(f"{added} vehicles are new." if added else "The demo is loaded already.")
    if password := find_working_password():
        click.echo(f"Sign in as rider, owner, fleet or admin with the password {password}")


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
