"""Zones: for the maps and in words for everyone, and to be looked after by a city's admins."""

from typing import Any
from uuid import UUID

from flask import Response, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from webapp.db.paging import Page, distance_cursor, make_page, page_size
from webapp.fleet.blueprint import bp
from webapp.fleet.zones import services
from webapp.fleet.zones.forms import ZoneForm
from webapp.fleet.zones.map_layer import picture
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.rules import CityZones, zones, zones_of
from webapp.forms import answer
from webapp.regions.catalogue import city_or_404
from webapp.regions.models import City
from webapp.web.access import fresh, only, public, staff_cities, staff_city_or_404
from webapp.web.roles import Role

#: How long a browser may keep the picture without asking, seconds.
PICTURE_MAX_AGE_S = 60


@bp.get("/city/<name>/zones.json")
@public
def zones_json(name: str) -> ResponseReturnValue:
    """A map gets the zones it draws; one that has them already hears only that they hold."""
    city = city_or_404(name)
    of_city = zones_of(city)
    version = f"{of_city.version}-{get_locale()}"
    if request.if_none_match.contains_weak(version):
        response = Response(status=304)
    else:
        response = jsonify(picture(of_city, city.currency))
    response.set_etag(version)
    response.cache_control.public = True
    response.cache_control.max_age = PICTURE_MAX_AGE_S
    return response


@bp.get("/city/<name>/zones")
@public
def city_zones(name: str) -> ResponseReturnValue:
    """Anyone reads in words where rides end in a city, and where they do not."""
    city = city_or_404(name)
    page = _page(zones_of(city))
    return render_template("fleet/zones.html", city=city, page=page)


@bp.get("/fleet/zones")
@only(Role.ADMIN)
def staff_zones() -> ResponseReturnValue:
    """Admins see the zones of a city of theirs, as they are at this moment."""
    city = staff_city_or_404(request.args.get("city"), Role.ADMIN)
    of_city = zones().of(city, max_age_s=0)
    return render_template(
        "fleet/zones_staff.html",
        city=city,
        cities=staff_cities(Role.ADMIN),
        of_city=of_city,
        page=_page(of_city),
        question={"city": city.name},
    )


@bp.route("/fleet/zones/<name>/<uuid:zone>/edit", methods=["GET", "POST"])
@only(Role.ADMIN)
@fresh
def edit_zone(name: str, zone: UUID) -> ResponseReturnValue:
    """An admin changes what a zone is called, its fee or its speed."""
    city = staff_city_or_404(name, Role.ADMIN)
    form = ZoneForm(currency=city.currency)
    if form.validate_on_submit():
        services.change_zone(city, zone, **form.columns)
        flash(_("Saved."), "success")
        return redirect(url_for(".staff_zones", city=city.name), 303)
    found = _zone_or_404(city, zone)
    if request.method == "GET":
        form.process(obj=found)
    return answer("fleet/zones_edit.html", form, city=city, zone=found)


@bp.post("/fleet/zones/<name>/<uuid:zone>/remove")
@only(Role.ADMIN)
@fresh
def remove_zone(name: str, zone: UUID) -> ResponseReturnValue:
    """An admin removes a zone."""
    city = staff_city_or_404(name, Role.ADMIN)
    services.remove_zone(city, zone)
    flash(_("The zone is removed."), "info")
    return redirect(url_for(".staff_zones", city=city.name), 303)


def _zone_or_404(city: City, id_: UUID) -> Zone:
    found = (zone for zone in zones().of(city, max_age_s=0).zones if zone.id == id_)
    return next(found, None) or abort(404)


def _page(of_city: CityZones) -> Page[Zone]:
    """Return a page of the zones, in order of their positions. They are in memory."""
    after = distance_cursor(request.args.get("after"))

    def place(zone: Zone) -> Any:
        return zone.position, zone.id

    rows = sorted((zone for zone in of_city.zones if not after or place(zone) > after), key=place)
    return make_page(rows[: page_size() + 1], place)
