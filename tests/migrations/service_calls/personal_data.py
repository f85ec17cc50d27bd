"""Calls that read the sections of the personal data export."""

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.migrations.sample_rows import (
    RIDER,
)
from webapp.auth.personal_data import EXPORT_SECTIONS as AUTH_SECTIONS
from webapp.fleet import personal_data as fleet_personal_data
from webapp.fleet.favourites.personal_data import EXPORT_SECTIONS as FAVOURITES_SECTIONS
from webapp.fleet.reports.personal_data import EXPORT_SECTIONS as REPORTS_SECTIONS
from webapp.personal_data import ExportSection
from webapp.riders import personal_data
from webapp.riders.wallet.personal_data import EXPORT_SECTIONS as WALLET_SECTIONS
from webapp.rides.disputes.personal_data import EXPORT_SECTIONS as DISPUTE_SECTIONS
from webapp.rides.personal_data import EXPORT_SECTIONS as RIDE_SECTIONS
from webapp.rides.reservations.personal_data import EXPORT_SECTION as RESERVATION_SECTION


def _read_section(section: ExportSection) -> list[object]:
    return list(section.rows(RIDER))


PERSONAL_DATA: dict[str, Callable[[], Any]] = {
    f"my data: {section.name}": partial(_read_section, section)
    for section in sorted(
        (
            *AUTH_SECTIONS,
            personal_data.EXPORT_SECTION,
            *WALLET_SECTIONS,
            fleet_personal_data.EXPORT_SECTION,
            *REPORTS_SECTIONS,
            *FAVOURITES_SECTIONS,
            *RIDE_SECTIONS,
            RESERVATION_SECTION,
            *DISPUTE_SECTIONS,
        ),
        key=lambda section: section.name,
    )
}
