"""The section of the status page about texts."""

from webapp.hooks import StatusLevel, StatusLine, StatusSection
from webapp.regions.catalogue import catalogue
from webapp.texts.enums import PAGE_KINDS, TextKind
from webapp.texts.labels import text_kind_label
from webapp.texts.published_texts import find_published_text
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.translations import ngettext


def check_texts() -> list[StatusLine]:
    """Tell where people read the examples that MovR comes with."""
    return [_check_text(kind) for kind in PAGE_KINDS]


def _check_text(kind: TextKind) -> StatusLine:
    cities = [city for city in catalogue().all() if find_published_text(kind, city) is None]
    if not cities:
        return StatusLine(text_kind_label(kind), StatusLevel.GREEN, _("published"))
    words = ngettext(
        "%(num)d city shows the example", "%(num)d cities show the example", len(cities)
    )
    advice = _("Publish one: Staff, Terms and help.")
    return StatusLine(text_kind_label(kind), StatusLevel.AMBER, words, advice)


STATUS_SECTION = StatusSection(_l("Texts"), check_texts)
