"""``flask fleet import-gbfs``: importing feeds from the command line."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from shlex import quote
from typing import NamedTuple

import click
from flask import current_app
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import track

from webapp.cli import report_errors, show_text
from webapp.fleet.feeds.default_types import find_default_type
from webapp.fleet.feeds.errors import FeedRefused
from webapp.fleet.feeds.removal import forget_feed, is_subscribed, list_systems
from webapp.fleet.feeds.services import FeedImport, import_feed
from webapp.fleet.gbfs.documents import is_http
from webapp.fleet.gbfs.feed import Feed, read_feed
from webapp.fleet.gbfs.http_files import HttpFiles
from webapp.fleet.gbfs.vehicle_types import fit_identifier
from webapp.fleet.gbfs.vehicles import FeedVehicle
from webapp.fleet.models import MAX_FEED_ID_LENGTH
from webapp.regions.cli import find_city
from webapp.regions.labels import city_label
from webapp.regions.models import City
from webapp.web.credentials import Credentials, hide_secrets
from webapp.web.fetching import Fetcher

Command = Callable[..., None]

#: How many ids of skipped vehicles are printed for each reason.
MAX_EXAMPLES = 3
#: Exit code when the feed was read and no vehicle of it could be imported.
NOTHING_USABLE = 3
#: A header: its name (RFC 9110) and its value.
HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x21-\x7e][\x20-\x7e]*)")


def access_options(command: Command) -> Command:
    """Add the options that say how a feed is fetched and read."""
    options = (
        click.option("--allow-private", is_flag=True, help="Fetch from private addresses, too."),
        click.option(
            "--default-type",
            metavar="TYPE",
            help="What vehicles are whose type the feed does not state: bike, e-bike, scooter ...",
        ),
        click.option(
            "--header",
            "headers",
            metavar="'NAME: VALUE'",
            multiple=True,
            help="A header for the feed's site. Also FEED_HEADER in the environment.",
        ),
        click.option(
            "--api-key",
            "api_keys",
            metavar="NAME=VALUE",
            multiple=True,
            help="A parameter of URLs for the feed's site. Also FEED_API_KEY in the environment.",
        ),
    )
    return reduce(lambda decorated, option: option(decorated), reversed(options), command)


def decision_options(command: Command) -> Command:
    """Add the options by which a person decides about a refused import."""
    take_over = click.option(
        "--take-over", is_flag=True, help="The system's vehicles came from another feed."
    )
    force = click.option(
        "--force", is_flag=True, help="Import what is refused as a probable mistake."
    )
    return take_over(force(command))


class FeedOptions(NamedTuple):
    """What ``access_options`` say."""

    allow_private: bool
    default_type: str | None
    headers: tuple[str, ...]
    api_keys: tuple[str, ...]

    def make_import_command(self, source: str, city: City) -> str:
        """Return the command that imports a feed with these options, without what is secret."""
        words = ["flask fleet import-gbfs"]
        words += [quote(show_text(hide_secrets(source, keys_only=True)))]
        words += ["--city", quote(city.name), *["--allow-private"] * self.allow_private]
        if self.default_type:
            words += ["--default-type", self.default_type]
        words += ["--header '...'"] * len(self.headers) + ["--api-key '...'"] * len(self.api_keys)
        return " ".join(words)


@click.command("import-gbfs")
@click.argument("source", metavar="PATH_OR_URL")
@click.option("--city", "name", metavar="NAME", required=True, help="Where the vehicles stand.")
@access_options
@decision_options
@with_appcontext
@report_errors
def import_gbfs(
    source: str,
    name: str,
    allow_private: bool,
    take_over: bool,
    force: bool,
    default_type: str | None,
    headers: tuple[str, ...],
    api_keys: tuple[str, ...],
) -> None:
    """Import the vehicles of an operator's GBFS feed, version 1 to 3.

    PATH_OR_URL is a gbfs.json, the folder that holds one, or a vehicle file alone. Run it again to
    update: vehicles that are not in the feed any more become missing, and those that are
    reserved or on a trip are left alone.

    A feed changes the vehicles that came from it, and no others: that of another URL which
    names the same system is refused without --take-over.

    Exit code 0: imported. 1: refused, nothing was changed. 3: no vehicle could be used.
    """
    city = find_city(name)
    credentials = read_credentials(source, headers, api_keys)
    fetcher = Fetcher(allows_private=allow_private, credentials=credentials)
    vehicle_type = find_default_type(default_type)
    feed = read_feed(source, HttpFiles(fetcher), vehicle_type)
    try:
        outcome = import_feed(city, feed, force=force, take_over=take_over, progress=_show_progress)
    except FeedRefused as refusal:
        options = FeedOptions(allow_private, default_type, headers, api_keys)
        advice = refusal.advise(options.make_import_command(source, city))
        raise click.ClickException(f"{refusal.message} {advice}") from None
    print_import(city, outcome)
    if outcome.feed.skipped and not outcome.feed.vehicles:
        click.echo("No vehicle of the feed could be used.", err=True)
        raise SystemExit(NOTHING_USABLE)


@click.command("forget-feed")
@click.argument("system_id")
@click.option("--city", "name", metavar="NAME", required=True, help="Where it was imported.")
@with_appcontext
@report_errors
def forget_feed_command(system_id: str, name: str) -> None:
    """Undo the imports of a feed: remove the vehicles that a city has from the system SYSTEM_ID.

    Vehicles that were never used are deleted. Those that were ridden, reserved or reported stay in
    the records and are removed from the fleet. Those in use are left alone: run it again later.
    """
    city = find_city(name)
    system = fit_identifier(system_id, MAX_FEED_ID_LENGTH)
    removal = forget_feed(city, system)
    if is_subscribed(city, system):
        click.echo("The city is subscribed to it: workers add its vehicles again.", err=True)
    click.echo(f"Feed {show_text(system)} in {city_label(city)}:")
    click.echo(f"  {removal.deleted} deleted, {removal.retired} removed that stay in the records")
    if removal.in_use:
        click.echo(f"  {removal.in_use} in use: run this again when they are free")
    elif not removal.deleted and not removal.retired:
        systems = ", ".join(map(show_text, list_systems(city))) or "none"
        click.echo(f"  It has no vehicles here. Feeds that have some: {systems}")


def read_credentials(
    source: str, headers: Sequence[str], api_keys: Sequence[str]
) -> Credentials | None:
    """Return what the site of the feed receives; None for a feed on disk.

    Raises BadParameter, without repeating what was given.
    """
    settings = current_app.config
    matches = [
        HEADER.fullmatch(text.strip()) for text in [*headers, settings["FEED_HEADER"]] if text
    ]
    keys = [
        pair for text in [*api_keys, settings["FEED_API_KEY"]] if text for pair in text.split("&")
    ]
    pairs = [pair.partition("=") for pair in keys]
    if not all(matches):
        raise click.BadParameter("it must be like 'Name: value'", param_hint="--header")
    if not all(key and value for key, _, value in pairs):
        raise click.BadParameter("it must be like name=value", param_hint="--api-key")
    if (headers or api_keys) and not is_http(source):
        message = "PATH_OR_URL must be a URL: what is on disk is at no site"
        raise click.BadParameter(message, param_hint="--header, --api-key")
    named_headers = {match[1]: match[2] for match in matches if match}
    parameters = {key: value for key, _, value in pairs}
    try:
        return Credentials.from_url(source, named_headers, parameters)
    except ValueError:  # not a URL; reading it says so
        return None


def _show_progress(batches: Sequence[Sequence[FeedVehicle]]) -> Iterable[Sequence[FeedVehicle]]:
    console = Console(stderr=True)
    return track(batches, "Importing", console=console, disable=not console.is_terminal)


def print_import(city: City, outcome: FeedImport) -> None:
    """Print what an import has done."""
    feed, result = outcome.feed, outcome.vehicles
    click.echo(f"Feed {show_text(feed.system)} in {city_label(city)}:")
    if not feed.vehicles and not feed.skipped:
        click.echo("  The feed has no vehicles.")
    else:
        click.echo(f"  {result.new} new, {result.updated} updated", nl=not result.left_alone)
    if result.left_alone:
        click.echo(f", {result.left_alone} left alone (in use, or removed here)")
    if outcome.former_system:
        click.echo(f"  was called {show_text(outcome.former_system)} until now")
    if feed.last_updated and _is_old(feed.last_updated):
        click.echo(f"  last updated on {feed.last_updated:%Y-%m-%d}: vehicles may be elsewhere now")
    if outcome.missing:
        click.echo(f"  {outcome.missing} missing: the feed does not name them any more")
    if outcome.silent:
        days = current_app.config["FEED_SILENT_S"] / (24 * 3600)
        labels = [show_text(id_) for id_ in outcome.silent]
        click.echo(
            f"  {len(labels)} without contact: last_reported is older than {days:.3g} days"
            f" ({_list_examples(labels)})"
        )
    print_skipped(feed)


def print_skipped(feed: Feed) -> None:
    """Print why vehicles of a feed cannot be used."""
    for reason, vehicles in feed.skipped.items():
        labels = [vehicle.label for vehicle in vehicles]
        click.echo(f"  {len(labels)} skipped: {reason} ({_list_examples(labels)})")


def _is_old(time: datetime) -> bool:
    return time < datetime.now(UTC) - timedelta(seconds=current_app.config["FEED_SILENT_S"])


def _list_examples(labels: list[str]) -> str:
    more = ", ..." if len(labels) > MAX_EXAMPLES else ""
    return f"{', '.join(labels[:MAX_EXAMPLES])}{more}"
