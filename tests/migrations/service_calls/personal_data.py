"""Calls that read the sections of the personal data export, and that write an archive of them."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from tests.migrations.sample_rows import (
    RIDER,
)
from webapp.auth.personal_data import EXPORT_SECTIONS as AUTH_SECTIONS
from webapp.db.keys import RowKey
from webapp.db.slices import delete_in_slices
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet import personal_data as fleet_personal_data
from webapp.fleet.favourites.personal_data import EXPORT_SECTIONS as FAVOURITES_SECTIONS
from webapp.fleet.reports.personal_data import EXPORT_SECTIONS as REPORTS_SECTIONS
from webapp.jobs.kinds import RunningJob
from webapp.personal_data import ExportSection
from webapp.riders import personal_data
from webapp.riders.data_exports import conditions, queries, services, statements, worker_statements
from webapp.riders.data_exports.archive import ArchiveProgress
from webapp.riders.data_exports.models import PARTS_SLICE, DataExportPart
from webapp.riders.data_exports.personal_data import EXPORT_SECTION as DATA_EXPORT_SECTION
from webapp.riders.digests.personal_data import EXPORT_SECTION as DIGEST_SECTION
from webapp.riders.notifications.personal_data import EXPORT_SECTIONS as NOTIFICATION_SECTIONS
from webapp.riders.notifications.push.personal_data import EXPORT_SECTION as PUSH_SECTION
from webapp.riders.wallet.personal_data import EXPORT_SECTIONS as WALLET_SECTIONS
from webapp.rides.disputes.personal_data import EXPORT_SECTIONS as DISPUTE_SECTIONS
from webapp.rides.personal_data import EXPORT_SECTIONS as RIDE_SECTIONS
from webapp.rides.reminders.personal_data import EXPORT_SECTION as REMINDER_SECTION
from webapp.rides.reservations.personal_data import EXPORT_SECTION as RESERVATION_SECTION


def _read_section(section: ExportSection) -> list[object]:
    return list(section.rows(RIDER))


EXPORT, LEASE = RowKey(RIDER.region, UUID(int=17)), "host 1f 2e"
JOB = RunningJob(RowKey(RIDER.region, UUID(int=18)), "data_export", {}, LEASE, 1, datetime.now(UTC))
ARCHIVES: dict[str, Callable[[], Any]] = {
    "my data: how many rows": lambda: db.session.execute(
        personal_data.count_rows_query(RIDER, 5001)
    ),
    "request a data export": lambda: services.request_data_export(RIDER),
    "begin a data export": lambda: execute_write(
        worker_statements.begin_export_statement(EXPORT, JOB)
    ),
    "append a part to a data export": lambda: execute_write(
        worker_statements.append_part_statement(
            EXPORT, LEASE, 2, b"PK", 512, ArchiveProgress(1, 30)
        )
    ),
    "finish a data export": lambda: execute_write(
        worker_statements.finish_export_statement(EXPORT, LEASE)
    ),
    "give up a data export": lambda: execute_write(
        worker_statements.fail_export_statement(EXPORT, JOB)
    ),
    "how far a data export is": lambda: queries.find_data_export(RIDER),
    "download a data export": lambda: execute_write(statements.download_statement(RIDER)),
    "a part of a data export": lambda: db.session.execute(statements.part_query(EXPORT, LEASE, 1)),
    "delete a data export": lambda: services.delete_data_export(RIDER),
    "end a data export": lambda: execute_write(statements.end_export_statement(RIDER)),
    "delete the parts of a data export": lambda: delete_in_slices(
        DataExportPart,
        RIDER.region,
        conditions.is_part_of_ended_condition(EXPORT),
        size=PARTS_SLICE,
    ),
    "delete a data export that has ended": lambda: execute_write(
        statements.delete_export_statement(RIDER, conditions.has_ended_condition())
    ),
}
PERSONAL_DATA: dict[str, Callable[[], Any]] = {
    f"my data: {section.name}": partial(_read_section, section)
    for section in sorted(
        (
            *AUTH_SECTIONS,
            personal_data.EXPORT_SECTION,
            DIGEST_SECTION,
            *NOTIFICATION_SECTIONS,
            PUSH_SECTION,
            DATA_EXPORT_SECTION,
            *WALLET_SECTIONS,
            fleet_personal_data.EXPORT_SECTION,
            *REPORTS_SECTIONS,
            *FAVOURITES_SECTIONS,
            *RIDE_SECTIONS,
            REMINDER_SECTION,
            RESERVATION_SECTION,
            *DISPUTE_SECTIONS,
        ),
        key=lambda section: section.name,
    )
} | ARCHIVES
