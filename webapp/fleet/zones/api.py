"""The zones of a city, in the API."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from flask import Blueprint
from msgspec import Meta

from webapp.api.operations import V1, operation
from webapp.api.values import Answer, Body, Money, Timestamp, in_utc
from webapp.fleet.enums import FormFactor, PropulsionType, VehicleType
from webapp.fleet.zones import models
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.labels import own_zone_label
from webapp.fleet.zones.zone_rules import Rule
from webapp.regions.catalogue import city_or_404
from webapp.translations import gettext as _
from webapp.web.access import public

bp = Blueprint("api_zones", __name__, url_prefix=f"{V1}/cities/<city_name>/zones")


class ZoneParameters(Body):
    """For which vehicles: both, or none."""

    form_factor: FormFactor | None = None
    propulsion_type: PropulsionType | None = None

    def __post_init__(self) -> None:
        if (self.form_factor is None) != (self.propulsion_type is None):
            raise ValueError(_("Send both form_factor and propulsion_type, or none."))

    @property
    def vehicle_type(self) -> VehicleType | None:
        if self.form_factor is None or self.propulsion_type is None:
            return None
        return self.form_factor.value, self.propulsion_type.value


class ZoneRule(Answer):
    """What vehicles may do. Null: it does not say; the next zone there does, at last
    `elsewhere`."""

    ride_start_allowed: bool | None
    ride_end_allowed: bool | None
    ride_through_allowed: bool | None
    maximum_speed_kph: int | None


class ZoneArea(Answer):
    """A geometry of GeoJSON."""

    type: Literal["MultiPolygon"]
    coordinates: list[list[list[list[float]]]]


class Zone(Answer):
    """An area with a rule."""

    id: UUID
    name: Annotated[str, Meta(description="For people; may be empty.")]
    kind: Annotated[str, Meta(description="service_area, no_parking, no_ride or slow.")]
    rule: ZoneRule
    parking_fee: Annotated[
        Money | None,
        Meta(description="Of ending here where it is forbidden; null: as the price says."),
    ]
    valid_from: Timestamp | None
    valid_until: Timestamp | None
    area: ZoneArea


class Zones(Answer):
    """The zones of a city."""

    zones: Annotated[list[Zone], Meta(description="Where they overlap, the first one decides.")]
    elsewhere: Annotated[ZoneRule, Meta(description="Outside of all zones.")]


@bp.get("")
@public
@operation(Zones, query=ZoneParameters)
def index(city_name: str, query: ZoneParameters) -> Zones:
    """Show the zones of a city.

    For vehicles of a type; without one, only what is allowed to all of them is allowed.
    """
    city, now = city_or_404(city_name), datetime.now(UTC)
    zones, vehicle_type = city_zones(city), query.vehicle_type
    return Zones(
        zones=[
            _describe_zone(zone, zones.find_zone_rule(zone, vehicle_type) or Rule(), city.currency)
            for zone in zones.zones
            if not zone.is_over(now)
        ],
        elsewhere=_describe_rule(zones.find_rule_elsewhere(vehicle_type)),
    )


def _describe_zone(zone: models.Zone, rule: Rule, currency: str) -> Zone:
    return Zone(
        id=zone.id,
        name=own_zone_label(zone),
        kind=zone.kind,
        rule=_describe_rule(rule),
        parking_fee=None if zone.fee is None else Money(amount=zone.fee, currency=currency),
        valid_from=in_utc(zone.valid_from),
        valid_until=in_utc(zone.valid_until),
        area=ZoneArea(type="MultiPolygon", coordinates=zone.coordinates),
    )


def _describe_rule(rule: Rule) -> ZoneRule:
    return ZoneRule(
        ride_start_allowed=rule.ride_start_allowed,
        ride_end_allowed=rule.ride_end_allowed,
        ride_through_allowed=rule.ride_through_allowed,
        maximum_speed_kph=rule.maximum_speed_kph,
    )
