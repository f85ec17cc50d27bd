"""The pages on which staff draw, change, remove and restore the zones of their cities."""

from datetime import datetime
from uuid import UUID

from flask import (
    Blueprint,
    abort,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.paging import read_time_cursor
from webapp.edits import save_edit
from webapp.errors import DomainError, EditConflict
from webapp.fleet.zones import edits
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.controllers import make_zone_page
from webapp.fleet.zones.descriptions import describe_elsewhere
from webapp.fleet.zones.drawn_areas import MAX_KM, MAX_POINTS
from webapp.fleet.zones.editor_texts import list_editor_texts
from webapp.fleet.zones.edits import MAX_ZONES, TooManyZones, ZoneEdit
from webapp.fleet.zones.forms import (
    KIND_CHOICES,
    MAX_FILE_BYTES,
    MAX_TEXT_LENGTH,
    EffectiveFields,
    RemovalForm,
    RestoreForm,
    ZoneForm,
    make_zone_form,
)
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.order import find_placed_zone, list_placed_zones
from webapp.fleet.zones.outlines import list_outlines
from webapp.fleet.zones.queries import (
    list_removed_zones,
    newest_rows,
    read_history,
    read_two_versions,
)
from webapp.fleet.zones.vehicles_inside import read_vehicles_inside
from webapp.forms import add_refusal, render_form
from webapp.regions.models import City
from webapp.templating import format_local_time
from webapp.translations import gettext as _
from webapp.web.access import (
    recently_authenticated,
    requires,
    staff_cities,
    staff_city_or_404,
)
from webapp.web.request_limits import accepts_files
from webapp.web.roles import Permission

bp = Blueprint("staff_zones", __name__, url_prefix="/fleet/zones")

#: South, west, north, east.
EVERYWHERE = "-90,-180,90,180"

accepts_outline = accepts_files(MAX_FILE_BYTES + MAX_TEXT_LENGTH, MAX_TEXT_LENGTH)


@bp.get("")
@requires(Permission.CHANGE_ZONES)
def index() -> ResponseReturnValue:
    """The zones of one of the viewer's cities, read from the database."""
    city = staff_city_or_404(request.args.get("city"), Permission.CHANGE_ZONES)
    zones = city_zones(city, max_age_s=0)
    return render_template(
        "fleet/zones/index.html",
        city=city,
        cities=staff_cities(Permission.CHANGE_ZONES),
        zones=zones,
        page=make_zone_page(newest_rows(zones.zones)),
        places={each.zone.id: each for each in list_placed_zones(zones)},
        elsewhere=describe_elsewhere(zones),
        query_args={"city": city.name},
    )


@bp.get("/<city_name>/removed")
@requires(Permission.CHANGE_ZONES)
def removed(city_name: str) -> ResponseReturnValue:
    """The zones of a city that were removed: each can be restored."""
    city = staff_city_or_404(city_name, Permission.CHANGE_ZONES)
    page = list_removed_zones(city, read_time_cursor(request.args.get("after")))
    return render_template("fleet/zones/removed.html", city=city, page=page)


@bp.route("/<city_name>/new", methods=["GET", "POST"])
@requires(Permission.CHANGE_ZONES)
@recently_authenticated
@accepts_outline
def new(city_name: str) -> ResponseReturnValue:
    """Draw a zone."""
    city = staff_city_or_404(city_name, Permission.CHANGE_ZONES)
    form = make_zone_form(city=city)
    if form.validate_on_submit() and not form.asks_for_preview:
        try:
            zone_id = _add(form, city)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            flash(_describe_saved(form, city), "success")
            return redirect(url_for(".show", city_name=city.name, zone_id=zone_id), 303)
    return _render_form(form, city)


def _add(form: ZoneForm, city: City) -> UUID:
    if len(newest_rows(city_zones(city).zones)) >= MAX_ZONES:
        refusal = TooManyZones()
        refusal.message = str(refusal.message) % {"max": f"{MAX_ZONES:,}"}
        raise refusal
    return edits.add_zone(_make_edit(form, city), form.make_data(), form.nonce.data or "")


def _render_form(form: ZoneForm, city: City, zone: Zone | None = None) -> ResponseReturnValue:
    inside = None
    if form.is_submitted() and form.asks_for_preview and not form.errors:
        before = zone.coordinates if zone else []
        inside = read_vehicles_inside(city, form.coordinates, before)
    return render_form(
        "fleet/zones/edit.html",
        form,
        inside=inside,
        city=city,
        zone=zone,
        zones=city_zones(city),
        kind_rules={value: rule for value, _label, rule in KIND_CHOICES},
        editor={"texts": list_editor_texts(city), "max_points": MAX_POINTS, "max_km": MAX_KM},
    )


def _make_edit(form: EffectiveFields, city: City) -> ZoneEdit:
    return ZoneEdit(current_user.key, city, form.effective_moment, form.why.data or "")


@bp.route("/<city_name>/<uuid:zone_id>/edit", methods=["GET", "POST"])
@requires(Permission.CHANGE_ZONES)
@recently_authenticated
@accepts_outline
def edit(city_name: str, zone_id: UUID) -> ResponseReturnValue:
    """Change a zone, from now or from a later moment on."""
    city = staff_city_or_404(city_name, Permission.CHANGE_ZONES)
    zone = _zone_or_404(city, zone_id, max_age_s=None if request.method == "POST" else 0)
    form = make_zone_form(city=city, stored=zone)
    if form.validate_on_submit() and not form.asks_for_preview and _save(form, city, zone):
        flash(_describe_saved(form, city), "success")
        return redirect(url_for(".show", city_name=city.name, zone_id=zone_id), 303)
    return _render_form(form, city, zone)


def _describe_saved(form: EffectiveFields, city: City) -> str:
    """Return what was saved, and from when on it holds."""
    if moment := form.effective_moment:
        return _("Zone saved. In force from %(time)s.", time=format_local_time(moment, city))
    return _("Zone saved. In force now.")


def _save(form: ZoneForm, city: City, zone: Zone) -> bool:
    """Save the form, or let it show what somebody else has changed."""
    change = _make_edit(form, city)
    return save_edit(
        form,
        zone,
        fill=lambda stored: make_zone_form(None, city=city, stored=stored),
        save=lambda stored: edits.change_zone(change, stored, form.make_data(stored)),
        read=lambda: _zone_or_404(city, zone.zone_id),
    )


@bp.get("/<city_name>/outlines.json")
@requires(Permission.CHANGE_ZONES)
def outlines(city_name: str) -> ResponseReturnValue:
    """The exact outlines of the zones in a box of the map, to which new points snap."""
    city = staff_city_or_404(city_name, Permission.CHANGE_ZONES)
    try:
        south, west, north, east = map(float, request.args.get("bbox", EVERYWHERE).split(","))
    except ValueError:
        abort(400)
    except_id = request.args.get("except", type=UUID)
    zones = [zone for zone in city_zones(city).zones if zone.zone_id != except_id]
    return jsonify(zones=list_outlines(newest_rows(zones), (west, south, east, north)))


@bp.route("/<city_name>/<uuid:zone_id>/remove", methods=["GET", "POST"])
@requires(Permission.CHANGE_ZONES)
@recently_authenticated
def remove(city_name: str, zone_id: UUID) -> ResponseReturnValue:
    """Remove a zone, from now or from a later moment on."""
    city = staff_city_or_404(city_name, Permission.CHANGE_ZONES)
    zone = _zone_or_404(city, zone_id, max_age_s=None if request.method == "POST" else 0)
    form = RemovalForm(city=city)
    if form.validate_on_submit():
        try:
            edits.remove_zone(_make_edit(form, city), zone)
        except EditConflict as refusal:
            add_refusal(form, refusal)
        else:
            flash(_describe_removal(form.effective_moment, city), "info")
            return redirect(url_for(".show", city_name=city.name, zone_id=zone_id), 303)
    return render_form("fleet/zones/remove.html", form, city=city, zone=zone)


def _describe_removal(moment: datetime | None, city: City) -> str:
    if moment is None:
        return _("Zone removed.")
    return _("It will be removed on %(time)s.", time=format_local_time(moment, city))


@bp.get("/<city_name>/<uuid:zone_id>")
@requires(Permission.CHANGE_ZONES)
def show(city_name: str, zone_id: UUID) -> ResponseReturnValue:
    """A zone, also a removed one, with its versions: who has changed what, when and why."""
    city = staff_city_or_404(city_name, Permission.CHANGE_ZONES)
    number = request.args.get("version", type=int)
    history = read_history(city, zone_id, number)
    zones = city_zones(city)
    zone = _find_zone(zones.zones, zone_id)
    if history is None and (zone is None or number is not None):
        abort(404)
    return render_template(
        "fleet/zones/show.html",
        city=city,
        zone_id=zone_id,
        zone=zone,
        placed=zone and find_placed_zone(zones, zone),
        zones=zones,
        history=history,
    )


@bp.route("/<city_name>/<uuid:zone_id>/versions/<int:number>/restore", methods=["GET", "POST"])
@requires(Permission.CHANGE_ZONES)
@recently_authenticated
def restore(city_name: str, zone_id: UUID, number: int) -> ResponseReturnValue:
    """Make an older version of a zone the newest one, also of a removed zone."""
    city = staff_city_or_404(city_name, Permission.CHANGE_ZONES)
    versions = read_two_versions(city, zone_id, number) or abort(404)
    old, newest = versions
    form = RestoreForm(city=city)
    if form.validate_on_submit():
        try:
            if form.newest.data != str(newest.number):
                raise EditConflict
            edits.restore_version(_make_edit(form, city), old, newest)
        except EditConflict as refusal:
            add_refusal(form, refusal)
        else:
            flash(_describe_saved(form, city), "success")
            return redirect(url_for(".show", city_name=city.name, zone_id=zone_id), 303)
    form.newest.data = str(newest.number)
    return render_form("fleet/zones/restore.html", form, city=city, old=old, newest=newest)


def _find_zone(zones: list[Zone], zone_id: UUID) -> Zone | None:
    """Return the newest row of a zone; None: it is removed, or there is none."""
    return next((zone for zone in newest_rows(zones) if zone.zone_id == zone_id), None)


def _zone_or_404(city: City, zone_id: UUID, max_age_s: float | None = 0) -> Zone:
    zone = _find_zone(city_zones(city, max_age_s).zones, zone_id)
    if zone is None and max_age_s is None:
        return _zone_or_404(city, zone_id)
    return zone or abort(404)
