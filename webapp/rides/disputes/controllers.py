"""Disputes: pages of the rider and of staff."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.db.paging import read_time_cursor
from webapp.errors import DomainError, FormReused
from webapp.fleet.controllers.staff_filter import filter_city_or_404
from webapp.fleet.queues.forms import AssignForm
from webapp.fleet.queues.pages import render_assign_form
from webapp.fleet.saved_replies.enums import ReplyQueue
from webapp.fleet.saved_replies.filling import ReplyContext, list_filled_replies
from webapp.forms import add_refusal, new_nonce, render_form
from webapp.regions.catalogue import city_or_404
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.disputes.forms import (
    DisputeAnswerForm,
    DisputeQueueForm,
    MessageForm,
)
from webapp.rides.disputes.queries import find_case, find_disputed_ride, list_disputes
from webapp.rides.disputes.services import (
    DisputeNotPossible,
    find_dispute_refusal,
    write_message,
)
from webapp.rides.disputes.staff_services import answer_dispute, assign_dispute
from webapp.rides.services.receipts import make_receipt
from webapp.translations import gettext as _
from webapp.web.access import requires, signed_in
from webapp.web.languages import find_browser_language
from webapp.web.rate_limits import TooManyTries
from webapp.web.roles import Permission

bp = Blueprint("disputes", __name__)


@bp.route("/rides/<key:ride_key>/dispute", methods=["GET", "POST"])
@signed_in
def rider_thread(ride_key: RowKey) -> ResponseReturnValue:
    """Show a ride's dispute to the rider, with the form to write to staff."""
    form = MessageForm()
    if form.validate_on_submit():
        try:
            write_message(
                current_user.key, ride_key, form.nonce.data, form.text.data, find_browser_language()
            )
            flash(_("Sent. We'll answer here and e-mail you."), "success")
            return redirect(url_for("rides.disputes.rider_thread", ride_key=ride_key), 303)
        except (DisputeNotPossible, FormReused, TooManyTries) as refusal:
            add_refusal(form, refusal)
    ride = find_disputed_ride(current_user.key, ride_key)
    if ride.ended_at is None:
        return redirect(url_for("rides.ride.show", ride_key=ride.key), 303)
    form.nonce.data = new_nonce()
    return render_form(
        "rides/disputes/rider_thread.html",
        form,
        ride=ride,
        receipt=make_receipt(ride, ride.dispute),
        refusal=find_dispute_refusal(ride),
    )


@bp.get("/fleet/disputes")
@requires(Permission.ANSWER_DISPUTES)
def queue() -> ResponseReturnValue:
    """Show a page of a city's disputes in one state."""
    form = DisputeQueueForm(request.args)
    city = filter_city_or_404(form, Permission.ANSWER_DISPUTES)
    state = DisputeState(form.chosen_state)
    after = read_time_cursor(request.args.get("after"))
    page, times = list_disputes(city, state, after, form.queue_filter)
    return render_form("rides/disputes/queue.html", form, city=city, page=page, times=times)


@bp.route("/fleet/disputes/<key:ride_key>", methods=["GET", "POST"])
@requires(Permission.ANSWER_DISPUTES)
def staff_thread(ride_key: RowKey) -> ResponseReturnValue:
    """Show a dispute and its ride to staff, with the form to answer."""
    case = find_case(current_user, ride_key)
    form, dispute = DisputeAnswerForm(case), case.dispute
    context = ReplyContext(case.ride.vehicle, dispute.language, case.rider_name)
    form.offer_replies(list_filled_replies(city_or_404(dispute.city), ReplyQueue.DISPUTES, context))
    if not form.use_reply.data and form.validate_on_submit():
        try:
            answer_dispute(
                current_user.key, case, form.seen_at, form.nonce.data, form.dispute_answer
            )
            flash(_("Sent."), "success")
            return redirect(url_for("rides.disputes.staff_thread", ride_key=ride_key), 303)
        except DomainError as refusal:
            add_refusal(form, refusal)
    form.seen.data = case.last_message_at.isoformat()
    form.nonce.data = new_nonce()
    receipt = make_receipt(case.ride, dispute)
    return render_form("rides/disputes/staff_thread.html", form, case=case, receipt=receipt)


@bp.route("/fleet/disputes/<key:ride_key>/assign", methods=["GET", "POST"])
@requires(Permission.ANSWER_DISPUTES)
def assign(ride_key: RowKey) -> ResponseReturnValue:
    """Assign a dispute to a colleague, to oneself or to nobody."""
    dispute = find_case(current_user, ride_key).dispute
    form, page = AssignForm(), url_for("rides.disputes.staff_thread", ride_key=ride_key)
    if form.validate_on_submit():
        try:
            assign_dispute(dispute, form.assignment)
            flash(_("Assignment saved."), "success")
            return redirect(page, 303)
        except DomainError as refusal:
            add_refusal(form, refusal)
            dispute = find_case(current_user, ride_key).dispute
    return render_assign_form(
        form, dispute.assignee, page, Permission.ANSWER_DISPUTES, dispute.city
    )
