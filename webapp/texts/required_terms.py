"""Which versions of the terms riders must have agreed to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, select

from webapp.texts.conditions import has_begun_condition
from webapp.texts.enums import TextKind
from webapp.texts.models import TextVersion


@dataclass(frozen=True)
class RequiredTerms:
    """What is required where the terms of a city, or those of all cities, apply."""

    #: The versions since the last change to which riders must agree: each of them is enough.
    version_ids: tuple[UUID, ...]
    #: What has changed, in the words of the publisher.
    summary: str
    #: Of these words.
    language: str


def required_terms_query() -> Select[Any]:  # Any: columns of several types
    """Return the query of the versions of terms since the last one that requires agreement, for
    each city and for all cities; the newest first."""
    v = TextVersion
    is_terms = v.kind == TextKind.TERMS.value
    last_change = (
        select(v.city, func.max(v.effective_from).label("began_at"))
        .where(is_terms, v.requires_agreement, has_begun_condition())
        .group_by(v.city)
        .subquery("last_change")
    )
    is_since = and_(
        v.city.is_not_distinct_from(last_change.c.city),
        v.effective_from >= last_change.c.began_at,
        v.effective_from <= func.now(),
    )
    return (
        select(v.id, v.city, v.language, v.summary, v.requires_agreement)
        .join(last_change, is_since)
        .where(is_terms)
        .order_by(v.effective_from.desc(), v.version.desc())
    )


def group_by_city(rows: Iterable[Row[Any]]) -> Mapping[str | None, RequiredTerms]:
    """Return what is required by city; None: where the terms of all cities apply.

    rows: of ``required_terms_query``.
    """
    by_city: dict[str | None, list[Row[Any]]] = {}
    for row in rows:
        by_city.setdefault(row.city, []).append(row)
    return {city: _make_required_terms(versions) for city, versions in by_city.items()}


def _make_required_terms(versions: list[Row[Any]]) -> RequiredTerms:
    change = next(row for row in versions if row.requires_agreement)
    return RequiredTerms(tuple(row.id for row in versions), change.summary, change.language)
