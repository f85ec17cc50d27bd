"""How the values of any column are shown."""

from datetime import UTC, datetime

from sqlalchemy import Column, LargeBinary

from webapp.ops.tables.columns import MAX_TEXT
from webapp.translations import gettext as _


def format_cell(value: object, column: Column[object]) -> str:
    """Return a value as people read it: nothing for NULL, the beginning of a long text, the size
    of bytes."""
    if value is None:
        return ""
    if isinstance(column.type, LargeBinary):
        return str(_("%(n)s bytes", n=value))
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(" ", "seconds").removesuffix("+00:00")
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"
