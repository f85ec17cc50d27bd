"""The export of users: the accounts whose home is a city."""

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import lazyload

from webapp.auth.models import User
from webapp.db.paging import Cursor
from webapp.db.reads import read_slice
from webapp.exports.columns import ExportColumn, ExportFilter, ExportTable, Slice
from webapp.exports.enums import TableName
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission

#: Accounts that one statement reads.
SLICE = 1_000


def _read_users(export_filter: ExportFilter, after: Cursor | None) -> Slice[User]:
    users = [row[0] for row in read_slice(users_query(export_filter, after))]
    last = users[-1] if len(users) == SLICE else None
    return Slice(users, (last.created_at, last.id) if last else None)


def users_query(export_filter: ExportFilter, after: Cursor | None) -> Select[tuple[User]]:
    """Return the query of some accounts, the oldest first; without those that have ended."""
    city = export_filter.city
    query = (
        select(User)
        .where(User.region == city.region, User.city == city.name, User.deleted_at.is_(None))
        .options(lazyload("*"))
        .order_by(User.created_at, User.id)
        .limit(SLICE)
    )
    return query.where(tuple_(User.created_at, User.id) > after) if after else query


Column = ExportColumn[User]
COLUMNS = (
    Column("id", _l("Identifier of the account."), lambda user: str(user.id)),
    Column("username", _l("Username."), lambda user: user.username),
    Column("first_name", _l("First name."), lambda user: user.first_name),
    Column("last_name", _l("Last name."), lambda user: user.last_name),
    Column("email", _l("E-mail address."), lambda user: user.email),
    Column("created_at", _l("When the person registered."), lambda user: user.created_at),
    Column(
        "email_confirmed_at",
        _l("When the person confirmed the e-mail address. Empty: not yet."),
        lambda user: user.email_confirmed_at,
    ),
    Column(
        "disabled_at",
        _l("When staff closed the account. Empty: it is open."),
        lambda user: user.disabled_at,
    ),
)

USERS = ExportTable(
    TableName.USERS,
    _l("Users"),
    _l("The accounts whose home is this city, without deleted ones."),
    Permission.VIEW_RIDERS,
    COLUMNS,
    _read_users,
)
