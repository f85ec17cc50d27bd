"""The personal data export: everything MovR stores about a person, for that person.

The sections of other modules come from ``Hooks.export_sections``.
"""

from collections.abc import Iterator

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.errors import NotFound
from webapp.hooks import get_hooks
from webapp.personal_data import ExportSection, Row, rows_with_key
from webapp.riders.models import Profile
from webapp.translations import lazy_gettext as _l

EXPORT_SECTION = ExportSection(
    name="profile",
    label=_l("Your profile"),
    model=Profile,
    columns=("about",),
    conditions=rows_with_key(Profile, id="user_id"),
    order=("user_id",),
)


# --- the export --------------------------------------------------------------------------------


def read_export(user_key: RowKey) -> dict[str, Iterator[Row]]:
    """Return the rows of all sections by name; each is read when it is iterated."""
    return {section.name: section.rows(user_key) for section in get_hooks().export_sections}


def find_section(name: str) -> ExportSection:
    """Return the section of that name; raises NotFound."""
    for section in get_hooks().export_sections:
        if section.name == name:
            return section
    raise NotFound


def record_export(user_key: RowKey, section_name: str) -> None:
    """Write to the audit trail that a person takes a copy of a section, or of ``everything``."""
    audit_event = account_event_statement(
        AuditKind.DATA_EXPORTED, user_key, actor=user_key, what=section_name
    )
    execute_write(audit_event, idempotent=True)
