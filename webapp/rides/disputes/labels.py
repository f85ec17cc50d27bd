"""Labels that people read for values of disputes."""

from webapp.rides.disputes.enums import DisputeState
from webapp.translations import find_label
from webapp.translations import lazy_gettext as _l

STATE_LABELS = {
    DisputeState.OPEN: _l("In review"),
    DisputeState.ANSWERED: _l("Answered"),
    DisputeState.CLOSED: _l("Closed"),
}

STAFF_STATE_LABELS = {
    DisputeState.OPEN: _l("To answer"),
    DisputeState.ANSWERED: _l("Answered"),
    DisputeState.CLOSED: _l("Closed"),
}


def dispute_state_label(state: str) -> str:
    """Return what the rider reads for a state."""
    return find_label(STATE_LABELS, state)


def dispute_staff_state_label(state: str) -> str:
    """Return what staff read for a state."""
    return find_label(STAFF_STATE_LABELS, state)
