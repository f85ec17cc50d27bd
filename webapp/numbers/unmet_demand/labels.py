"""What people read about unmet demand."""

from webapp.translations import ngettext


def describe_half_hours(count: int) -> str:
    """Return ``12 half hours``."""
    return str(ngettext("%(num)d half hour", "%(num)d half hours", count))
