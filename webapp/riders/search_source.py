"""What the search of staff finds about persons: riders, by a part of their name or address.

Words of three letters and more are found by trigram indexes (docs/decisions/0027): as a part of a
username, name or e-mail address, and in a name also with a wrong letter.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Float, and_, case, cast, func, literal, or_, select, union_all

from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.staff_search import (
    FoundRowsQuery,
    SearchResult,
    SearchScope,
    SearchSource,
    SearchTerm,
    found_rows_query,
)
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission

#: Columns with a trigram index. A misspelt e-mail address finds nobody: half of each is the same.
NAME_COLUMNS = ("first_name", "last_name", "username")
COLUMNS = (*NAME_COLUMNS, "email")
#: So many accounts of each column are ranked at most. A word that more have in common, such as
#: ``mar``, would be ranked in 0.1 s for 100,000 accounts.
CANDIDATES = 500


def found_riders_query(
    term: SearchTerm,
    scope: SearchScope,
    limit: int,
    more: Sequence[ColumnElement[bool]] = (),
) -> FoundRowsQuery | None:
    """Return the riders with all words, each in any of the columns; best first.

    more: conditions on users besides.
    """
    if not term.name_words:
        return None
    longest, *others = term.name_words
    users = table(User).c
    conditions = and_(
        scope.condition(User),
        users.deleted_at.is_(None),
        *more,
        *(or_(*(_match_condition(users[name], word) for name in COLUMNS)) for word in others),
    )
    parts = [
        part.limit(limit)
        for name in COLUMNS
        for part in _candidate_queries(users[name], longest, conditions)
    ]
    found = union_all(*parts).subquery("found_riders")
    return select(found.c.region, found.c.id, found.c.city, found.c["values"], found.c.rank)


def _candidate_queries(
    column: ColumnElement[str], word: str, conditions: ColumnElement[bool]
) -> Iterator[FoundRowsQuery]:
    """Yield the queries for riders with a word in a column, best first: what is equal, and what
    begins so, is not lost among many candidates."""
    users, pattern = table(User).c, _escape_pattern(word)
    shown_columns = users.first_name, users.last_name, users.username, users.email
    query = found_rows_query(User, shown_columns, _rank_column(column, word))
    matches = column.ilike(pattern), column.ilike(f"{pattern}%"), _match_condition(column, word)
    for match in matches:
        candidates = query.where(conditions, match).limit(CANDIDATES).subquery()
        yield select(candidates).order_by(candidates.c.rank.desc())


def _match_condition(column: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """Return the condition that a column has a word in it, or, of a name, one like it."""
    contains = column.ilike(f"%{_escape_pattern(word)}%")
    if column.name == "email":
        return contains
    return or_(contains, column.bool_op("%")(word))


def _rank_column(column: ColumnElement[str], word: str) -> ColumnElement[float]:
    """Return how like a word a column is, from 0 to 1; what begins with it is better."""
    similarity = cast(func.similarity(column, word), Float)
    begins = column.ilike(f"{_escape_pattern(word)}%")
    return similarity + case((begins, literal(0.5)), else_=literal(0.0))


def _escape_pattern(word: str) -> str:
    """Return a word as a pattern of LIKE. Without an ESCAPE clause: CockroachDB uses no index
    then."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _describe_rider(
    key: RowKey, city: str, first_name: str, last_name: str, username: str, email: str
) -> SearchResult:
    name, subtitle = f"{first_name} {last_name}", f"{username} · {email}"
    return SearchResult(name, subtitle, "auth.staff_accounts.account", {"user_key": key})


SEARCH_SOURCE = SearchSource(
    "riders",
    _l("Riders"),
    Permission.VIEW_RIDERS,
    found_riders_query,
    _describe_rider,
    position=20,
    finds_persons=True,
)
