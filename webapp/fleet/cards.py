"""The cards of lists of vehicles. Each is rendered once for all viewers, and kept.

A card follows from the row of its vehicle, the plan of its price, the language, and a few facts
that its key holds too: when one of them changes, the card has another key. Nothing of a person is
kept. The CSRF token of the viewer is put into the list in place of a random mark, and the card of
the vehicle that the viewer has reserved is not kept.
"""

import secrets
from collections.abc import Hashable, Iterable
from typing import Literal, NamedTuple

from flask import Flask, current_app
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from webapp.db.keys import RowKey
from webapp.fleet.pricing.cache import find_plan
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.queries.lists import ListedVehicle
from webapp.fleet.vehicle_columns import VehicleRow
from webapp.fleet.zones.cache import city_zones, may_start
from webapp.lru_cache import LRUCache
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City
from webapp.templating import format_distance, format_walking_distance, icons_url
from webapp.translations import current_language

#: Of a process; a card has about 1 KB.
MAX_CARDS = 4_000
#: Stands for the CSRF token in a card. Nobody can write it into the description of a vehicle.
TOKEN_MARK = secrets.token_hex()

CardCache = LRUCache[Hashable, str]
#: What the button of a card does; "": there is none.
Action = Literal["start", "sign in", ""]


def init_app(app: Flask) -> None:
    app.extensions["movr_cards"] = CardCache(MAX_CARDS)


def card_cache() -> CardCache:
    """Return the cards of the current application."""
    cache: CardCache = current_app.extensions["movr_cards"]
    return cache


class _Card(NamedTuple):
    """All that a card shows, besides the language and the addresses of icons."""

    vehicle: VehicleRow
    state: str
    plan: PricingPlan | None
    may_start: bool
    action: Action
    distance_m: int | None
    is_map_centre: bool
    #: Where the centre of the city is: without an address the place is described from there.
    centre: tuple[float, float] | None
    is_reserved_for_viewer: bool

    @property
    def key(self) -> Hashable:
        return self._replace(plan=None), self.plan and self.plan.id

    def render(self) -> str:
        macros = current_app.jinja_env.get_template("fleet/_cards.html").module
        html: str = macros.vehicle_card(  # type: ignore[attr-defined]
            self.vehicle,
            self.state,
            self.plan,
            self.may_start,
            self.action,
            self._format_distance(),
            self.is_reserved_for_viewer,
            TOKEN_MARK,
        )
        return html

    def _format_distance(self) -> str:
        if self.distance_m is None:
            return ""
        format_ = format_distance if self.is_map_centre else format_walking_distance
        return format_(self.distance_m)


def render_cards(
    listed: Iterable[ListedVehicle],
    action: Action,
    reserved_key: RowKey | None = None,
    is_map_centre: bool = False,
) -> Markup:
    """Return the cards of a list.

    reserved_key: of the vehicle that the viewer has reserved.
    is_map_centre: distances are from the middle of the map, and not from where the viewer is.
    """
    cache, facts = card_cache(), _ListFacts()
    context = (*current_language(), icons_url())
    cards = []
    for each in listed:
        vehicle = VehicleRow.copy(each.vehicle)
        city = facts.find_city(vehicle)
        card = _Card(
            vehicle,
            vehicle.current_state,
            facts.find_plan(vehicle),
            facts.may_start(vehicle),
            action,
            each.distance_m,
            is_map_centre,
            (city.lat, city.lon) if city else None,
            reserved_key is not None and vehicle.key == reserved_key,
        )
        is_kept = not card.is_reserved_for_viewer
        cards.append(cache.get((card.key, context), card.render) if is_kept else card.render())
    token = generate_csrf() if action == "start" else ""
    return Markup("".join(cards).replace(TOKEN_MARK, token))  # noqa: S704 - by the template


class _ListFacts:
    """What the vehicles of a list have in common, each found once."""

    def __init__(self) -> None:
        self._cities: dict[str, City | None] = {}
        self._plans: dict[tuple[str, str, str], PricingPlan | None] = {}
        self._has_start_rules: dict[str, bool] = {}

    def find_city(self, vehicle: VehicleRow) -> City | None:
        if vehicle.city not in self._cities:
            self._cities[vehicle.city] = catalogue().find(vehicle.city)
        return self._cities[vehicle.city]

    def find_plan(self, vehicle: VehicleRow) -> PricingPlan | None:
        key = vehicle.city, vehicle.form_factor, vehicle.propulsion_type
        if key not in self._plans:
            self._plans[key] = find_plan(vehicle)
        return self._plans[key]

    def may_start(self, vehicle: VehicleRow) -> bool:
        city = self.find_city(vehicle)
        if city is None:
            return True
        if city.name not in self._has_start_rules:
            self._has_start_rules[city.name] = city_zones(city).has_start_rules
        return not self._has_start_rules[city.name] or may_start(vehicle)
