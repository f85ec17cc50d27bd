"""``flask zones``: the rules of a city's streets, from files."""

from pathlib import Path

import click
from flask.cli import AppGroup

from webapp import money
from webapp.cli import plain_errors
from webapp.fleet.gbfs import shown
from webapp.fleet.zones import services
from webapp.fleet.zones.classification import NAME_LENGTH
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.labels import square_km, zone_facts
from webapp.fleet.zones.rules import FORBIDDING, zones_of
from webapp.fleet.zones.zone_files import Sheet, read_sheet
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City

commands = AppGroup("zones", help="Where rides may go and end.")

KINDS = click.Choice([kind.value for kind in ZoneKind])
city_option = click.option("--city", "name", metavar="NAME", required=True)


@commands.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@city_option
@click.option("--kind", type=KINDS, help="What the zones are for, whatever the file says.")
@click.option("--name", "called", metavar="TEXT", default="", help="For zones without a name.")
@click.option("--fee", metavar="5.00", help="For a ride that ends where it must not.")
@click.option(
    "--replace/--add",
    default=True,
    help="Whether the city's other zones of these kinds go. They do if nothing is said.",
)
@plain_errors
def import_file(
    file: Path, name: str, kind: str | None, called: str, fee: str | None, replace: bool
) -> None:
    """Take in the zones of a GeoJSON file, or of a GBFS geofencing_zones.json.

    Coordinates are longitude and latitude, WGS 84. Run it again to update: the same file changes
    nothing, and zones that it does not have any more are removed.
    """
    city = _city(name)
    sheet = read_sheet(file, city, ZoneKind(kind) if kind else None)
    wish = services.Wish(called[:NAME_LENGTH], _fee(fee, sheet, city), replace)
    tally = services.import_zones(city, sheet, wish)
    click.echo(f"Zones of {shown(sheet.source)} in {city.label}:")
    click.echo(f"  {tally.new} new, {tally.known} known already, {tally.removed} removed")
    for note in sheet.told():
        click.echo(f"  {note}")


@commands.command("list")
@click.option("--city", "name", metavar="NAME", help="Only of this city.")
@plain_errors
def list_zones(name: str | None) -> None:
    """Show the zones."""
    for city in [_city(name)] if name else catalogue().all():
        of_city = zones_of(city)
        click.echo(f"{city.label}: {len(of_city.zones) or 'none'}")
        for zone in of_city.zones:
            size = square_km(of_city.square_km(zone))
            words = [zone.kind, *([shown(zone.name)] if zone.name else []), size]
            click.echo(f"  {', '.join([*words, *zone_facts(zone, city.currency)])}")


@commands.command("remove")
@city_option
@click.option("--kind", type=KINDS, help="Only of this kind; else all.")
@plain_errors
def remove(name: str, kind: str | None) -> None:
    """Remove a city's zones."""
    city = _city(name)
    removed = services.remove_zones(city, ZoneKind(kind) if kind else None)
    click.echo(f"{removed} removed in {city.label}.")


def _city(name: str) -> City:
    city = catalogue().find(name)
    if city is None:
        raise click.ClickException(f"There is no city {name!r}. Open it with 'flask cities add'.")
    return city


def _fee(text: str | None, sheet: Sheet, city: City) -> int | None:
    """Read a fee in major units; it has to be of use for one of the zones."""
    if text is None:
        return None
    if not any(drawing.kind in FORBIDDING for drawing in sheet.drawings):
        raise click.ClickException("A fee is for no_parking and no_ride: there are none.")
    try:
        fee = money.minor(text, city.currency)
    except ValueError as problem:
        raise click.ClickException(f"--fee: {problem}") from None
    if not 0 <= fee <= money.MOST:
        raise click.ClickException("--fee: It must be 0 or more, and an amount that somebody pays.")
    return fee
