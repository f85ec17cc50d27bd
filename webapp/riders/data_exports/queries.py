"""What the page of a data export shows."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, select

from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.extensions import db
from webapp.riders.data_exports.conditions import (
    has_ended_condition,
    has_failed_condition,
)
from webapp.riders.data_exports.enums import DataExportState
from webapp.riders.data_exports.models import DataExport


class DataExportStatus(NamedTuple):
    """How far an export is."""

    state: DataExportState
    requested_at: datetime
    expires_at: datetime
    file_count: int
    row_count: int
    size_bytes: int


def find_data_export(user_key: RowKey) -> DataExportStatus | None:
    """Return how far the export of an account is; None if it has none."""
    exports = table(DataExport)
    columns = [exports.c[name] for name in DataExportStatus._fields[1:]]
    query = select(_state_column(), *columns).where(key_condition(exports, user_key, id="user_id"))
    row = db.session.execute(query).one_or_none()
    return DataExportStatus(DataExportState(row[0]), *row[1:]) if row else None


def _state_column() -> ColumnElement[str]:
    exports = table(DataExport).c
    return case(
        (has_ended_condition(), DataExportState.EXPIRED.value),
        (exports.finished_at.is_not(None), DataExportState.READY.value),
        (has_failed_condition(), DataExportState.FAILED.value),
        else_=DataExportState.RUNNING.value,
    )
