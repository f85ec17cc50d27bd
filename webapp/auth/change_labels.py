"""What people read for the values that a change has changed."""

from datetime import datetime
from typing import Any, NamedTuple

from babel.dates import format_datetime
from babel.numbers import format_decimal, format_percent
from flask_babel import LazyString

from webapp.audit.models import AuditEvent
from webapp.measures import format_area, format_range, format_speed
from webapp.money import format_amount
from webapp.regions.catalogue import catalogue, find_city_label
from webapp.regions.models import City
from webapp.translations import gettext as _
from webapp.translations import language_label, lazy_pgettext, ngettext, request_language
from webapp.translations import lazy_gettext as _l

#: By the name of a value: that of its column, as a rule.
VALUE_LABELS: dict[str, LazyString] = {
    "name": _l("Name"),
    "label": _l("Name"),
    "labels": _l("Name in each language"),
    "region": _l("Region of the database"),
    "timezone": _l("Time zone"),
    "currency": _l("Currency"),
    "lat": _l("Latitude"),
    "lon": _l("Longitude"),
    "minimum_age": _l("Minimum age"),
    "first_action_target_s": _l("First action within"),
    "answer_target_s": _l("Answer within"),
    "threshold": _l("Threshold"),
    "muted_until": _l("Muted until"),
    "is_on": _l("On"),
    "minutes": _l("After, minutes"),
    "battery_percent": _l("Battery below, percent"),
    "custom_kind": _l("Kind of this city"),
    "own_kind": _l("Kind of this city"),  # of events of former releases
    "queue": _l("For"),
    "language": _l("Language"),
    "title": _l("Title"),
    "text": _l("Text"),
    "unlock_fee": _l("Unlock fee"),
    "segments": _l("Price by time"),
    "reserve_min": _l("Free minutes of a reservation"),
    "reservation_rate": _l("Price of each further minute of a reservation"),
    "reserve_max_min": _l("Longest reservation, minutes"),
    "fare_cap": _l("Fare cap"),
    "fare_cap_min": _l("Period of the fare cap, minutes"),
    "parking_fee": _l("Fee for parking where it is not allowed"),
    "tax_ppm": _l("Tax"),
    "tax_included": _l("Prices include the tax"),
    "kind": _l("Kind"),
    "fee": _l("Fee"),
    "max_speed_kph": _l("Maximum speed"),
    "ride_start_allowed": _l("Start a ride"),
    "ride_end_allowed": _l("End a ride"),
    "ride_through_allowed": _l("Ride through"),
    "redirect_uris": _l("Redirect addresses"),
    "scopes": _l("What it may ask for"),
    "has_secret": _l("Has a secret"),
    "vehicle_types": _l("Types of vehicles"),
    "position": _l("Place in the order"),
    "place": _l("Place in the order"),
    "square_m": _l("Size"),
    "points": _l("Points of the outline"),
    "source": _l("Address"),
    "period_s": _l("Every"),
    "is_paused": _l("Paused"),
    "brand": _l("Brand"),
    "color": _l("Colour"),
    "form_factor": _l("Form factor"),
    "propulsion_type": _l("Propulsion"),
    "icon": _l("Icon"),
    "low_battery_percent": _l("Low battery, percent"),
    "min_battery_percent": _l("Minimum battery to start a ride, percent"),
    "top_speed_kph": _l("Top speed"),
    "max_range_m": _l("Range with a full battery"),
    "rider_capacity": _l("For how many riders"),
    "is_archived": _l("Archived"),
    "closes_at": _l("Closed from"),
    "archived_at": _l("Archived at"),
    "features_off": _l("Switched off"),
    "state": _l("State"),
    "is_assigned": _l("Assigned"),
    "tag": _l("Tag"),
    "cities": _l("Where"),
    "is_open": lazy_pgettext("city", "Open"),
    "basis_points": _l("Share of the price without tax"),
    "valid_from": _l("In force from"),
    "version": _l("Version"),
    "summary": _l("What has changed"),
    "requires_agreement": _l("Riders must agree again"),
    "effective_from": _l("In force from"),
    "effective_until": _l("Until"),
    "alert_type": _l("Alert type (GBFS)"),
    "shown_from": _l("Shown from"),
    "shown_until": _l("Until"),
    "published_at": _l("Published"),
    "is_pinned": _l("Pinned"),
    "allows_comments": _l("Riders may comment"),
}
_MONEY = {"unlock_fee", "reservation_rate", "fare_cap", "parking_fee", "fee"}
_TIMES = {
    "muted_until", "effective_from", "effective_until", "closes_at", "archived_at", "shown_from",
    "shown_until", "published_at",
}  # fmt: skip
#: Values that are words of an enum.
_WORDS = {"kind", "queue", "form_factor", "propulsion_type", "alert_type"}
_SPEEDS = {"max_speed_kph", "top_speed_kph"}
_DURATIONS = {"first_action_target_s", "answer_target_s", "period_s"}


class ShownChange(NamedTuple):
    """A value that was changed, in words. before: '' for what was added."""

    label: str
    before: str
    after: str


def describe_changes(event: AuditEvent) -> list[ShownChange]:
    """Return the values that an event has changed."""
    city = catalogue().find(event.city) if event.city else None
    was_there, is_there = event.details.get("before"), event.details.get("after")
    return [
        ShownChange(
            str(VALUE_LABELS.get(value.name, value.name)),
            describe_value(value.name, value.before, city) if was_there else "",
            describe_value(value.name, value.after, city) if is_there else "",
        )
        for value in event.changes
    ]


def describe_value(name: str, value: Any, city: City | None) -> str:  # Any: JSON
    """Return a value of a change as people read it."""
    match value:
        case None:
            return str(_("everywhere") if name == "cities" else _("none"))
        case bool():
            return str(_("yes") if value else _("no"))
        case int() | float():
            return _describe_number(name, value, city)
        case list():
            return ", ".join(_describe_item(item, city) for item in value) or str(_("none"))
        case dict():
            labels = (f"{language_label(code)}: {label}" for code, label in value.items())
            return ", ".join(labels) or str(_("none"))
        case str() if name in _TIMES:
            zone = city.zone if city else None
            locale = request_language().locale
            return format_datetime(datetime.fromisoformat(value), "short", zone, locale)
        case _ if name in _WORDS:
            return str(value).replace("_", " ")
        case _:
            return str(value) or str(_("none"))


def _describe_number(name: str, value: float, city: City | None) -> str:
    if name in _MONEY and city:
        return format_amount(int(value), city.currency)
    if name in _DURATIONS:
        return str(ngettext("%(num)d minute", "%(num)d minutes", int(value) // 60))
    if name in _SPEEDS:
        return format_speed(int(value))
    if name == "max_range_m":
        return format_range(int(value))
    if name == "square_m":
        return format_area(value / 1e6)
    if name == "basis_points":
        return format_percent(value / 10_000, "#,##0.##%", locale=request_language().locale)
    if name == "tax_ppm":
        return format_percent(value / 1_000_000, "#,##0.####%", locale=request_language().locale)
    return format_decimal(value, locale=request_language().locale, group_separator=False)


def _describe_item(item: Any, city: City | None) -> str:  # Any: JSON
    """Return a city, or a segment of a price: ``from 10 min: $0.25 / 1 min``."""
    if not isinstance(item, dict):
        return find_city_label(str(item))
    rate = format_amount(item["rate"], city.currency) if city else str(item["rate"])
    return str(
        _(
            "from %(start)d min: %(rate)s / %(n)d min",
            start=item["start"],
            rate=rate,
            n=item["interval"],
        )
    )
