"""The condition under which somebody may ride in a city: they have agreed to its terms."""

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    String,
    Uuid,
    all_,
    bindparam,
    exists,
    func,
    literal,
    or_,
)
from sqlalchemy.dialects.postgresql import ARRAY

from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.texts.agreements.models import TermsAgreement


class AcceptedTerms(NamedTuple):
    """Pairs of a city where riders must have agreed, and a version that is enough there."""

    cities: list[str]
    versions: list[UUID]

    @property
    def are_required(self) -> bool:
        """Whether riders must have agreed in any of these cities."""
        return bool(self.cities)

    def bind(self) -> dict[str, list[Any]]:
        """Return the values of ``has_agreed_condition`` without ``accepted_terms``."""
        return {"terms_cities": self.cities, "terms_versions": self.versions}


#: For cities where riders need agree to nothing.
NO_TERMS = AcceptedTerms([], [])


def has_agreed_condition(
    user_key: RowKey,
    city: ColumnElement[str],
    accepted_terms: AcceptedTerms | None = None,
) -> ColumnElement[bool]:
    """Return the condition that somebody has agreed to the terms that a ride in the city needs, or
    that it needs none.

    accepted_terms: None: parameters, for a statement that is built once; their values are those of
        ``AcceptedTerms.bind``.
    """
    cities, versions = _make_arrays(accepted_terms)
    pairs = func.unnest(cities, versions).table_valued("city", "version_id", name="accepted")
    accepted = pairs.render_derived().c
    agreements = table(TermsAgreement)
    has_agreed = exists().where(
        accepted.city == city,
        key_condition(agreements, user_key, id="user_id"),
        agreements.c.version_id == accepted.version_id,
    )
    return or_(city != all_(cities), has_agreed)


def _make_arrays(accepted_terms: AcceptedTerms | None) -> tuple[Any, Any]:
    strings, uuids = ARRAY(String), ARRAY(Uuid)
    if accepted_terms is None:
        return bindparam("terms_cities", type_=strings), bindparam("terms_versions", type_=uuids)
    return literal(accepted_terms.cities, strings), literal(accepted_terms.versions, uuids)
