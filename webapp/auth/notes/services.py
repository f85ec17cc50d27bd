"""Adding a note about an account."""

from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Select, exists, func, literal, select
from sqlalchemy.orm import aliased

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth.models import User
from webapp.auth.notes.models import AccountNote
from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import table
from webapp.errors import DomainError, check_form_values
from webapp.extensions import db
from webapp.translations import lazy_gettext as _l

#: About one account.
MAX_NOTES = 500


class TooManyNotes(DomainError):
    field = "text"
    message = _l("There are %(max)d notes about this person already.", max=MAX_NOTES)


def add_note(author: User, user: User, text: str, nonce: str) -> None:
    """Add a note about an account that the author may see; idempotent by the nonce of the form.

    Raises TooManyNotes, FormReused.
    """
    note_id = uuid5(NAMESPACE_OID, f"note {user.id} {nonce}")
    if not execute_write(add_note_statement(author, user, text, note_id), idempotent=True):
        with check_outcome():
            _check_written(RowKey(user.region, note_id), text)


def add_note_statement(author: User, user: User, text: str, note_id: UUID) -> Select[tuple[UUID]]:
    """Return the statement that adds a note with its audit event; no row: it is there already, the
    account has gone, or there are too many."""
    notes, users, others = table(AccountNote), table(User), table(AccountNote).alias("others")
    row = {
        "region": user.region,
        "id": note_id,
        "user_id": user.id,
        "author_region": author.region,
        "author_id": author.id,
        "text": text,
    }
    count = select(func.count()).where(key_condition(others, user.key, id="user_id"))
    values = (literal(value, notes.c[name].type) for name, value in row.items())
    source = select(*values).where(
        exists().where(key_condition(users, user.key), users.c.deleted_at.is_(None)),
        count.scalar_subquery() < MAX_NOTES,
    )
    inserted = insert(notes).from_select(list(row), source).on_conflict_do_nothing()
    added = inserted.returning(notes.c.id).cte("added")
    audit_event = account_event_statement(
        AuditKind.NOTE_ADDED, user.key, region=user.region, city=user.city, after=added
    )
    return select(added.c.id).add_cte(as_cte(audit_event))


def _check_written(note_key: RowKey, text: str) -> None:
    note = aliased(AccountNote)
    query = select(note.text).where(key_condition(note, note_key))
    stored = db.session.execute(query).one_or_none()
    if stored is None:
        raise TooManyNotes
    check_form_values(stored, {"text": text})
