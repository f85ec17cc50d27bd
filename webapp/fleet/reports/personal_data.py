"""Reports in the personal data export, with the numbers of their photos."""

from sqlalchemy import select, tuple_

from webapp.db.keys import RowKey, key_condition
from webapp.fleet.reports.models import Report, ReportPhoto
from webapp.personal_data import Conditions, ExportSection, Row
from webapp.translations import lazy_gettext as _l


def _photo_conditions(user_key: RowKey) -> list[Conditions]:
    is_reporter = key_condition(Report, user_key, "reporter_region", "reporter_id")
    reports = select(Report.region, Report.id).where(is_reporter)
    return [[tuple_(ReportPhoto.region, ReportPhoto.report_id).in_(reports)]]


def _report_conditions(user_key: RowKey) -> list[Conditions]:
    """What the person reported, and what the person looks after as staff."""
    is_reporter = key_condition(Report, user_key, "reporter_region", "reporter_id")
    is_assignee = key_condition(Report, user_key, "assignee_region", "assignee_id")
    by_others = Report.reporter_id.is_distinct_from(user_key.id)
    return [[is_reporter], [is_assignee, by_others]]


def _hide_others_words(user_key: RowKey, row: Row) -> Row:
    """Leave out what others wrote, and what others got back."""
    if row["reporter_id"] != user_key.id:
        row["note"] = row["answer"] = row["language"] = row["ended_own_reservation"] = None
    if not row["ended_own_reservation"]:
        row["returned_amount"] = None
    return row


EXPORT_SECTIONS = [
    ExportSection(
        name="reports",
        label=_l("Your reports, and those that you look after as staff"),
        model=Report,
        columns=(
            "region", "id", "city", "kind", "critical", "called_unsafe", "note", "language",
            "state", "answer", "created_at", "answered_at", "first_action_at", "withdrawn_at",
            "tags",
            "ended_own_reservation", "returned_amount",
        ),
        conditions=_report_conditions,
        order=("created_at", "id"),
        redact=_hide_others_words,
        redact_columns=("reporter_id",),
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
