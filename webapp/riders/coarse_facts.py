"""What other riders may see of somebody's activity: in words too coarse to follow a person."""

from datetime import datetime

from flask_babel import LazyString

from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

#: From so many days ago on.
LAST_ACTIVE_LABELS: dict[int, LazyString] = {
    0: _l("active today"),
    1: _l("active this week"),
    7: _l("active this month"),
    31: _l("active longer ago"),
}
#: Rides are counted up to the last of these.
RIDE_COUNT_STEPS = (10, 50, 100)


def describe_last_active(last_seen_at: datetime | None, now: datetime) -> LazyString:
    """Return when somebody was last active, in days. Both times by the clocks of the person; None:
    so long ago that it is not known."""
    days = (now.date() - last_seen_at.date()).days if last_seen_at else max(LAST_ACTIVE_LABELS)
    return LAST_ACTIVE_LABELS[max(step for step in LAST_ACTIVE_LABELS if step <= max(days, 0))]


def describe_ride_count(count: int) -> str:
    """Return about how many rides there were. count: at most the last of RIDE_COUNT_STEPS."""
    if count < RIDE_COUNT_STEPS[0]:
        return str(_("fewer than %(n)d rides", n=RIDE_COUNT_STEPS[0]))
    return str(_("%(n)d rides or more", n=max(step for step in RIDE_COUNT_STEPS if step <= count)))
