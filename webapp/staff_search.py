"""The search of staff: what they look for, and the sources that find it.

A module adds its sources to ``Hooks.search_sources``; webapp/fleet/staff_search asks all of them in
one statement.
"""

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from flask_babel import LazyString
from sqlalchemy import ColumnElement, Select, String, cast, func, literal, select

from webapp.db.types import table
from webapp.extensions import Base
from webapp.web.roles import Permission

#: A text that may be the beginning of an id, with or without dashes.
MIN_ID_LENGTH, ID_LENGTH = 6, 32
#: Shorter words find no person: they have no trigram, and would list half a city.
MIN_NAME_LENGTH = 3

#: Region, id, city, what the description consists of (JSON), how well it fits.
FoundRowsQuery = Select[tuple[str, UUID, str, Any, float]]


@dataclass(frozen=True)
class SearchTerm:
    """What somebody has typed into the search."""

    text: str

    @cached_property
    def words(self) -> tuple[str, ...]:
        text = unicodedata.normalize("NFC", self.text).replace(",", " ").lower()
        return tuple(text.split())

    @cached_property
    def id_range(self) -> tuple[UUID, UUID] | None:
        """The first and the last id that begin with the text; None if it is no part of an id."""
        digits = self.text.strip().rpartition(".")[2].replace("-", "").lower()
        if not re.fullmatch(f"[0-9a-f]{{{MIN_ID_LENGTH},{ID_LENGTH}}}", digits):
            return None
        return UUID(digits.ljust(ID_LENGTH, "0")), UUID(digits.ljust(ID_LENGTH, "f"))

    @cached_property
    def name_words(self) -> tuple[str, ...]:
        """The words by which persons are found, the longest first; none if all are too short."""
        words = sorted(self.words, key=len, reverse=True)
        return tuple(words) if words and len(words[0]) >= MIN_NAME_LENGTH else ()


class SearchScope(NamedTuple):
    """Where a member of staff may find something."""

    #: Names of cities, and the regions of these.
    cities: Collection[str]
    regions: Collection[str]

    def condition(self, model: type[Base]) -> ColumnElement[bool]:
        """Return the condition that a row is in one of the cities."""
        rows = table(model).c
        return rows.region.in_(sorted(self.regions)) & rows.city.in_(sorted(self.cities))


class SearchResult(NamedTuple):
    """A row that was found, as people read it."""

    title: str
    #: May be Markup.
    subtitle: str
    #: The page that shows it, and the arguments of its address (Any: of several types).
    endpoint: str
    url_args: dict[str, Any]


@dataclass(frozen=True)
class SearchSource:
    """One kind of rows that staff find."""

    #: In the address of the page: ``vehicles``.
    name: str
    label: LazyString
    #: Who finds them, in the cities where they have it.
    permission: Permission
    #: Is called with what is looked for, where, and how many rows at most. None: nothing of this
    #: kind fits the text.
    query: Callable[[SearchTerm, SearchScope, int], FoundRowsQuery | None]
    #: Is called with key, city and the values of the JSON list.
    describe: Callable[..., SearchResult]
    #: Kinds are shown in the order of their positions.
    position: int
    #: Whether the rows are persons: then a search is counted and recorded.
    finds_persons: bool = False


def found_rows_query(
    model: type[Base], values: Collection[Any], rank: ColumnElement[float] | None = None
) -> FoundRowsQuery:
    """Return the query of a source, without its conditions.

    values: columns that the description consists of (Any: of any types).
    rank: the best have the highest; by default all have 1.
    """
    rows = table(model).c
    best = literal(1.0) if rank is None else rank
    return select(
        cast(rows.region, String).label("region"),
        rows.id,
        rows.city,
        func.json_build_array(*values).label("values"),
        best.label("rank"),
    )


def id_condition(model: type[Base], term: SearchTerm) -> ColumnElement[bool] | None:
    """Return the condition that an id begins with the text; None if it is no part of an id."""
    if term.id_range is None:
        return None
    return table(model).c.id.between(*term.id_range)
