"""What people read about reports."""

from webapp.fleet.reports.enums import ReportKind, ReportState
from webapp.translations import find_label
from webapp.translations import lazy_gettext as _l

KIND_LABELS = {
    ReportKind.DAMAGE: _l("Damaged"),
    ReportKind.BAD_PARKING: _l("Badly parked"),
    ReportKind.LOST: _l("Not where the map shows it"),
    ReportKind.OTHER: _l("Something else"),
}

#: For the reporter.
STATE_LABELS = {
    ReportState.NEW: _l("Received"),
    ReportState.IN_PROGRESS: _l("In progress"),
    ReportState.RESOLVED: _l("Solved"),
    ReportState.DISMISSED: _l("Closed, nothing to do"),
}

#: For staff.
STAFF_STATE_LABELS = {
    ReportState.NEW: _l("New"),
    ReportState.IN_PROGRESS: _l("In progress"),
    ReportState.RESOLVED: _l("Solved"),
    ReportState.DISMISSED: _l("Nothing to do"),
}


def report_kind_label(kind: str) -> str:
    """Return the text for a kind of report."""
    return find_label(KIND_LABELS, kind)


def report_state_label(state: str) -> str:
    """Return the text for a state, for the reporter."""
    return find_label(STATE_LABELS, state)


def report_staff_state_label(state: str) -> str:
    """Return the text for a state, for staff."""
    return find_label(STAFF_STATE_LABELS, state)
