"""Reports in the personal data export, with the numbers of their photos."""

from sqlalchemy import select, tuple_

from webapp.db.keys import RowKey, key_condition
from webapp.fleet.reports.models import Report, ReportPhoto
from webapp.personal_data import Conditions, ExportSection, rows_with_key
from webapp.translations import lazy_gettext as _l


def _photo_conditions(user_key: RowKey) -> list[Conditions]:
    is_reporter = key_condition(Report, user_key, "reporter_region", "reporter_id")
    reports = select(Report.region, Report.id).where(is_reporter)
    return [[tuple_(ReportPhoto.region, ReportPhoto.report_id).in_(reports)]]


EXPORT_SECTIONS = [
    ExportSection(
        name="reports",
        label=_l("Your reports"),
        model=Report,
        columns=(
            "region", "id", "city", "kind", "critical", "note", "state", "answer", "created_at",
            "answered_at",
        ),
        conditions=rows_with_key(Report, "reporter_region", "reporter_id"),
        order=("created_at", "id"),
    ),
    ExportSection(
        name="report-photos",
        label=_l("Photos of your reports"),
        model=ReportPhoto,
        columns=("region", "report_id", "number"),
        conditions=_photo_conditions,
        order=("report_id", "number"),
    ),
]  # fmt: skip
