"""What reports tell about a person: their words. The pictures are on the pages of the reports."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, tuple_

from webapp.db.keys import RowKey
from webapp.fleet.reports.models import Report, ReportPhoto
from webapp.riders.personal_data import Conditions, Holding


def _of_reporter(person: RowKey) -> Conditions:
    return [Report.reporter_region == person.region, Report.reporter_id == person.id]


def _of_their_reports(person: RowKey) -> list[Conditions]:
    theirs = select(Report.region, Report.id).where(*_of_reporter(person))
    return [[tuple_(ReportPhoto.region, ReportPhoto.report_id).in_(theirs)]]


HELD = [
    Holding(
        "reports",
        _l("Your reports"),
        Report,
        (
            "region", "id", "city", "kind", "critical", "note", "state", "answer", "created_at",
            "answered_at",
        ),
        lambda person: [_of_reporter(person)],
        ("created_at", "id"),
    ),
    Holding(
        "report-photos",
        _l("Photos of your reports"),
        ReportPhoto,
        ("region", "report_id", "number"),
        _of_their_reports,
        ("report_id", "number"),
    ),
]  # fmt: skip
