"""Offering a vehicle to somebody, and withdrawing the offer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from flask import current_app
from sqlalchemy import CTE, Select, exists, func, literal, select, update

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject, cte_key
from webapp.auth.models import User
from webapp.auth.rate_limits import make_email_account_bucket
from webapp.auth.services.email_confirmation import check_email_confirmed
from webapp.db.inserts import insert
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import table
from webapp.errors import DomainError, NotFound, check_form_values
from webapp.extensions import db
from webapp.fleet.models import Vehicle, retired_condition
from webapp.fleet.vehicle_offers.enums import OfferState
from webapp.fleet.vehicle_offers.links import OfferLink, make_secret
from webapp.fleet.vehicle_offers.models import VehicleOffer, open_offer_condition
from webapp.hooks import StatementPart
from webapp.jobs.kinds import JobKind, KeyPayload, count_attempts
from webapp.jobs.writing import derive_job_id, insert_jobs_cte, jobs_from_rows_query, key_payload
from webapp.mail import PATIENCE, Recipient, mail_cte, remove_link
from webapp.translations import lazy_gettext as _l
from webapp.web import rate_limits
from webapp.web.urls import public_url

#: Tells whom a vehicle was offered to that it no longer is; run by ``send_withdrawal_mail`` in
#: webapp/fleet/vehicle_offers/jobs.py.
OFFER_WITHDRAWN = JobKind(
    "vehicle_offer_withdrawn", KeyPayload, max_attempts=count_attempts(PATIENCE)
)


class OwnEmailAddress(DomainError):
    status = 422
    field = "email"
    message = _l("That is your own e-mail address.")


class VehicleAlreadyOffered(DomainError):
    message = _l("This vehicle is offered to somebody already. Withdraw that offer first.")


def offer_vehicle(owner: User, vehicle_key: RowKey, email: str, nonce: UUID) -> None:
    """Offer a vehicle of an owner to an e-mail address, which gets a link. Nothing tells whether
    somebody has an account with it. The same form again is the same offer.

    Raises EmailNotConfirmed, OwnEmailAddress, VehicleAlreadyOffered, NotFound, FormReused,
    TooManyTries.
    """
    check_email_confirmed(owner)
    email = email.lower()
    if email == owner.email:
        raise OwnEmailAddress
    limit = rate_limits.Limit(*current_app.config["LIMIT_VEHICLE_OFFERS"])
    rate_limits.count_attempt(
        [
            rate_limits.make_bucket("vehicle offer", limit, owner.id),
            make_email_account_bucket("vehicle offer", email),
        ]
    )
    offer_id = uuid5(owner.id, f"offer {nonce}")
    if execute_write(offer_statement(owner, vehicle_key, email, offer_id), idempotent=True):
        return
    with check_outcome():
        _check_offered(owner, vehicle_key, email, offer_id)


def _check_offered(owner: User, vehicle_key: RowKey, email: str, offer_id: UUID) -> None:
    """Return if the same form has made the offer already; else raise why it was not made."""
    is_offer = key_condition(VehicleOffer, RowKey(vehicle_key.region, offer_id))
    if stored := db.session.scalar(select(VehicleOffer).where(is_offer)):
        check_form_values(stored, {"vehicle_id": vehicle_key.id, "email": email})
        return
    vehicle = db.session.get(Vehicle, vehicle_key)
    if vehicle is None or vehicle.owner_id != owner.id or vehicle.is_retired:
        raise NotFound
    raise VehicleAlreadyOffered


def offer_statement(
    owner: User, vehicle_key: RowKey, email: str, offer_id: UUID
) -> Select[tuple[UUID]]:
    """Return the statement of ``offer_vehicle``, with the mail. No row: it is offered already, or
    is not the owner's."""
    secret = make_secret()
    link = OfferLink(RowKey(vehicle_key.region, offer_id), secret)
    offer = _insert_offer_cte(owner.key, vehicle_key, email, link)
    audit_event = audit_event_statement(
        AuditKind.VEHICLE_OFFERED,
        actor=owner.key,
        subject=audit_subject("vehicle", vehicle_key),
        after=offer,
        region=vehicle_key.region,
    )
    mail = mail_cte(
        "vehicle_offered",
        Recipient(email, ""),
        region=vehicle_key.region,
        after=offer,
        owner=remove_link(owner.first_name),
        link=public_url("fleet.vehicle_offers.show", offer_key=link.key, secret=secret),
    )
    return select(offer.c.id).add_cte(as_cte(audit_event), mail)


