"""``flask sweep``: delete what is old now, as workers do every night."""

import click
from flask.cli import with_appcontext

from webapp.cli import report_errors
from webapp.ops.retention import delete_old_rows
from webapp.regions.data_regions import list_data_regions


@click.command("sweep")
@with_appcontext
@report_errors
def sweep() -> None:
    """Delete old counts, links, sessions, events, paths of rides, runs of feeds, jobs, photos of
    reports, phone numbers that were not confirmed, comments that are hidden or whose notice has
    ended, and imported vehicles that are missing and were never used, as SWEEP_AFTER_DAYS says.
    Old events of vehicles are compacted to one a day.

    Workers do it every night.
    """
    for table_name, number in delete_old_rows(list_data_regions()):
        click.echo(f"{table_name}: {number} deleted")
