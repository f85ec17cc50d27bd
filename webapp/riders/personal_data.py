"""The personal data export: everything MovR stores about a person, for that person.

The sections of other modules come from ``Hooks.export_sections``.
"""

from collections.abc import Iterator

from flask import current_app
from sqlalchemy import Select, func, literal, select, union_all

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.hooks import get_hooks
from webapp.personal_data import ExportSection, Row, rows_with_key
from webapp.riders.models import Profile
from webapp.translations import lazy_gettext as _l

EXPORT_SECTION = ExportSection(
    name="profile",
    label=_l("Your profile"),
    model=Profile,
    columns=("about", "shown_to_riders", "shows_last_active", "shows_ride_count"),
    conditions=rows_with_key(Profile, id="user_id"),
    order=("user_id",),
)


# --- the export --------------------------------------------------------------------------------


def read_export(user_key: RowKey) -> dict[str, Iterator[Row]]:
    """Return the rows of all sections by name; each is read when it is iterated."""
    return {section.name: section.rows(user_key) for section in get_hooks().export_sections}


def is_small_export(user_key: RowKey) -> bool:
    """Tell whether an account has so few rows that they are sent while the person waits. A larger
    one gets an archive (webapp/riders/data_exports)."""
    max_rows: int = current_app.config["DATA_EXPORT_MAX_ROWS_AT_ONCE"]
    return db.session.execute(count_rows_query(user_key, max_rows + 1)).scalar_one() <= max_rows


def count_rows_query(user_key: RowKey, limit: int) -> Select[tuple[int]]:
    """Return the query for the number of rows of all sections. It reads no more than ``limit``."""
    queries = [
        select(literal(1).label("one")).select_from(table(section.model)).where(*conditions)
        for section in get_hooks().export_sections
        for conditions in section.conditions(user_key)
    ]
    rows = union_all(*queries).limit(limit).subquery()
    return select(func.count()).select_from(rows)


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