def _insert_offer_cte(owner_key: RowKey, vehicle_key: RowKey, email: str, link: OfferLink) -> CTE:
    """Return the part that stores the offer. It has a row with its key and that of the vehicle if
    it did."""
    offers, vehicles = table(VehicleOffer), table(Vehicle)
    earlier = offers.alias("earlier")
    is_offered = exists().where(
        earlier.c.region == vehicles.c.region,
        earlier.c.vehicle_id == vehicles.c.id,
        earlier.c.owner_region == vehicles.c.owner_region,
        earlier.c.owner_id == vehicles.c.owner_id,
        open_offer_condition(earlier),
    )
    row = {
        "region": vehicles.c.region,
        "id": literal(link.key.id),
        "vehicle_id": vehicles.c.id,
        "owner_region": vehicles.c.owner_region,
        "owner_id": vehicles.c.owner_id,
        "email": literal(email),
        "digest": literal(link.digest),
        "expires_at": func.now() + timedelta(seconds=current_app.config["VEHICLE_OFFER_S"]),
    }
    source = select(*row.values()).where(
        key_condition(vehicles, vehicle_key),
        key_condition(vehicles, owner_key, "owner_region", "owner_id"),
        ~retired_condition(),
        ~is_offered,
    )
    inserted = insert(offers).from_select(list(row), source).on_conflict_do_nothing()
    return inserted.returning(offers.c.region, offers.c.id, offers.c.vehicle_id).cte("offer")


def withdraw_offer(owner_key: RowKey, offer_key: RowKey) -> None:
    """Withdraw an offer of an owner; one that is closed stays as it is."""
    execute_write(withdraw_statement(owner_key, offer_key), idempotent=True)


def withdraw_statement(
    owner_key: RowKey, offer_key: RowKey, make_mail_cte: Callable[[CTE], CTE] | None = None
) -> Select[tuple[UUID]]:
    """Return the statement of ``withdraw_offer``.

    make_mail_cte: returns the mail after the part that withdraws. None: a job reads the offer when
        it sends the mail.
    """
    offers = table(VehicleOffer)
    withdrawn = (
        update(offers)
        .where(
            key_condition(offers, offer_key),
            key_condition(offers, owner_key, "owner_region", "owner_id"),
            open_offer_condition(offers),
        )
        .values(state=OfferState.WITHDRAWN.value, answered_at=func.now())
        .returning(offers.c.region, offers.c.id, offers.c.vehicle_id)
        .cte("withdrawn")
    )
    audit_event = audit_event_statement(
        AuditKind.VEHICLE_OFFER_WITHDRAWN,
        actor=owner_key,
        subject=audit_subject("vehicle", cte_key(withdrawn, "vehicle_id")),
        after=withdrawn,
        region=offer_key.region,
    )
    make_mail_cte = make_mail_cte or (lambda part: insert_jobs_cte(_mails_query(part)))
    return select(withdrawn.c.id).add_cte(as_cte(audit_event), make_mail_cte(withdrawn))


def _mails_query(withdrawn: CTE) -> Select[Any]:  # Any: the columns of a job
    """Return the job of a mail for each offer. Its address stands in the offer only."""
    return jobs_from_rows_query(
        OFFER_WITHDRAWN,
        key_payload(withdrawn),
        rows=withdrawn,
        region=withdrawn.c.region,
        job_id=derive_job_id(OFFER_WITHDRAWN, withdrawn.c.id),
    )


def withdraw_offers_part(changed: CTE) -> StatementPart:
    """Return the part of a statement that withdraws the open offers of vehicles which staff give to
    another owner, or which leave the fleet; the hooks ``transfer_parts`` and
    ``retirement_parts``."""
    offers = table(VehicleOffer)
    withdrawn = (
        update(offers)
        .where(
            offers.c.region == changed.c.region,
            offers.c.vehicle_id == changed.c.id,
            open_offer_condition(offers),
        )
        .values(state=OfferState.WITHDRAWN.value, answered_at=func.now())
        .returning(offers.c.region, offers.c.id, offers.c.vehicle_id)
        .cte("withdrawn_offers")
    )
    audit_event = audit_event_statement(
        AuditKind.VEHICLE_OFFER_WITHDRAWN,
        subject=audit_subject("vehicle", cte_key(withdrawn, "vehicle_id")),
        after=withdrawn,
        for_each=withdrawn.c.id,
        region=withdrawn.c.region,
    )
    return StatementPart(withdrawn, audit_event, _mails_query(withdrawn))
