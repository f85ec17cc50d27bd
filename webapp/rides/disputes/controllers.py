"""Asking for a ride to be looked at, and answering."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.db.paging import time_cursor
from webapp.errors import DomainError
from webapp.forms import answer, blame, city_choices
from webapp.rides.blueprint import bp
from webapp.rides.disputes import labels as words
from webapp.rides.disputes import queries as lists
from webapp.rides.disputes import services, staff_services
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.disputes.forms import AnswerForm, MessageForm, QueueForm, new_nonce
from webapp.rides.services.receipts import receipt_of
from webapp.web.access import only, signed_in, staff_cities, staff_city_or_404
from webapp.web.rate_limits import TooManyTries
from webapp.web.roles import Role

bp.add_app_template_filter(words.rider_label, "dispute_words")
bp.add_app_template_filter(words.queue_label, "dispute_queue")


@bp.route("/rides/<key:ride>/dispute", methods=["GET", "POST"])
@signed_in
def dispute(ride: RowKey) -> ResponseReturnValue:
    """A rider asks for a ride to be looked at, and reads what we answer."""
    form = MessageForm()
    if form.validate_on_submit():
        try:
            services.write(current_user.key, ride, form.nonce.data, form.text.data)
            flash(_("Sent. We answer here, and tell you by mail."), "success")
            return redirect(url_for(".dispute", ride=ride), 303)
        except (services.NotNow, TooManyTries) as refusal:
            blame(form, refusal)
    found = lists.thread_of(current_user.key, ride)
    if found.ended_at is None:
        return redirect(url_for(".ride", ride=found.key), 303)
    form.nonce.data = new_nonce()
    return answer(
        "rides/dispute.html",
        form,
        ride=found,
        receipt=receipt_of(found, found.dispute),
        why_not=services.why_not(found),
    )


# --- for staff ---------------------------------------------------------------------------------


@bp.get("/fleet/disputes")
@only(Role.FLEET)
def disputes() -> ResponseReturnValue:
    """Staff see which rides of a city of theirs are to be looked at, or have been."""
    form = QueueForm(request.args)
    form.city.choices = city_choices(staff_cities())
    city = staff_city_or_404(form.city.data)
    form.city.data = city.name
    if not form.validate():
        abort(404)
    state = DisputeState(form.state.data)
    page = lists.queue(city, state, time_cursor(request.args.get("after")))
    question = {"city": city.name, "state": state.value}
    return render_template(
        "rides/disputes.html", form=form, city=city, page=page, question=question
    )


@bp.route("/fleet/disputes/<key:ride>", methods=["GET", "POST"])
@only(Role.FLEET)
def staff_dispute(ride: RowKey) -> ResponseReturnValue:
    """Staff see what was a ride, what was written about it, and answer."""
    case = lists.case_for(current_user, ride)
    form = AnswerForm(case)
    if form.validate_on_submit():
        try:
            given = form.answer
            staff_services.answer(current_user.key, case, form.seen_at, form.nonce.data, given)
            flash(_("Sent."), "success")
            return redirect(url_for(".staff_dispute", ride=ride), 303)
        except DomainError as refusal:
            blame(form, refusal)
    form.seen.data = case.dispute.changed_at.isoformat()
    form.nonce.data = new_nonce()
    receipt = receipt_of(case.ride, case.dispute)
    return answer("rides/dispute_staff.html", form, case=case, receipt=receipt)
