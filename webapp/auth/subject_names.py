"""What people call the actors and subjects of audit events."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from flask_login import current_user
from sqlalchemy import ColumnElement, String, cast, func, literal, select, tuple_, union_all

from webapp.audit.models import AuditEvent
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.extensions import Base, db
from webapp.hooks import SubjectNames, SubjectNamesQuery, get_hooks
from webapp.web.roles import Permission


def find_subject_names(events: Iterable[AuditEvent]) -> dict[str, str]:
    """Return names by subject, such as ``account us-east1.0b9c...``; rows that are gone have none.

    One statement, if there are subjects.
    """
    hooks = get_hooks().subject_names
    queries = [
        hooks[kind].query(keys).add_columns(literal(kind))
        for kind, keys in _group_keys_by_kind(events).items()
        if kind in hooks
    ]
    if not queries:
        return {}
    rows = db.session.execute(union_all(*queries))
    return {f"{kind} {key}": hooks[kind].describe(*values) for key, values, kind in rows}


def _group_keys_by_kind(events: Iterable[AuditEvent]) -> dict[str, set[str]]:
    keys: dict[str, set[str]] = defaultdict(set)
    for event in events:
        if event.actor:
            keys["account"].add(str(event.actor))
        if event.subject:
            kind, _space, key = event.subject.partition(" ")
            keys[kind].add(key)
    return keys


def subject_names_query(
    model: type[Base], keys: Collection[str], *columns: ColumnElement[Any]
) -> SubjectNamesQuery:
    """Return the query of ``SubjectNames`` for rows of a regional table.

    columns: what the names consist of (Any: of any types), of ``model`` or a table joined with it.
    """
    rows = table(model).c
    key = cast(rows.region, String) + "." + cast(rows.id, String)
    is_one = tuple_(rows.region, rows.id).in_([RowKey.parse(each) for each in keys])
    return select(key, func.json_build_array(*columns)).where(is_one)


def _accounts_query(keys: Collection[str]) -> SubjectNamesQuery:
    """Return the query for accounts of the cities whose accounts the viewer may see."""
    users = table(User).c
    query = subject_names_query(User, keys, users.first_name, users.last_name)
    query = query.where(users.deleted_at.is_(None))
    cities = current_user.cities_with_permission(Permission.VIEW_RIDERS)
    return query if cities is None else query.where(users.city.in_(cities))


ACCOUNT_NAMES = SubjectNames(_accounts_query, "{} {}".format)
