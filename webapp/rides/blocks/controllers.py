"""Pages of blocks: for the owner, the rider, and staff."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.fleet.queries.vehicles import find_owner_vehicle
from webapp.forms import add_refusal, render_form
from webapp.rides.blocks import services
from webapp.rides.blocks.forms import BlockForm, EndBlockForm
from webapp.rides.blocks.queries import (
    find_block_for_staff,
    list_blocks_of_owner,
    list_blocks_of_rider,
)
from webapp.translations import gettext as _
from webapp.web.access import requires, signed_in
from webapp.web.rate_limits import TooManyTries
from webapp.web.roles import Permission

bp = Blueprint("blocks", __name__)

#: Why nobody is blocked.
REFUSALS = (
    services.NobodyToBlock, services.LastRiderGone, services.RiddenSince, services.TooManyBlocks,
)  # fmt: skip


@bp.get("/rides/blocks")
@signed_in
def own() -> ResponseReturnValue:
    """Why owners do not let the rider ride their vehicles."""
    blocks = list_blocks_of_rider(current_user.key)
    return render_template("rides/blocks/own.html", blocks=blocks)


@bp.get("/vehicles/mine/blocks")
@signed_in
def index() -> ResponseReturnValue:
    """Whom an owner has blocked; who they are is not shown."""
    blocks = list_blocks_of_owner(current_user.key)
    return render_template("rides/blocks/index.html", blocks=blocks)


@bp.route("/vehicles/mine/<key:vehicle_key>/block", methods=["GET", "POST"])
@signed_in
def add(vehicle_key: RowKey) -> ResponseReturnValue:
    """Block the last rider of a vehicle from all vehicles of its owner."""
    form = BlockForm()
    if form.validate_on_submit():
        reason, nonce = form.reason.data, form.nonce.data or ""
        try:
            services.block_last_rider(current_user.key, vehicle_key, reason, nonce, form.opened_at)
        except (*REFUSALS, TooManyTries) as refusal:
            add_refusal(form, refusal)
            form.open_again()
        else:
            flash(_("Blocked. The rider gets an e-mail with your reason."), "success")
            return redirect(url_for(".index"), 303)
    vehicle = find_owner_vehicle(current_user.key, vehicle_key)
    return render_form("rides/blocks/add.html", form, vehicle=vehicle)


@bp.post("/vehicles/mine/blocks/<key:block_key>/end")
@signed_in
def end(block_key: RowKey) -> ResponseReturnValue:
    """Let a rider ride the own vehicles again."""
    services.end_block(current_user.key, block_key)
    flash(_("The rider may ride your vehicles again."), "success")
    return redirect(url_for(".index"), 303)


@bp.route("/fleet/blocks/<key:block_key>/end", methods=["GET", "POST"])
@requires(Permission.ANSWER_DISPUTES)
def end_as_staff(block_key: RowKey) -> ResponseReturnValue:
    """Staff end a block that is not justified."""
    form = EndBlockForm()
    if form.validate_on_submit():
        services.end_block_as_staff(current_user, block_key, form.why.data)
        flash(_("The block has ended."), "success")
        return redirect(url_for("rides.disputes.queue"), 303)
    block = find_block_for_staff(current_user, block_key)
    return render_form("rides/blocks/end.html", form, block=block)
