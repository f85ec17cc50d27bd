"""``flask zones``: imports, lists and removes the zones of a city."""

from pathlib import Path

import click
from flask.cli import AppGroup

from webapp import money
from webapp.cli import check_line, report_errors, show_text
from webapp.fleet.zones import services
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.descriptions import ZoneDescription, describe_elsewhere, describe_zone
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.models import MAX_NAME_LENGTH, Zone
from webapp.fleet.zones.parsed_zones import ZoneFile
from webapp.fleet.zones.rules import CityZones
from webapp.fleet.zones.zone_files import read_zone_file
from webapp.measures import format_area
from webapp.regions.catalogue import catalogue
from webapp.regions.cli import find_city
from webapp.regions.labels import city_label
from webapp.regions.models import City

commands = AppGroup("zones", help="Zones: where rides may go and end.")

KINDS = click.Choice([kind.value for kind in ZoneKind])
city_option = click.option("--city", "city_name", metavar="NAME", required=True)


@commands.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@city_option
@click.option("--kind", type=KINDS, help="Kind of all zones, whatever the file says.")
@click.option(
    "--name", metavar="TEXT", default="", callback=check_line, help="Name of zones without one."
)
@click.option("--fee", metavar="5.00", help="Fee for a ride that ends in a forbidden zone.")
@click.option(
    "--replace/--add",
    default=True,
    help="Whether the city's other zones of these kinds are removed. Default: --replace.",
)
@report_errors
def import_file(
    file: Path, city_name: str, kind: str | None, name: str, fee: str | None, replace: bool
) -> None:
    """Import the zones of a GeoJSON file, or of a GBFS geofencing_zones.json.

    Coordinates are longitude and latitude, WGS 84. Run it again to update: the same file changes
    nothing, and zones that the file does not contain any more are removed.
    """
    city = find_city(city_name)
    zone_file = read_zone_file(file, city, ZoneKind(kind) if kind else None)
    options = services.ZoneImportOptions(
        name[:MAX_NAME_LENGTH], _read_fee(fee, zone_file, city), replace
    )
    result = services.import_zones(city, zone_file, options)
    click.echo(f"Zones of {show_text(zone_file.source)} in {city_label(city)}:")
    counts = (f"{result.added} new", f"{result.unchanged} unchanged", f"{result.removed} removed")
    click.echo(f"  {', '.join(counts)}")
    if result.edited:
        click.echo(f"  {result.edited} left out: staff have edited or removed them")
    if result.has_new_rules:
        click.echo("  new rules outside of the zones")
    for note in zone_file.format_notes():
        click.echo(f"  {note}")


@commands.command("list")
@click.option("--city", "city_name", metavar="NAME", help="Only the zones of this city.")
@report_errors
def list_zones(city_name: str | None) -> None:
    """List the zones of all cities, or of one."""
    for city in [find_city(city_name)] if city_name else catalogue().all():
        zones = city_zones(city)
        click.echo(f"{city_label(city)}: {len(zones.zones) or 'none'}")
        for zone in zones.zones:
            click.echo(f"  {', '.join(_describe(zones, zone, city))}")
        for each in describe_elsewhere(zones):
            click.echo(f"  elsewhere: {_join(each)}")


def _describe(zones: CityZones, zone: Zone, city: City) -> list[str]:
    area = format_area(zones.measure_square_km(zone))
    descriptions = describe_zone(zones, zone, city.currency)
    name = [show_text(zone.name)] if zone.name else []
    times = [
        f"{word} {moment.astimezone(city.zone).isoformat()}"
        for word, moment in (("from", zone.valid_from), ("until", zone.valid_until))
        if moment
    ]
    if zone.rules is None:
        sentences = " ".join(descriptions[0].sentences[1:])
        return [zone.kind, *name, area, *times, *([sentences] if sentences else [])]
    return ["feed", *name, area, *times, "; ".join(map(_join, descriptions))]


def _join(description: ZoneDescription) -> str:
    types = f"{description.types}: " if description.types else ""
    return types + " ".join(description.sentences)


@commands.command("remove")
@city_option
@click.option("--kind", type=KINDS, help="Only zones of this kind.")
@report_errors
def remove(city_name: str, kind: str | None) -> None:
    """Remove the imported zones of a city; those that staff have drawn or edited stay."""
    city = find_city(city_name)
    removed = services.remove_zones(city, ZoneKind(kind) if kind else None)
    click.echo(f"{removed} removed in {city_label(city)}.")


def _read_fee(text: str | None, zone_file: ZoneFile, city: City) -> int | None:
    """Read a fee in major units; refuse it if no zone of the file can have one."""
    if text is None:
        return None
    if not any(map(services.forbids_end, zone_file.zones)):
        raise click.ClickException("A fee is for no_parking and no_ride: there are none.")
    try:
        fee = money.parse_amount(text, city.currency)
    except ValueError as problem:
        raise click.ClickException(f"--fee: {problem}") from None
    if not 0 <= fee <= money.MAX_AMOUNT:
        raise click.ClickException("--fee: It must be 0 or more, and an amount that somebody pays.")
    return fee
