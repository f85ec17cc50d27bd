"""``flask demo``."""

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import track

from webapp.cli import plain_errors
from webapp.ops.demo import services
from webapp.ops.demo.cities import CITIES


@click.command("demo")
@with_appcontext
@plain_errors
def demo() -> None:
    """Load the demo: nine cities with an invented fleet, and four accounts to try."""
    added = load_with_progress()
    click.echo(f"{added} vehicles are new." if added else "The demo is loaded already.")
    if password := services.password_that_works():
        click.echo(f"Sign in as rider, owner, fleet or admin with the password {password}")


def load_with_progress() -> int:
    """Load the demo under a progress bar; return how many vehicles are new."""
    console = Console(stderr=True)
    silent = not console.is_terminal  # a log needs no bar, and no empty line for one
    cities = track(CITIES, "Loading the demo", console=console, transient=True, disable=silent)
    return services.load(cities)
