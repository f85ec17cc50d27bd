"""The page on which staff change the order of precedence of a city's zones."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.db.paging import format_cursor, page_size
from webapp.edits import save_edit
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.controllers import zone_cursor
from webapp.fleet.zones.labels import zone_label
from webapp.fleet.zones.order import (
    PlacedZone,
    list_overlapping_zones,
    list_placed_zones,
    move_zone,
)
from webapp.fleet.zones.order_forms import MoveZoneForm
from webapp.fleet.zones.rules import CityZones
from webapp.forms import render_form
from webapp.regions.models import City
from webapp.translations import gettext as _
from webapp.web.access import recently_authenticated, requires, staff_city_or_404
from webapp.web.roles import Permission

bp = Blueprint("zone_order", __name__, url_prefix="/fleet/zones")


@bp.route("/<city_name>/<uuid:zone_id>/move", methods=["GET", "POST"])
@requires(Permission.CHANGE_ZONES)
@recently_authenticated
def move(city_name: str, zone_id: UUID) -> ResponseReturnValue:
    """Move a zone up or down in the order of precedence."""
    city = staff_city_or_404(city_name, Permission.CHANGE_ZONES)
    zones = city_zones(city, max_age_s=0)
    placed = _placed_or_404(zones, zone_id)
    form = MoveZoneForm(stored=placed)
    if form.validate_on_submit() and _save(form, city, placed):
        flash(_describe_move(city, zone_id), "success")
        return redirect(_make_list_url(city, zone_id), 303)
    return render_form(
        "fleet/zones/move.html",
        form,
        city=city,
        placed=placed,
        zones=zones,
        overlapping=list_overlapping_zones(zones, placed.zone),
    )


def _placed_or_404(zones: CityZones, zone_id: UUID) -> PlacedZone:
    placed = (each for each in list_placed_zones(zones) if each.zone.zone_id == zone_id)
    return next(placed, None) or abort(404)


def _save(form: MoveZoneForm, city: City, placed: PlacedZone) -> bool:
    """Save the form, or let it show what somebody else has changed."""
    place, why = form.place.data or placed.place, form.why.data or ""
    return save_edit(
        form,
        placed,
        fill=lambda stored: MoveZoneForm(None, stored=stored),
        save=lambda stored: move_zone(city, stored, place, why),
        read=lambda: _placed_or_404(city_zones(city, max_age_s=0), placed.zone.zone_id),
    )


def _describe_move(city: City, zone_id: UUID) -> str:
    placed = _placed_or_404(city_zones(city), zone_id)
    return _(
        "Moved: %(zone)s is now at place %(place)d of %(count)d.",
        zone=zone_label(placed.zone),
        place=placed.place,
        count=placed.count,
    )


def _make_list_url(city: City, zone_id: UUID) -> str:
    """Return the address of the zone in the list, on the page where it is now."""
    order = [each.zone for each in list_placed_zones(city_zones(city))]
    place = next(index for index, zone in enumerate(order) if zone.zone_id == zone_id)
    start = place // page_size() * page_size()
    after = format_cursor(zone_cursor(order[start - 1])) if start else None
    return url_for(
        "fleet.staff_zones.index", city=city.name, after=after, _anchor=f"zone-{zone_id}"
    )
