"""Conditions and columns of data exports, for the statements of a person and of a worker."""

from datetime import timedelta

from flask import current_app
from sqlalchemy import (
    ColumnElement,
    and_,
    func,
    or_,
    select,
)

from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.riders.data_exports.models import PARTS_SLICE, DataExport, DataExportPart


def expiry_column() -> ColumnElement:
    return func.now() + timedelta(seconds=current_app.config["DATA_EXPORT_KEEP_S"])


def has_failed_condition() -> ColumnElement[bool]:
    """Return the condition that an export was given up, or that its worker has written nothing for
    long: it has died, and no other one runs the job. One that no worker has begun waits."""
    exports = table(DataExport).c
    is_stalled = and_(exports.worker.is_not(None), stands_still_condition())
    return or_(exports.failed_at.is_not(None), is_stalled)


def stands_still_condition() -> ColumnElement[bool]:
    exports = table(DataExport).c
    longest_pause = timedelta(seconds=current_app.config["DATA_EXPORT_STALLED_S"])
    return and_(exports.finished_at.is_(None), exports.changed_at < func.now() - longest_pause)


def has_ended_condition() -> ColumnElement[bool]:
    """Return the condition that an export has expired, or is being deleted: nobody downloads or
    writes it any more."""
    return table(DataExport).c.expires_at <= func.now()


def has_many_parts_condition(user_key: RowKey) -> ColumnElement[bool]:
    """Return the condition that an account may have more parts than one statement deletes. Not what
    ``part_count`` says: those of an earlier worker may be left."""
    exports, parts = table(DataExport), table(DataExportPart)
    is_of_export = and_(parts.c.region == exports.c.region, parts.c.export_id == exports.c.id)
    return (
        select(parts.c.number)
        .join_from(exports, parts, is_of_export)
        .where(key_condition(exports, user_key, id="user_id"), parts.c.number > PARTS_SLICE)
        .exists()
    )


def is_part_of_ended_condition(export_key: RowKey) -> ColumnElement[bool]:
    """Select the parts of an export that has ended, and was not requested again since."""
    return _is_part_condition(export_key, has_ended_condition())


def is_part_of_lease_condition(export_key: RowKey, lease: str) -> ColumnElement[bool]:
    """Select the parts of an export while the worker has it."""
    return _is_part_condition(export_key, table(DataExport).c.worker == lease)


def _is_part_condition(export_key: RowKey, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    exports = table(DataExport)
    chosen = select(exports.c.id).where(key_condition(exports, export_key), condition)
    return table(DataExportPart).c.export_id.in_(chosen)
