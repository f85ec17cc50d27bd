"""What is recorded when somebody takes out an export."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import CTE

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement
from webapp.db.inserts import Insert
from webapp.db.transactions import execute_write
from webapp.exports.columns import Export
from webapp.exports.enums import ExportFormat
from webapp.web import rate_limits

#: Words that somebody typed are not in the audit trail.
TYPED_FIELDS = {"q"}


def record_export(
    user_id: UUID, export: Export[Any], file_format: ExportFormat, query_args: Mapping[str, str]
) -> None:
    """Count an export, and write it to the audit trail. One statement, before rows are read.

    query_args: the filter as in the address. Any: exports have different rows.
    Raises TooManyTries.
    """
    limit = rate_limits.Limit(*current_app.config["LIMIT_EXPORTS"])
    bucket = rate_limits.make_bucket("export", limit, user_id)

    def record(allowed: CTE) -> CTE:
        return as_cte(export_event_statement(export, file_format, query_args, after=allowed))

    rate_limits.count_attempt([bucket], record=record)


def record_command_export(
    export: Export[Any], file_format: ExportFormat, options: Mapping[str, str]
) -> None:
    """Write an export of the command line to the audit trail. Any: exports have different rows."""
    execute_write(export_event_statement(export, file_format, options), idempotent=True)


def export_event_statement(
    export: Export[Any],
    file_format: ExportFormat,
    query_args: Mapping[str, str],
    after: CTE | None = None,
) -> Insert:
    """Return the INSERT of the audit event of an export. Any: exports have different rows."""
    return audit_event_statement(
        AuditKind.TABLE_EXPORTED,
        after=after,
        region=export.city.region,
        table=export.table.name.value,
        format=file_format.value,
        city=export.city.name,
        filters={name: query_args[name] for name in query_args if name not in TYPED_FIELDS},
        columns=len(export.columns),
        has_words=bool(TYPED_FIELDS & set(query_args)),
    )
