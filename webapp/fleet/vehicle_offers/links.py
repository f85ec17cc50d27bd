"""The link of an offer, which is in its mail alone: the database has a digest of its secret."""

import secrets
from typing import NamedTuple

from sqlalchemy import ColumnElement, FromClause

from webapp.db.keys import RowKey
from webapp.encryption import digest_secret
from webapp.errors import DomainError
from webapp.fleet.vehicle_offers.models import open_offer_condition
from webapp.translations import lazy_gettext as _l


class OfferClosed(DomainError):
    """An offer was answered or withdrawn, has expired, or was never made."""

    status = 410
    title = _l("This offer is closed")
    message = _l(
        "It was answered, withdrawn, or has expired. Ask the owner of the vehicle for a new offer."
    )


class OfferLink(NamedTuple):
    """What the address of an offer contains."""

    key: RowKey
    #: 192 random bits.
    secret: str

    @property
    def digest(self) -> str:
        return digest_secret(self.secret)


def make_secret() -> str:
    """Return the secret of a new link."""
    return secrets.token_urlsafe(24)


def is_link_condition(offers: FromClause, link: OfferLink) -> ColumnElement[bool]:
    """Return the condition that an offer has the secret of a link and waits for an answer."""
    return (offers.c.digest == link.digest) & open_offer_condition(offers)
