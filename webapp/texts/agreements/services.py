"""Agreeing to terms: by registering, and before a ride."""

from uuid import UUID

from sqlalchemy import CTE, Select, select

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth.models import is_account_open_condition
from webapp.db.inserts import insert, insert_if
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City
from webapp.texts.agreements.conditions import AcceptedTerms
from webapp.texts.agreements.models import TermsAgreement
from webapp.texts.enums import TextKind
from webapp.texts.published_texts import find_published_text, find_required_terms


def find_terms_id(city: City) -> UUID | None:
    """Return the version of the terms that holds in a city, for the reader; None: nobody has
    published terms yet."""
    terms = find_published_text(TextKind.TERMS, city)
    return terms.id if terms else None


def list_accepted_terms(region: str) -> AcceptedTerms:
    """Return for each city of a region where riders must have agreed which versions are enough. It
    asks the database at most every PLANS_MAX_AGE_S."""
    pairs = [
        (city.name, version_id)
        for city in catalogue().all()
        if city.region == region and (required := find_required_terms(city))
        for version_id in required.version_ids
    ]
    return AcceptedTerms([city for city, _ in pairs], [version_id for _, version_id in pairs])


def agree_to_terms(user_key: RowKey, city: City, version_id: UUID) -> None:
    """Record that somebody agrees to the terms of a city, if these are still the ones that hold.

    version_id: what the person has seen.
    """
    if version_id != find_terms_id(city):
        return
    execute_write(agree_to_terms_statement(user_key, version_id), idempotent=True)


def agree_to_terms_statement(user_key: RowKey, version_id: UUID) -> Select[tuple[UUID]]:
    """Return the statement that records an agreement with its audit event; twice it is one."""
    agreements = table(TermsAgreement)
    agreed = (
        insert_if(
            is_account_open_condition(user_key),
            agreements,
            region=user_key.region,
            user_id=user_key.id,
            version_id=version_id,
        )
        .on_conflict_do_nothing()
        .returning(agreements.c.version_id)
        .cte("agreed")
    )
    audit_event = account_event_statement(
        AuditKind.TERMS_AGREED, user_key, actor=user_key, after=agreed, version=str(version_id)
    )
    return select(agreed.c.version_id).add_cte(as_cte(audit_event))


def registration_agreement_cte(user_key: RowKey, version_id: UUID) -> CTE:
    """Return the part of the statement that creates an account which records the agreement."""
    agreements = table(TermsAgreement)
    row = {"region": user_key.region, "user_id": user_key.id, "version_id": version_id}
    return insert(agreements).values(row).returning(agreements.c.version_id).cte("agreement")
