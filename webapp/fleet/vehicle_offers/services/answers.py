"""Accepting and declining an offer."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Select, exists, func, select, update

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.auth.models import User
from webapp.auth.services.email_confirmation import check_email_confirmed
from webapp.db.keys import RowKey, key_condition
from webapp.db.reads import find_in_any_region
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.fleet.models import NEW_CODE, Vehicle
from webapp.fleet.services.add import retry_code_collisions
from webapp.fleet.services.ownership import grant_owner_role_cte, owner_jobs_cte
from webapp.fleet.vehicle_actions.rules import ActionDetails, make_rule
from webapp.fleet.vehicle_actions.statements import make_action_parts, vehicles_condition
from webapp.fleet.vehicle_events.enums import EventCause, VehicleAction
from webapp.fleet.vehicle_offers.enums import OfferState
from webapp.fleet.vehicle_offers.links import OfferClosed, OfferLink, is_link_condition
from webapp.fleet.vehicle_offers.models import VehicleOffer
from webapp.fleet.vehicle_offers.queries import find_offer
from webapp.mail import mail_cte
from webapp.translations import lazy_gettext as _l
from webapp.web.urls import public_url


class OfferedToOther(DomainError):
    """The account has another address than the one that the offer was sent to."""

    status = 403
    message = _l(
        "This offer was sent to another e-mail address than yours. Sign in with the account that"
        " has it."
    )


class OfferedVehicleInUse(DomainError):
    message = _l(
        "Somebody is riding this vehicle or has reserved it. Accept the offer when it is free."
    )


def check_recipient(account: User, offer: VehicleOffer) -> None:
    """Raise OfferedToOther, EmailNotConfirmed if the offer is not for an account."""
    if account.email != offer.email:
        raise OfferedToOther
    check_email_confirmed(account)


def accept_offer(account: User, link: OfferLink) -> RowKey:
    """Make the account the owner of the vehicle of an offer; return the key of the vehicle. It gets
    another unlock code, and both owners a mail. The former owner keeps what it has earned.

    Raises OfferClosed, OfferedToOther, EmailNotConfirmed, OfferedVehicleInUse.
    """
    offer = find_offer(link)
    check_recipient(account, offer)

    def accept() -> bool:
        return bool(execute_write(accept_statement(account, offer, link), idempotent=True))

    if retry_code_collisions(accept):
        return offer.vehicle_key
    with check_outcome():
        _check_accepted(account, offer)
    return offer.vehicle_key


def _check_accepted(account: User, offer: VehicleOffer) -> None:
    """Return if the account is the owner already: the answer to an attempt was lost. Else raise why
    it could not become the owner."""
    row = find_in_any_region(select(Vehicle), Vehicle, offer.vehicle_key)
    owner_id = row[0].owner_id if row and not row[0].is_retired else None
    if owner_id == account.id:
        return
    if owner_id != offer.owner_id:
        raise OfferClosed
    raise OfferedVehicleInUse


def accept_statement(account: User, offer: VehicleOffer, link: OfferLink) -> Select[tuple[UUID]]:
    """Return the statement of ``accept_offer``. No row: the offer is closed, or the vehicle is in
    use or not its owner's any more."""
    offers, vehicles = table(VehicleOffer), table(Vehicle).c
    action = VehicleAction.TRANSFER
    details = ActionDetails(action_id=offer.id, owner_key=account.key)
    rule = make_rule(action, details)
    rule = replace(rule, values={**rule.values, "code": NEW_CODE})
    condition: ColumnElement[bool] = (
        vehicles_condition(offer.region, [offer.vehicle_id], None)
        & (vehicles.owner_id == offer.owner_id)
        & exists().where(_is_offer_condition(offer, link))
        & _is_owner_enabled_condition(offer)
    )
    parts = make_action_parts(action, rule, details, account.key, condition, EventCause.OWNER)
    accepted = (
        update(offers)
        .where(_is_offer_condition(offer, link), select(parts.changed.c.id).exists())
        .values(state=OfferState.ACCEPTED.value, answered_at=func.now())
        .returning(offers.c.region, offers.c.id)
        .cte("accepted")
    )
    audit_event = audit_event_statement(
        AuditKind.VEHICLE_OFFER_ACCEPTED,
        actor=account.key,
        subject=audit_subject("vehicle", offer.vehicle_key),
        after=accepted,
        region=offer.region,
    )
    new_owner = _account_cte(account.key)
    ctes = [
        *parts.follow_up_ctes,
        owner_jobs_cte(parts.changed, new_owner),
        grant_owner_role_cte(new_owner, parts.changed),
    ]
    return select(accepted.c.id).add_cte(*ctes, as_cte(audit_event))


def _is_offer_condition(offer: VehicleOffer, link: OfferLink) -> ColumnElement[bool]:
    offers = table(VehicleOffer)
    return key_condition(offers, offer.key) & is_link_condition(offers, link)


def _is_owner_enabled_condition(offer: VehicleOffer) -> ColumnElement[bool]:
    users, owner_key = table(User), RowKey(offer.owner_region, offer.owner_id)
    return exists().where(key_condition(users, owner_key), users.c.disabled_at.is_(None))


def _account_cte(account_key: RowKey) -> CTE:
    users = table(User)
    query = select(users.c.region, users.c.id).where(key_condition(users, account_key))
    return query.cte("new_owner")


def decline_offer(link: OfferLink) -> None:
    """Decline an offer; its owner gets a mail. It needs no account. Raises OfferClosed."""
    offer = find_offer(link)
    if not execute_write(decline_statement(offer, link), idempotent=True):
        raise OfferClosed


def decline_statement(offer: VehicleOffer, link: OfferLink) -> Select[tuple[UUID]]:
    """Return the statement of ``decline_offer``. No row: the offer is closed."""
    offers = table(VehicleOffer)
    declined = (
        update(offers)
        .where(_is_offer_condition(offer, link))
        .values(state=OfferState.DECLINED.value, answered_at=func.now())
        .returning(offers.c.region, offers.c.id)
        .cte("declined")
    )
    audit_event = audit_event_statement(
        AuditKind.VEHICLE_OFFER_DECLINED,
        subject=audit_subject("vehicle", offer.vehicle_key),
        after=declined,
        region=offer.region,
    )
    mail = mail_cte(
        "vehicle_offer_declined",
        RowKey(offer.owner_region, offer.owner_id),
        region=offer.region,
        after=declined,
        address=offer.email,
        link=public_url("fleet.vehicle_offers.index"),
    )
    return select(declined.c.id).add_cte(as_cte(audit_event), mail)
