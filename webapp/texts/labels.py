"""What people read for the kinds of texts."""

from collections.abc import Collection, Mapping
from uuid import UUID

from flask_babel import LazyString
from sqlalchemy import String, cast, func, select

from webapp.db.types import table
from webapp.hooks import SubjectNames, SubjectNamesQuery
from webapp.texts.enums import AlertType, TextKind
from webapp.texts.models import TextVersion
from webapp.translations import find_label, language_label, lazy_pgettext
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

TEXT_KIND_LABELS: Mapping[TextKind, LazyString] = {
    TextKind.TERMS: _l("Terms of service"),
    TextKind.PRIVACY: _l("Privacy policy"),
    TextKind.HELP: _l("Help"),
    TextKind.NOTICE: _l("Notice"),
}

ALERT_TYPE_LABELS: Mapping[AlertType, LazyString] = {
    AlertType.OTHER: lazy_pgettext("alert type", "Other"),
    AlertType.SYSTEM_CLOSURE: _l("System closure: nobody can ride"),
}


def alert_type_label(alert_type: str) -> str:
    """Return what people call a type of alerts."""
    return find_label(ALERT_TYPE_LABELS, alert_type)


def text_kind_label(kind: str) -> str:
    """Return what people call a kind of texts."""
    return find_label(TEXT_KIND_LABELS, kind)


def _names_query(ids: Collection[str]) -> SubjectNamesQuery:
    v = table(TextVersion).c
    values = func.json_build_array(v.kind, v.language, v.version)
    return select(cast(v.id, String), values).where(v.id.in_([UUID(id_) for id_ in ids]))


def _describe(kind: str, language: str, version: int) -> str:
    text, language = text_kind_label(kind), language_label(language)
    return _("%(text)s (%(language)s), version %(n)d", text=text, language=language, n=version)


#: What people call the versions in the audit trail.
TEXT_NAMES = SubjectNames(_names_query, _describe)
