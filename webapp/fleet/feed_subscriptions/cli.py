"""``flask fleet feeds``: subscriptions to operators' feeds."""

from datetime import datetime
from uuid import uuid4

import click
from flask.cli import AppGroup
from rich.console import Console
from rich.table import Table

from webapp.cli import report_errors, show_text
from webapp.db.keys import RowKey
from webapp.errors import NotFound
from webapp.fleet.feed_subscriptions import services
from webapp.fleet.feed_subscriptions.access import FeedAccess, encrypt_access
from webapp.fleet.feed_subscriptions.durations import Duration, format_duration_s
from webapp.fleet.feed_subscriptions.enums import GOOD_RESULTS
from webapp.fleet.feed_subscriptions.labels import health_label
from webapp.fleet.feed_subscriptions.models import FeedSubscription, find_effective_period_s
from webapp.fleet.feed_subscriptions.queries import find_subscription, list_all_subscriptions
from webapp.fleet.feed_subscriptions.runs import MAX_SUBSCRIBED_BYTES, RunOptions, run_subscription
from webapp.fleet.feeds.cli import (
    FeedOptions,
    access_options,
    decision_options,
    print_import,
    print_skipped,
    read_credentials,
)
from webapp.fleet.feeds.default_types import find_default_type
from webapp.fleet.feeds.errors import FeedRefused
from webapp.fleet.feeds.removal import forget_feed
from webapp.fleet.feeds.services import check_import
from webapp.fleet.gbfs.documents import is_http, name_url
from webapp.fleet.gbfs.feed import Feed, read_feed
from webapp.fleet.gbfs.http_files import HttpFiles
from webapp.fleet.gbfs.vehicle_types import fit_identifier
from webapp.fleet.models import MAX_SOURCE_LENGTH
from webapp.forms import MAX_WHY_LENGTH
from webapp.regions.cli import find_city
from webapp.regions.labels import city_label
from webapp.regions.models import City

commands = AppGroup("feeds", help="Subscriptions to operators' GBFS feeds.")

#: The longest URL that is stored, characters.
MAX_URL_LENGTH = 2000
PERIOD = Duration(shortest_s=60, longest_s=24 * 3600)

_City = click.option("--city", "city_name", metavar="NAME", help="Only of this city.")


def _check_why(_context: click.Context, _option: click.Parameter, text: str) -> str:
    if len(text) > MAX_WHY_LENGTH or not text.isprintable():
        raise click.BadParameter(f"it is one line of at most {MAX_WHY_LENGTH} characters")
    return text


_Why = click.option("--why", default="", metavar="TEXT", callback=_check_why,
                    help="The reason, for the audit trail.")  # fmt: skip


@commands.command("add")
@click.argument("url")
@click.option("--city", "city_name", metavar="NAME", required=True, help="Where they stand.")
@click.option("--every", "period_s", type=PERIOD, default="5m", show_default=True,
              help="How often the feed is read: 90s, 5m, 1h.")  # fmt: skip
@access_options
@_Why
@report_errors
def add(
    url: str,
    city_name: str,
    period_s: int,
    allow_private: bool,
    default_type: str | None,
    headers: tuple[str, ...],
    api_keys: tuple[str, ...],
    why: str,
) -> None:
    """Keep the vehicles of a city up to date with the GBFS feed at URL.

    The feed is read once now, and refused if it could not be imported. Workers ('flask work')
    import it from then on.
    """
    city = find_city(city_name)
    access = _read_access(url, headers, api_keys)
    fetcher = access.make_fetcher(allows_private=allow_private)
    vehicle_type = find_default_type(default_type)
    feed = read_feed(url, HttpFiles(fetcher, MAX_SUBSCRIBED_BYTES), vehicle_type)
    try:
        feed = check_import(city, feed).feed
    except FeedRefused as refusal:
        options = FeedOptions(allow_private, default_type, headers, api_keys)
        advice = refusal.advise(options.make_import_command(url, city))
        raise click.ClickException(f"{refusal.message} {advice}") from None
    id_ = uuid4()
    new = services.NewSubscription(
        id_,
        feed.source,
        access.digest,
        encrypt_access(id_, access),
        period_s,
        allow_private,
        default_type,
    )
    subscription_key = services.add_subscription(city, new, why)
    _print_new(city, feed, subscription_key, period_s)


def _read_access(url: str, headers: tuple[str, ...], api_keys: tuple[str, ...]) -> FeedAccess:
    if not is_http(url) or len(url) > MAX_URL_LENGTH:
        message = f"it must be an http or https address of at most {MAX_URL_LENGTH} characters"
        raise click.BadParameter(message, param_hint="URL")
    credentials = read_credentials(url, headers, api_keys)
    if credentials is None:
        raise click.BadParameter("it is no URL", param_hint="URL")
    return FeedAccess(url, dict(credentials.headers), dict(credentials.parameters))


