"""What reports tell about a person: their words. The pictures are on the pages of the reports."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, tuple_

from webapp.db.keys import RowKey
from webapp.fleet.reports.models import Report, ReportPhoto
from webapp.personal_data import Conditions, ExportSection


def _of_reporter(person: RowKey) -> Conditions:
    return [Report.reporter_region == person.region, Report.reporter_id == person.id]


def _of_their_reports(person: RowKey) -> list[Conditions]:
    theirs = select(Report.region, Report.id).where(*_of_reporter(person))
    return [[tuple_(ReportPhoto.region, ReportPhoto.report_id).in_(theirs)]]


EXPORT_SECTIONS = [
    ExportSection(
        name="reports",
        label=_l("Your reports"),
        model=Report,
        columns=(
            "region", "id", "city", "kind", "critical", "note", "state", "answer", "created_at",
            "answered_at",
        ),
        conditions=lambda person: [_of_reporter(person)],
        order=("created_at", "id"),
    ),
    ExportSection(
        name="report-photos",
        label=_l("Photos of your reports"),
        model=ReportPhoto,
        columns=("region", "report_id", "number"),
        conditions=_of_their_reports,
        order=("report_id", "number"),
    ),
]  # fmt: skip
