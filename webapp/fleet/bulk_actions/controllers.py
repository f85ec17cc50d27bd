"""The pages of bulk actions: choosing an action, its preview, its progress and results."""

from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.db.paging import read_time_cursor, read_uuid_cursor
from webapp.errors import DomainError
from webapp.fleet.alerts.settings import find_threshold
from webapp.fleet.bulk_actions import queries
from webapp.fleet.bulk_actions.csv_rows import COLUMNS, make_csv_row
from webapp.fleet.bulk_actions.enums import BULK_ACTIONS, BulkResult, find_inverse
from webapp.fleet.bulk_actions.forms import StartForm
from webapp.fleet.bulk_actions.selection import Preview, Selection, preview
from webapp.fleet.bulk_actions.services import find_undoable, start_bulk_action
from webapp.fleet.controllers.staff_filter import filter_city_or_404
from webapp.fleet.forms import StaffFleetForm
from webapp.fleet.vehicle_actions.forms import FORMS, ActionForm
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.services import find_required_permission
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.forms import render_form
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City
from webapp.web.access import requires, staff_city_or_404
from webapp.web.responses import as_csv, attachment
from webapp.web.roles import Permission
from webapp.web.urls import url_with_query

#: The name of a vehicle's box in the list begins with this, and its id follows: no field of a
#: request comes twice.
VEHICLE = "vehicle-"

bp = Blueprint("bulk_actions", __name__, url_prefix="/fleet/bulk-actions")


@bp.get("")
@requires(Permission.CHANGE_VEHICLES)
def index() -> ResponseReturnValue:
    """The bulk actions of a city, newest first."""
    city = staff_city_or_404(request.args.get("city"), Permission.CHANGE_VEHICLES)
    page = queries.list_bulk_actions(city, read_time_cursor(request.args.get("after")))
    return render_template(
        "fleet/bulk_actions/list.html", city=city, page=page, query_args={"city": city.name}
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.CHANGE_VEHICLES)
def start() -> ResponseReturnValue:
    """Choose what to do with the vehicles that the address selects; see what it would change; and
    do it."""
    name = request.args.get("action")
    action = VehicleAction(name) if name in BULK_ACTIONS else None
    form = StaffFleetForm(request.args)
    city = filter_city_or_404(form, find_required_permission(action or BULK_ACTIONS[0]))
    if "all" in request.args and form.errors:
        # Without its wrong part the filter would select more: the list says what is wrong.
        args = {name: request.args[name] for name in form.data if name in request.args}
        return redirect(url_with_query("fleet.staff.index", args))
    selection = _read_selection(city, form)
    if action is None or not (selection.ids or selection.vehicle_filter):
        return _choose_page(city, selection, form.query_args)
    return _start_page(city, selection, action, form.query_args)


def _read_selection(city: City, form: StaffFleetForm) -> Selection:
    """Return the vehicles that the address names, or with ``all`` those of its filter."""
    if "all" in request.args:
        vehicle_filter = form.make_vehicle_filter(city, without_retired=False)
        kind = form.alert_kind
        alert = (kind, find_threshold(city.name, kind)) if kind else None
        return Selection(city, vehicle_filter=vehicle_filter, alert=alert)
    names = (name for name in request.args if name.startswith(VEHICLE))
    ids = {UUID(name.removeprefix(VEHICLE)) for name in names if _is_uuid(name)}
    return Selection(city, ids)


def _is_uuid(name: str) -> bool:
    try:
        return bool(UUID(name.removeprefix(VEHICLE)))
    except ValueError:
        return False


def _choose_page(
    city: City, selection: Selection, list_args: dict[str, str]
) -> ResponseReturnValue:
    actions = [
        each
        for each in BULK_ACTIONS
        if current_user.has_permission(find_required_permission(each), city.name)
    ]
    return render_template(
        "fleet/bulk_actions/choose.html",
        city=city,
        selection=selection,
        actions=actions,
        list_args=list_args,
        query_args=request.args.to_dict(),
    )


def _start_page(
    city: City,
    selection: Selection,
    action: VehicleAction,
    list_args: dict[str, str] | None = None,
) -> ResponseReturnValue:
    """list_args: the filter of the list that led here."""
    form, start_form = FORMS.get(action, ActionForm)(), StartForm()
    effects: Preview | None = None
    if selection.undoes:
        form = ActionForm()
    if not (selection.undoes and form.is_submitted()):  # nobody has to type how many are undone
        effects = preview(selection, action, ActionDetails())
        start_form.ask_for_count(action, effects.done_count)
    is_possible = effects is None or effects.done_count > 0
    if form.is_submitted() and is_possible and all([form.validate(), start_form.validate()]):
        key = start_bulk_action(
            current_user,
            UUID(start_form.bulk_action_id.data),
            action,
            form.details,
            selection,
            list_args if selection.vehicle_filter else None,
        )
        return redirect(url_for("fleet.bulk_actions.show", bulk_action_key=key), 303)
    page = render_form(
        "fleet/bulk_actions/start.html",
        form,
        start_form=start_form,
        city=city,
        action=action,
        preview=effects or preview(selection, action, ActionDetails()),
        selection=selection,
        list_args=list_args or {},
    )
    return (page, 422) if start_form.errors and isinstance(page, str) else page


@bp.get("/<key:bulk_action_key>")
@requires(Permission.CHANGE_VEHICLES)
def show(bulk_action_key: RowKey) -> ResponseReturnValue:
    """How far a bulk action is, and what became of each vehicle."""
    name = request.args.get("result")
    result = BulkResult(name) if name in list(BulkResult) else None
    after = read_uuid_cursor(request.args.get("after"))
    details = queries.find_bulk_action_details(current_user, bulk_action_key, result, after)
    bulk_action = details.bulk_action
    return render_template(
        "fleet/bulk_actions/show.html",
        bulk_action=bulk_action,
        creator_name=details.creator_name,
        city=catalogue().find(bulk_action.city),
        counts=details.counts,
        page=details.page,
        result=result,
        query_args={"result": result} if result else {},
        can_be_undone=find_inverse(bulk_action.action) is not None and not bulk_action.undoes_id,
    )


@bp.get("/<key:bulk_action_key>/results.csv")
@requires(Permission.CHANGE_VEHICLES)
def download_csv(bulk_action_key: RowKey) -> ResponseReturnValue:
    """Download what became of each vehicle."""
    queries.find_bulk_action(current_user, bulk_action_key)
    rows = map(make_csv_row, queries.stream_results(bulk_action_key))
    return attachment(as_csv(COLUMNS, rows), "movr-bulk-action.csv", "text/csv")


@bp.route("/<key:bulk_action_key>/undo", methods=["GET", "POST"])
@requires(Permission.CHANGE_VEHICLES)
def undo(bulk_action_key: RowKey) -> ResponseReturnValue:
    """Undo a bulk action with those vehicles that have not changed since."""
    try:
        bulk_action, inverse = find_undoable(current_user, bulk_action_key)
    except DomainError as refusal:
        if refusal.status == 404:
            raise
        return redirect(url_for("fleet.bulk_actions.show", bulk_action_key=bulk_action_key), 303)
    city = catalogue().find(bulk_action.city) or abort(404)
    return _start_page(city, Selection(city, undoes=bulk_action_key), inverse)
