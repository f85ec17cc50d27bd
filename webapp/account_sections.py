"""Sections of the page of an account: what staff see of rides, money, reports and disputes.

A module adds its sections to ``Hooks.account_sections``; webapp/auth/queries.py reads all of them
with the account, in one statement.
"""

import json
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from flask_babel import LazyString
from sqlalchemy import ColumnElement, Select, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import String

from webapp.db.keys import RowKey
from webapp.regions.models import City
from webapp.web.roles import Permission

#: Of each section, so many rows are shown at most: the newest.
ROWS_SHOWN = 5


class SectionRow(NamedTuple):
    """A row of a section, as people read it."""

    title: str
    #: May be Markup.
    subtitle: str = ""
    #: The page that shows it, and the arguments of its address (Any: of several types). '': none.
    endpoint: str = ""
    url_args: Mapping[str, Any] = MappingProxyType({})


class SectionLink(NamedTuple):
    """A link below a section."""

    label: LazyString
    #: Of a page with the argument ``user_key``.
    endpoint: str
    #: Who sees the link: what the page itself ``requires``, in the home city of the account.
    permission: Permission
    #: Whether the page is not for one's own account.
    is_for_others: bool = False


class AccountSection(NamedTuple):
    """What belongs to an account, for staff."""

    name: str
    label: LazyString
    #: Who sees it, of the cities where they have it.
    permission: Permission
    #: Is called with the account and the names of these cities (None: all). Returns a query of one
    #: column, a JSON list that begins with a time; newest first.
    query: Callable[[RowKey, Collection[str] | None], Select[tuple[Any]]]
    #: Is called with the home city of the account, and the values of such a list.
    describe: Callable[..., SectionRow]
    #: Sections are shown in the order of their positions.
    position: int
    links: tuple[SectionLink, ...] = ()


class ShownSection(NamedTuple):
    """A section that was read."""

    name: str
    label: LazyString
    rows: list[SectionRow]
    links: tuple[SectionLink, ...]


def sections_column(
    sections: Collection[AccountSection],
    user_key: RowKey,
    find_cities: Callable[[Permission], Collection[str] | None],
) -> ColumnElement[str]:
    """Return the text of an object of JSON with the rows of sections, by name, that somebody may
    see.

    find_cities: returns in which cities they have a permission; None: in all.
    """
    pairs: list[Any] = []
    for section in sections:
        cities = find_cities(section.permission)
        if cities is None or cities:
            rows = section.query(user_key, cities).limit(ROWS_SHOWN).subquery(section.name)
            row = next(iter(rows.c))
            found = select(func.coalesce(func.jsonb_agg(row), literal([], JSONB))).select_from(rows)
            pairs += (literal(section.name, String), found.scalar_subquery())
    return cast(func.jsonb_build_object(*pairs), String)  # rows of the ORM must be hashable


def describe_sections(
    sections: Collection[AccountSection], text: str, city: City | None
) -> list[ShownSection]:
    """Return the sections that were read by ``sections_column``, in their order.

    city: the home city of the account.
    """
    rows_by_name: dict[str, Any] = json.loads(text)
    return [
        ShownSection(
            section.name,
            section.label,
            [
                section.describe(city, *row)
                for row in sorted(rows, key=lambda row: row[0], reverse=True)
            ],
            section.links,
        )
        for section in sorted(sections, key=lambda section: section.position)
        if (rows := rows_by_name.get(section.name)) is not None
    ]
