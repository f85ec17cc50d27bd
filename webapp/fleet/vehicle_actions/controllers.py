"""The pages on which staff act on a vehicle."""

from dataclasses import replace

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.edits import save_edit
from webapp.errors import DomainError, EditConflict
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_actions.forms import FORMS, ActionForm, OwnerForm, PropertiesForm
from webapp.fleet.vehicle_actions.labels import DONE_LABELS, action_hint, stays_out_label
from webapp.fleet.vehicle_actions.rules import list_possible_actions
from webapp.fleet.vehicle_actions.services import (
    act_on_vehicle,
    find_refusal,
    find_required_permission,
    find_staff_vehicle,
)
from webapp.fleet.vehicle_actions.transfer import transfer_vehicle
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.forms import add_refusal, render_form
from webapp.regions.catalogue import catalogue
from webapp.web.access import requires
from webapp.web.roles import Permission

bp = Blueprint("vehicle_actions", __name__)


@bp.route("/fleet/vehicles/<key:vehicle_key>/actions/<action_name>", methods=["GET", "POST"])
@requires(Permission.CHANGE_VEHICLES)
def act(vehicle_key: RowKey, action_name: str) -> ResponseReturnValue:
    """Ask for what an action needs, and do it."""
    if action_name not in list(VehicleAction):
        abort(404)
    action = VehicleAction(action_name)
    vehicle = _find_vehicle(vehicle_key, action)
    form = FORMS.get(action, ActionForm)()
    if not form.is_submitted():
        form.fill(vehicle)
        if action not in list_possible_actions(vehicle):
            add_refusal(form, find_refusal(vehicle, action))
    elif form.validate():
        try:
            if _act(vehicle, action, form):
                return redirect(url_for("fleet.staff.show", vehicle_key=vehicle_key), 303)
        except DomainError as refusal:
            add_refusal(form, refusal)
            if isinstance(refusal, EditConflict):
                vehicle = _find_vehicle(vehicle_key, action)
                form.fill(vehicle)
    return render_form(
        "fleet/vehicle_actions/action.html",
        form,
        vehicle=vehicle,
        action=action,
        hint=action_hint(vehicle, action),
        city=catalogue().find(vehicle.city),
    )


def _find_vehicle(vehicle_key: RowKey, action: VehicleAction) -> Vehicle:
    with_owner = action is VehicleAction.TRANSFER
    permission = find_required_permission(action)
    return find_staff_vehicle(current_user, vehicle_key, permission, with_owner=with_owner)


def _act(vehicle: Vehicle, action: VehicleAction, form: ActionForm) -> bool:
    """Do what the form says, with a message; return False if it shows what somebody else has
    changed instead."""
    cause = None
    if isinstance(form, PropertiesForm):
        if not _edit(vehicle, form):
            return False
    elif isinstance(form, OwnerForm):
        transfer_vehicle(current_user, vehicle.key, form.owner.data or "", form.details)
    else:
        cause = act_on_vehicle(current_user, vehicle.key, action, form.details)
    if cause is not None and action is VehicleAction.SWAP_BATTERY:
        flash(stays_out_label(cause), "info")
    else:
        flash(DONE_LABELS[action], "success")
    return True


def _edit(vehicle: Vehicle, form: PropertiesForm) -> bool:
    """Save the form, or let it show what somebody else has changed."""
    key, action = vehicle.key, VehicleAction.EDIT

    def save(stored: Vehicle) -> None:
        details = replace(form.details, old_values=form.read_properties(stored))
        act_on_vehicle(current_user, key, action, details)

    return save_edit(
        form,
        vehicle,
        fill=_show_properties,
        save=save,
        read=lambda: _find_vehicle(key, action),
    )


def _show_properties(vehicle: Vehicle) -> PropertiesForm:
    form = PropertiesForm(None)
    form.fill(vehicle)
    return form
