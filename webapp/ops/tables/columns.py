"""Which tables and columns the pages show.

All are shown, but what opens an account or a feed, and what was written for one reader.
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import JSON, Column, LargeBinary, Table, Text, cast, func
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import ARRAY, String, TypeEngine

if TYPE_CHECKING:
    from webapp.ops.schema_docs.document import Model

#: Tables without a page. Recovery codes are short enough to be guessed from their digests, which
#: are a part of the key; the lock of writes has no rows.
HIDDEN_TABLES = {"recovery_codes", "write_lock"}
#: Columns that no page shows, by their table.
HIDDEN_COLUMNS = {
    "users": {"password_hash"},
    "second_factors": {"secret"},
    "feed_subscriptions": {"access", "versions"},
    "oauth_clients": {"secret_digest"},
    "oauth_signing_keys": {"private_jwk"},
    "push_keys": {"private_jwk"},
    "push_subscriptions": {"ciphertext"},
    # Of the number support sees a part.
    "phone_numbers": {"number", "code_digest"},
    "oauth_token_families": {
        "code_digest",
        "code_challenge",
        "refresh_digest",
        "previous_digest",
    },
    # What was answered to one program, such as the address at which somebody pays.
    "idempotency_keys": {"location", "body"},
    # Recipients and links of mails, encrypted.
    "jobs": {"payload"},
    # Where somebody lives, and went.
    "saved_places": {"lat", "lon"},
    "ride_paths": {"points"},
    "rides": {f"{end}_{name}" for end in ("start", "end") for name in ("address", "lat", "lon")},
}
#: Characters of a long text that are read and shown.
MAX_TEXT = 200


@cache
def list_models() -> dict[str, "Model"]:
    """Return the tables that have a page, by name, in the order of docs/schema.md."""
    from webapp.ops.schema_docs.document import read_models  # few processes ever need it

    models = read_models()
    return {m.table.name: m for m in models if m.table.name not in HIDDEN_TABLES}


def list_columns(table: Table) -> list[Column[object]]:
    """Return the columns of a table that its page shows."""
    hidden = HIDDEN_COLUMNS.get(table.name, set())
    return [column for column in table.columns if column.name not in hidden]


def shown_columns(columns: Sequence[Column[object]]) -> list[ColumnElement[object]]:
    """Return what the database sends for columns: the beginning of what may be long, and of bytes
    only how many they are."""
    return [_shown_column(column).label(f"shown_{n}") for n, column in enumerate(columns)]


def _shown_column(column: Column[object]) -> ColumnElement[object]:
    if isinstance(column.type, LargeBinary):
        return func.octet_length(column)
    if _may_be_long(column.type):
        return func.left(cast(column, Text), MAX_TEXT + 1)
    return column


def _may_be_long(kind: TypeEngine[object]) -> bool:
    is_long_text = isinstance(kind, String) and (kind.length is None or kind.length > MAX_TEXT)
    return is_long_text or isinstance(kind, (JSON, ARRAY))
