"""What staff read for results of bulk actions."""

from collections.abc import Mapping

from flask_babel import LazyString

from webapp.fleet.bulk_actions.enums import BulkResult
from webapp.translations import find_label
from webapp.translations import lazy_gettext as _l

RESULT_LABELS: Mapping[BulkResult, LazyString] = {
    BulkResult.DONE: _l("Done"),
    BulkResult.DONE_STAYS_OUT: _l("Done, stays out of service for another reason"),
    BulkResult.RIDDEN: _l("Stays: someone is riding it"),
    BulkResult.UNSAFE: _l("Stays: a report says that it is not safe"),
    BulkResult.TASK_IN_PROGRESS: _l("Stays: somebody is working on it"),
    BulkResult.NOT_RESTORABLE: _l("Stays: its state before can't be restored"),
    BulkResult.OTHER_STATE: _l("Stays: not possible in its state"),
    BulkResult.GONE: _l("Has left the city or the fleet"),
    BulkResult.REFUSED: _l("Stays: the permission was withdrawn"),
    BulkResult.FAILED: _l("Stays: something went wrong"),
}


def bulk_result_label(result: str) -> str:
    """Return the text for a result."""
    return find_label(RESULT_LABELS, result)