def _print_new(city: City, feed: Feed, subscription_key: RowKey, period_s: int) -> None:
    click.echo(f"{city_label(city)} is subscribed to {show_text(feed.source)}: {subscription_key}")
    click.echo(f"  system {show_text(feed.system)}, {len(feed.vehicles)} usable vehicles now")
    print_skipped(feed)
    effective_s = find_effective_period_s(period_s, feed.ttl_s)
    longer = ", the feed's ttl" if effective_s > period_s else ""
    every = f"{format_duration_s(effective_s)}{longer}"
    click.echo(f"  read every {every}; the first time within a minute, by 'flask work'")


@commands.command("list")
@_City
@report_errors
def list_feeds(city_name: str | None) -> None:
    """Print the subscriptions: how each is, its last runs and the next one."""
    subscriptions = list_all_subscriptions(find_city(city_name) if city_name else None)
    if not subscriptions:
        click.echo("There is no subscription. Add one: flask fleet feeds add URL --city NAME")
        return
    rows = Table("feed", "city", "source", "every", "state", "vehicles", "last good", "next")
    rows.columns[0].no_wrap = True
    for each in subscriptions:
        rows.add_row(
            str(each.key),
            each.city,
            show_text(each.source),
            format_duration_s(each.effective_period_s),
            health_label(each),
            "" if each.vehicle_count is None else str(each.vehicle_count),
            _show_time(each.last_success_at),
            "" if each.paused_at else _show_time(each.due_at),
        )
    Console(width=200).print(rows)
    for each in subscriptions:
        if each.problem:
            click.echo(f"{each.key}: {show_text(each.problem)}")


@commands.command("remove")
@click.argument("feed")
@_City
@click.option("--with-vehicles", is_flag=True, help="Remove its vehicles, too: forget-feed.")
@_Why
@report_errors
def remove(feed: str, city_name: str | None, with_vehicles: bool, why: str) -> None:
    """End a subscription. FEED is its key, as the list prints it, or its URL.

    Its vehicles stay where they are, and nothing updates them any more, unless --with-vehicles.
    """
    subscription, city = _find(feed, city_name)
    if with_vehicles:
        services.block_runs(subscription.key)
    services.remove_subscription(subscription.key, why)
    click.echo(f"{city_label(city)} is no longer subscribed to {show_text(subscription.source)}.")
    system = subscription.system
    if not system:
        return
    command = f"flask fleet forget-feed '{show_text(system)}' --city '{city.name}'"
    if not with_vehicles:
        click.echo(f"Its vehicles stay, and are not updated any more. To remove them: {command}")
        return
    removal = forget_feed(city, system)
    click.echo(f"{removal.deleted} vehicles deleted, {removal.retired} removed from the fleet")
    if removal.in_use:
        click.echo(f"{removal.in_use} in use. When they are free: {command}")


@commands.command("pause")
@click.argument("feed")
@_City
@_Why
@report_errors
def pause(feed: str, city_name: str | None, why: str) -> None:
    """Let no run of FEED begin until it is resumed."""
    subscription, _city = _find(feed, city_name)
    services.pause_subscription(subscription.key, why=why)
    click.echo(f"{show_text(subscription.source)} is paused.")


@commands.command("resume")
@click.argument("feed")
@_City
@_Why
@report_errors
def resume(feed: str, city_name: str | None, why: str) -> None:
    """Let workers run FEED again, the first time within a minute."""
    subscription, _city = _find(feed, city_name)
    services.resume_subscription(subscription.key, why=why)
    click.echo(f"{show_text(subscription.source)} is read again.")


@commands.command("run")
@click.argument("feed")
@_City
@decision_options
@report_errors
def run(feed: str, city_name: str | None, force: bool, take_over: bool) -> None:
    """Import FEED now, in this process, also if it has not changed or is paused.

    With --force or --take-over, for this once, also what workers have refused.
    """
    subscription, city = _find(feed, city_name)
    options = RunOptions(force=force, take_over=take_over, by_hand=True)
    with services.begin_run(subscription.key) as run_id:
        outcome = run_subscription(subscription, run_id, options)
    if outcome.result not in GOOD_RESULTS:
        raise click.ClickException(outcome.problem)
    if outcome.feed_import:
        print_import(city, outcome.feed_import)


def _find(feed: str, city_name: str | None) -> tuple[FeedSubscription, City]:
    """Return the subscription with a key or URL, and its city; raises ClickException."""
    subscription = _find_by_key(feed) or _find_by_url(feed, city_name)
    return subscription, find_city(subscription.city)


def _find_by_key(text: str) -> FeedSubscription | None:
    try:
        return find_subscription(RowKey.parse(text))
    except (ValueError, NotFound):
        return None


def _find_by_url(text: str, city_name: str | None) -> FeedSubscription:
    try:
        source = fit_identifier(name_url(text) if is_http(text) else text, MAX_SOURCE_LENGTH)
    except ValueError:
        source = text
    city = find_city(city_name) if city_name else None
    found = [each for each in list_all_subscriptions(city) if each.source == source]
    if len(found) == 1:
        return found[0]
    if found:
        keys = ", ".join(str(each.key) for each in found)
        raise click.ClickException(f"Several are meant; name one by its key: {keys}.")
    raise click.ClickException("There is no such subscription; 'flask fleet feeds list' has all.")


def _show_time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}" if moment else ""
