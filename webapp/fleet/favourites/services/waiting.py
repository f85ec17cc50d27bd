"""The mail to riders who wait until a vehicle is available."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import CTE, Select, delete, select, tuple_, update

from webapp import mail
from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.favourites.models import SavedVehicle
from webapp.fleet.labels import type_label
from webapp.fleet.models import Vehicle
from webapp.web.urls import public_url


def end_waits_cte(ended: CTE) -> CTE:
    """Return the part of a statement that ends the waiting for the vehicles of ``ended``.

    ended: has the columns ``region`` and ``vehicle_id``.

    The rows are the keys of the riders who waited, ``rider_region`` and ``rider_id``; pass them to
    ``mail_waiting_riders`` after the commit.
    """
    saved = table(SavedVehicle)
    return (
        update(saved)
        .where(
            saved.c.region == ended.c.region,
            saved.c.vehicle_id == ended.c.vehicle_id,
            saved.c.waiting_at.is_not(None),
        )
        .values(waiting_at=None)
        .returning(saved.c.rider_region, saved.c.rider_id)
        .cte("waiting")
    )


def end_saves_cte(ended: CTE, rider_key: RowKey) -> CTE:
    """Return the part of a statement that ends the saves of the vehicles of ``ended``, but not
    those of their rider: the lists of others would show where the ride has ended.

    ended: has the columns ``region`` and ``vehicle_id``.

    The rows are ``rider_region`` and ``rider_id``, and ``waiting_at``, which is not NULL for riders
    who waited.
    """
    saved = table(SavedVehicle)
    return (
        delete(saved)
        .where(
            saved.c.region == ended.c.region,
            saved.c.vehicle_id == ended.c.vehicle_id,
            ~key_condition(saved, rider_key, "rider_region", "rider_id"),
        )
        .returning(saved.c.rider_region, saved.c.rider_id, saved.c.waiting_at)
        .cte("ended_saves")
    )


def mail_waiting_riders(rider_keys: Iterable[tuple[str, UUID]], vehicle_key: RowKey) -> None:
    """Mail the riders who waited that a vehicle is available. Call it after the commit.

    rider_keys: of those who waited, from ``end_waits_cte`` or ``end_saves_cte``. Without any, no
        statement is sent. The mail does not say where the vehicle is: others may read it later.
    """
    keys = [(region, rider_id) for region, rider_id in rider_keys]
    if not keys:
        return
    for email, name, brand, *type_ in db.session.execute(_recipients_query(keys, vehicle_key)):
        mail.send(
            to=email,
            template="saved_vehicle_free",
            name=name,
            vehicle=f"{brand} {type_label(*type_)}".strip(),
            link=public_url("fleet.search.home"),
        )


def _recipients_query(
    rider_keys: list[tuple[str, UUID]], vehicle_key: RowKey
) -> Select[tuple[str, str, str, str, str]]:
    return (
        select(
            User.email,
            User.first_name,
            Vehicle.brand,
            Vehicle.form_factor,
            Vehicle.propulsion_type,
        )
        .join(Vehicle, key_condition(Vehicle, vehicle_key))
        .where(
            tuple_(User.region, User.id).in_(rider_keys),
            User.disabled_at.is_(None),
            User.email_confirmed_at.is_not(None),
        )
    )
