"""Reading the notes about an account."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, and_, func, select, true, tuple_
from sqlalchemy.orm import lazyload

from webapp.account_sections import ROWS_SHOWN, AccountSection, SectionLink, SectionRow
from webapp.auth.models import User
from webapp.auth.notes.models import AccountNote
from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.regions.models import City
from webapp.templating import local_time
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission


class Note(NamedTuple):
    """A note, with the short name of its author. None: the account was deleted."""

    id: UUID
    text: str
    created_at: datetime
    first_name: str | None
    last_name: str | None

    @property
    def author(self) -> str:
        return f"{self.first_name} {(self.last_name or '')[:1]}." if self.first_name else ""


def list_notes(staff: User, user_key: RowKey, after: Cursor | None) -> tuple[User, Page[Note]]:
    """Return an account and one page of the notes about it, newest first; raises NotFound, also for
    an account that the member of staff may not see. One statement."""
    rows = db.session.execute(_notes_page_query(user_key, after)).all()
    if not rows or not staff.has_permission(Permission.VIEW_RIDERS, rows[0][0].city):
        raise NotFound
    notes = [Note(*values) for _, *values in rows if values[0]]
    return rows[0][0], make_page(notes, lambda note: (note.created_at, note.id))


def _notes_page_query(user_key: RowKey, after: Cursor | None) -> Select[Any]:
    """Return a query with a row for each note; with one row without a note if there are none."""
    notes = notes_query(user_key).limit(page_size() + 1)
    if after:
        n = table(AccountNote).c
        notes = notes.where(tuple_(n.created_at, n.id) < after)
    rows = notes.subquery("notes")
    return (
        select(User, *rows.c)
        .select_from(User)
        .outerjoin(rows, true())
        .where(key_condition(User, user_key), User.deleted_at.is_(None))
        .order_by(rows.c.created_at.desc(), rows.c.id.desc())
        .options(lazyload("*"))
    )


def notes_query(user_key: RowKey) -> Select[Any]:
    """Return the query of the columns of ``Note``, newest first."""
    notes, users = table(AccountNote), table(User)
    n = notes.c
    is_author = and_(users.c.region == n.author_region, users.c.id == n.author_id)
    is_there = users.c.deleted_at.is_(None)
    return (
        select(n.id, n.text, n.created_at, users.c.first_name, users.c.last_name)
        .outerjoin_from(notes, users, and_(is_author, is_there))
        .where(key_condition(notes, user_key, id="user_id"))
        .order_by(n.created_at.desc(), n.id.desc())
    )


def _section_query(user_key: RowKey, cities: Collection[str] | None) -> Select[tuple[Any]]:
    """The page of the account has checked that its home city is one of the viewer's."""
    rows = notes_query(user_key).limit(ROWS_SHOWN).subquery("newest_notes").c
    values = (rows.created_at, rows.id, rows.text, rows.first_name, rows.last_name)
    return select(func.jsonb_build_array(*values))


def _describe(
    city: City | None,
    created_at: str,
    id_: str,
    text: str,
    first_name: str | None,
    last_name: str | None,
) -> SectionRow:
    note = Note(UUID(id_), text, datetime.fromisoformat(created_at), first_name, last_name)
    author = note.author or _("a colleague")
    return SectionRow(text, local_time(note.created_at, city) + f" · {author}")


ACCOUNT_SECTION = AccountSection(
    "notes",
    _l("Notes"),
    Permission.VIEW_RIDERS,
    _section_query,
    _describe,
    position=5,
    links=(SectionLink(_l("All notes, and add one"), "auth.notes.index", Permission.VIEW_RIDERS),),
)
