"""What people read of disputes."""

from flask_babel import lazy_gettext as _l

from webapp.rides.disputes.enums import DisputeState

RIDER_LABELS = {
    DisputeState.OPEN: _l("We are looking at it"),
    DisputeState.ANSWERED: _l("We have answered"),
    DisputeState.CLOSED: _l("Closed"),
}

#: For those who answer.
QUEUE_LABELS = {
    DisputeState.OPEN: _l("Waiting for us"),
    DisputeState.ANSWERED: _l("Answered"),
    DisputeState.CLOSED: _l("Closed"),
}


def rider_label(state: str) -> str:
    """Return what the rider reads for whose turn it is."""
    return str(RIDER_LABELS[DisputeState(state)])


def queue_label(state: str) -> str:
    """Return what staff read for the same."""
    return str(QUEUE_LABELS[DisputeState(state)])
