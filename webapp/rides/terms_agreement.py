"""The rule that riders agree to changed terms of a city before the next ride there.

All that takes a vehicle has it from here: the start of a ride, reservations, the reason of a
refusal, and the page that asks for the agreement. What is required is in webapp/texts.
"""

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, true

from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.fleet.models import Vehicle
from webapp.regions.catalogue import catalogue, city_or_404
from webapp.regions.models import City
from webapp.texts.agreements import services as agreements
from webapp.texts.agreements.conditions import AcceptedTerms, has_agreed_condition
from webapp.texts.agreements.services import find_terms_id, list_accepted_terms
from webapp.texts.enums import TextKind
from webapp.texts.published_texts import CurrentText, find_required_terms, find_text
from webapp.texts.required_terms import RequiredTerms
from webapp.translations import lazy_gettext as _l


class TermsNotAgreed(DomainError):
    """Riders must agree to the terms of the vehicle's city again. Details: ``city``, its name."""

    title = _l("Agree to the terms of service")
    message = _l("Please read the terms for this city, and agree before you ride.")

    def problem_members(self) -> dict[str, Any]:
        city = city_or_404(self.details["city"])
        return {"city": city.name, "terms_id": find_terms_id(city)}


class Agreement(NamedTuple):
    """What the page shows that asks for an agreement."""

    city: City
    #: What has changed; None: another server knows of it, this one not yet.
    required: RequiredTerms | None
    terms: CurrentText


def read_accepted_terms(vehicle_key: RowKey) -> AcceptedTerms:
    """Return which versions of the terms are enough in each city of a vehicle's region."""
    return list_accepted_terms(vehicle_key.region)


def agreement_conditions(
    rider_key: RowKey, accepted_terms: AcceptedTerms | None = None, *, checks_terms: bool
) -> list[ColumnElement[bool]]:
    """Return the conditions under which a rider may take the vehicle of a statement.

    accepted_terms: None: parameters (``AcceptedTerms.bind``). checks_terms: whether riders must
        have agreed in any city of the region: ``AcceptedTerms.are_required``.
    """
    if not checks_terms:
        return []
    return [has_agreed_condition(rider_key, table(Vehicle).c.city, accepted_terms)]


def must_agree_condition(rider_key: RowKey, *, checks_terms: bool) -> ColumnElement[bool]:
    """Return the condition that a rider must agree before they can take the vehicle of a query,
    which may have none."""
    has_agreed = and_(true(), *agreement_conditions(rider_key, checks_terms=checks_terms))
    return and_(table(Vehicle).c.city.is_not(None), ~has_agreed)


def find_agreement(refusal: TermsNotAgreed) -> Agreement:
    """Return what the rider is to agree to. Raises the refusal if nothing is known of it here."""
    city = catalogue().find(refusal.details["city"])
    if city is None:
        raise refusal
    return Agreement(city, find_required_terms(city), find_text(TextKind.TERMS, city))


def agree_to_terms(rider_key: RowKey, city_name: str, version_id: UUID | None) -> None:
    """Record that a rider agrees to the version that the page has shown; None: it has shown
    none."""
    city = catalogue().find(city_name) if version_id else None
    if version_id and city:
        agreements.agree_to_terms(rider_key, city, version_id)
