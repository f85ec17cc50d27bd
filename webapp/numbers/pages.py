"""The pages of numbers, in the order of their links."""

from flask_babel import LazyString

from webapp.translations import lazy_gettext as _l

_PAGES = {
    "numbers.numbers.index": _l("Overview"),
    "numbers.response_times.index": _l("Response times"),
    "numbers.retention.index": _l("Retention"),
    "numbers.places.index": _l("Places"),
    "numbers.unmet_demand.index": _l("Unmet demand"),
    "numbers.usage.index": _l("Usage"),
}


def list_pages() -> dict[str, LazyString]:
    """Return what the link to each page says, by its endpoint."""
    return _PAGES
