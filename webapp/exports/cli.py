"""``flask export``: writes an export into a folder, for operators and their schedulers."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from webapp.cli import report_errors
from webapp.exports.columns import Export, ExportFilter
from webapp.exports.enums import ExportFormat, ExportPeriod, TableName
from webapp.exports.files import make_file_name, stream_file
from webapp.exports.periods import find_last_period
from webapp.exports.services import record_command_export
from webapp.exports.tables import TABLES
from webapp.forms import find_midnight
from webapp.regions.cli import find_city
from webapp.regions.models import City
from webapp.web.roles import Permission


@click.command("export")
@click.argument("table", metavar="TABLE", type=click.Choice([each.value for each in TableName]))
@click.option("--city", "city_name", metavar="NAME", required=True, help="Of which city.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice([each.value for each in ExportFormat]),
    default=ExportFormat.CSV.value,
    show_default=True,
)
@click.option(
    "--period",
    type=click.Choice([each.value for each in ExportPeriod]),
    default=ExportPeriod.DAY.value,
    show_default=True,
    help="Of rides and the ledger: the last day, week or month that is over in the city.",
)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    default=Path(),
    help="Where the file is written; by default here.",
)
@click.option("--persons", is_flag=True, help="With names and e-mail addresses.")
@with_appcontext
@report_errors
def export(
    table: str, city_name: str, format_name: str, period: str, folder: Path, persons: bool
) -> None:
    """Write TABLE of a city into a folder: vehicles, rides, open-rides, users, ledger,
    owner-ledger or general-ledger.

    The file is there when it is complete, and only its owner can read it. Run it from a scheduler
    for a file each day, week or month; run again on the same day, it replaces the file.
    """
    city, file_format = find_city(city_name), ExportFormat(format_name)
    chosen = _make_export(TableName(table), city, ExportPeriod(period), persons)
    if file_format not in chosen.table.formats:
        raise click.UsageError(f"There is no {file_format} of {table}.")
    record_command_export(chosen, file_format, {"period": period})
    today = datetime.now(city.zone).date()
    path = folder / make_file_name(chosen, file_format, today)
    _write_file(chosen, file_format, path)
    click.echo(f"{path} written")


def _make_export(
    name: TableName, city: City, period: ExportPeriod, reads_persons: bool
) -> Export[Any]:
    """Return the export. Any: of any rows."""
    table = TABLES[name]
    if table.permission == Permission.VIEW_RIDERS and not reads_persons:
        raise click.UsageError(f"{name} is a list of persons: add --persons.")
    since = until = None
    if table.has_time:
        days = find_last_period(period, datetime.now(UTC).astimezone(city.zone).date())
        since = find_midnight(days.first, city.zone)
        until = find_midnight(days.last + timedelta(days=1), city.zone)
    columns = table.columns_for(lambda each: reads_persons or each != Permission.VIEW_RIDERS)
    export_filter = ExportFilter(city, since, until, reads_persons=reads_persons)
    return Export(table, export_filter, columns)


def _write_file(chosen: Export[Any], file_format: ExportFormat, path: Path) -> None:
    """Write a file beside its place, and move it there when it is complete."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as file:
            file.writelines(stream_file(chosen, file_format))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
