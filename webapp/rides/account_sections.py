"""What staff see on the page of an account: its newest rides and disputes."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, select

from webapp.account_sections import AccountSection, SectionRow
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.fleet.labels import vehicle_name
from webapp.fleet.models import Vehicle
from webapp.money import format_amount
from webapp.regions.catalogue import catalogue, find_city_label
from webapp.regions.models import City
from webapp.rides.disputes.labels import dispute_staff_state_label
from webapp.rides.disputes.models import Dispute
from webapp.rides.models import Ride
from webapp.templating import local_time
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission


def _rides_query(user_key: RowKey, cities: Collection[str] | None) -> Select[tuple[Any]]:
    vehicles = table(Vehicle).c
    key = cast(vehicles.region, String) + "." + cast(vehicles.id, String)
    vehicle = (vehicles.brand, vehicles.form_factor, vehicles.propulsion_type, key)
    return _list_query(user_key, cities, vehicle)


def _list_query(
    user_key: RowKey, cities: Collection[str] | None, more: Collection[ColumnElement[Any]]
) -> Select[tuple[Any]]:
    """Return the query of the rides of a rider, newest first, with more columns about each.

    more: of the vehicle, or of the dispute (Any: of several types).
    """
    rides, vehicles = table(Ride), table(Vehicle)
    r = rides.c
    is_ridden = and_(vehicles.c.region == r.region, vehicles.c.id == r.vehicle_id)
    query = (
        select(func.jsonb_build_array(r.started_at, r.city, r.price, r.currency, *more))
        .join_from(rides, vehicles, is_ridden)
        .where(key_condition(rides, user_key, "rider_region", "rider_id"))
        .order_by(r.started_at.desc(), r.id.desc())
    )
    return query if cities is None else query.where(r.city.in_(sorted(cities)))


def _describe_ride(
    _home: City | None, started_at: str, city: str, price: int | None, currency: str | None,
    brand: str, form_factor: str, propulsion_type: str, vehicle_key: str,
) -> SectionRow:  # fmt: skip
    vehicle = Vehicle(brand=brand, form_factor=form_factor, propulsion_type=propulsion_type)
    paid = format_amount(price, currency) if price is not None and currency else _("running")
    title, url_args = vehicle_name(vehicle), {"vehicle_key": RowKey.parse(vehicle_key)}
    return SectionRow(
        title, _describe_time(started_at, city, paid), "rides.staff.vehicle_rides", url_args
    )


def _disputes_query(user_key: RowKey, cities: Collection[str] | None) -> Select[tuple[Any]]:
    rides, disputes = table(Ride).c, table(Dispute)
    key = cast(rides.region, String) + "." + cast(rides.id, String)
    query = _list_query(user_key, cities, (disputes.c.state, key))
    is_disputed = and_(disputes.c.region == rides.region, disputes.c.ride_id == rides.id)
    return query.join(disputes, is_disputed)


def _describe_dispute(
    _home: City | None,
    started_at: str,
    city: str,
    price: int | None,
    currency: str | None,
    state: str,
    ride_key: str,
) -> SectionRow:
    if price is None or currency is None:
        title = _("A ride without a price")
    else:
        title = _("Charge of %(sum)s", sum=format_amount(price, currency))
    subtitle = _describe_time(started_at, city, dispute_staff_state_label(state))
    url_args = {"ride_key": RowKey.parse(ride_key)}
    return SectionRow(title, subtitle, "rides.disputes.staff_thread", url_args)


def _describe_time(started_at: str, city_name: str, more: str) -> str:
    city = catalogue().find(city_name)
    label = find_city_label(city_name)
    return local_time(datetime.fromisoformat(started_at), city) + f" · {label} · {more}"


ACCOUNT_SECTIONS = (
    AccountSection(
        "rides", _l("Rides"), Permission.VIEW_RIDES, _rides_query, _describe_ride, position=10
    ),
    AccountSection(
        "disputes",
        _l("Disputes"),
        Permission.ANSWER_DISPUTES,
        _disputes_query,
        _describe_dispute,
        position=30,
    ),
)
