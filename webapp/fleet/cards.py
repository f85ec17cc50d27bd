"""The cards of lists of vehicles. Each is rendered once for all viewers, and cached.

A card follows from the row of its vehicle, the plan of its price, the language, and a few facts
that its key holds too: when one of them changes, the card has another key. Nothing of a person is
cached. The CSRF token of the viewer and the distance from the viewer are put into the list in place
of random marks, and the card of the vehicle that the viewer has reserved is not cached.
"""

import secrets
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Literal, NamedTuple, Protocol

from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from webapp.fleet.anonymity import make_anonymous_copy
from webapp.fleet.pricing.cache import find_plan_id
from webapp.fleet.pricing.labels import find_priced_types
from webapp.fleet.queries.lists import ListedVehicle
from webapp.fleet.reserved_vehicles import ReservingViewer, find_reserved_key
from webapp.fleet.vehicle_columns import VehicleRow
from webapp.fleet.vehicle_types.settings import types_digest
from webapp.fleet.vehicle_types.start_battery import has_start_battery
from webapp.fleet.zones.cache import city_zones, may_start
from webapp.fragment_cache import cached_fragment, fragment_finder, render_fragment
from webapp.measures import format_distance, format_walking_distance
from webapp.regions.catalogue import catalogue

TEMPLATE = "fleet/_cards.html"
#: Stand for the CSRF token and for the distance in a card. Nobody can write them into the
#: description of a vehicle.
TOKEN_MARK, DISTANCE_MARK = secrets.token_hex(), secrets.token_hex()

#: What the button of a card does; "": there is none.
Action = Literal["start", "sign in", ""]


class Card(NamedTuple):
    """All that a card shows, besides the language and the address of the icons."""

    vehicle: VehicleRow
    #: As of now.
    state: str
    #: '': riding is free.
    plan_id: str
    may_start: bool
    action: Action
    has_distance: bool
    #: The centre of the city: a place without an address is described from there.
    centre: tuple[float, float] | None
    is_reserved_for_viewer: bool
    #: Of what is set for the types: the name, the icon and the battery follow from it.
    types_digest: int


class Viewer(ReservingViewer, Protocol):
    """What cards need to know of the account that looks at them; rides add it to accounts."""

    @property
    def open_ride(self) -> object | None: ...


def render_prices(listed: Iterable[ListedVehicle]) -> Markup:
    """Return the price of each type of vehicle in a list."""
    return cached_fragment(TEMPLATE, "prices", find_priced_types(each.vehicle for each in listed))


def render_cards(
    listed: Sequence[ListedVehicle], viewer: Viewer | None, is_map_centre: bool = False
) -> Markup:
    """Return the cards of a list of vehicles of one city.

    is_map_centre: distances are from the middle of the map, and not from where the viewer is.
    """
    action, reserved_key = _find_action(viewer), find_reserved_key(viewer)
    city = catalogue().find(listed[0].vehicle.city) if listed else None
    has_start_rules = city is not None and city_zones(city).has_start_rules
    centre = (city.lat, city.lon) if city else None
    find_id, find_fragment, cards = cache(find_plan_id), fragment_finder(), []
    digest = types_digest()
    format_ = format_distance if is_map_centre else format_walking_distance
    for each in listed:
        exact = VehicleRow.copy(each.vehicle)
        vehicle = exact if viewer else make_anonymous_copy(exact)
        is_reserved_for_viewer = reserved_key is not None and vehicle.key == reserved_key
        card = Card(
            vehicle,
            vehicle.current_state,
            find_id(vehicle.city, vehicle.form_factor, vehicle.propulsion_type),
            (not has_start_rules or may_start(vehicle)) and has_start_battery(exact),
            action,
            each.distance_m is not None,
            centre,
            is_reserved_for_viewer,
            digest,
        )
        arguments = card, TOKEN_MARK, DISTANCE_MARK
        if is_reserved_for_viewer:
            html = render_fragment((), TEMPLATE, "vehicle_card", arguments)
        else:
            html = find_fragment(TEMPLATE, "vehicle_card", arguments)
        if each.distance_m is not None:
            html = html.replace(DISTANCE_MARK, escape(format_(each.distance_m)))
        cards.append(html)
    token = generate_csrf() if action == "start" else ""
    return Markup("".join(cards).replace(TOKEN_MARK, token))  # noqa: S704 - by the template


def _find_action(viewer: Viewer | None) -> Action:
    if viewer is None:
        return "sign in"
    # A rider has one open ride, which the foot of the page shows: no other starts.
    return "" if viewer.open_ride else "start"
