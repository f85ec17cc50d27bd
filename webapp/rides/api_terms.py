"""Agreeing to terms of service in the request that starts a ride or reserves a vehicle."""

from uuid import UUID

from flask_login import current_user

from webapp.api.values import Body
from webapp.regions.catalogue import city_or_404
from webapp.texts.agreements.services import agree_to_terms


class AgreedTerms(Body):
    """The terms of service that the rider agrees to, after the problem ``terms-not-agreed``."""

    city: str
    terms_id: UUID


def agree_to_sent_terms(terms: AgreedTerms | None) -> None:
    """Record that the rider agrees to terms, if the request says so."""
    if terms:
        agree_to_terms(current_user.key, city_or_404(terms.city), terms.terms_id)
