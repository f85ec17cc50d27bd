"""What riders and staff write in reports, for who reads another language."""

from flask import url_for

from webapp.auth.models import User
from webapp.errors import NotFound
from webapp.fleet.reports.models import Report
from webapp.fleet.reports.queries import find_own_report, find_report_for_staff
from webapp.translatable_texts import TranslatableKind, TranslatableText, parse_text_key


def _find_note(staff: User, text_key: str) -> TranslatableText:
    """Return what a rider has reported, for staff."""
    report = find_report_for_staff(staff, parse_text_key(text_key)).report
    if not report.note or report.reporter_id == staff.id:
        raise NotFound
    page = url_for("fleet.staff_reports.show", report_key=report.key)
    return TranslatableText(report.note, page)


def _find_answer(reporter: User, text_key: str) -> TranslatableText:
    """Return what staff have answered, for the reporter."""
    report: Report = find_own_report(reporter.key, parse_text_key(text_key))
    if not report.answer:
        raise NotFound
    return TranslatableText(report.answer, url_for("fleet.reports.show", report_key=report.key))


TEXT_KINDS = (
    TranslatableKind("report", _find_note, is_private=True),
    TranslatableKind("report-answer", _find_answer, is_private=True),
)
