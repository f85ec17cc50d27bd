"""The pages of saved replies, for managers."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.edits import save_edit
from webapp.errors import DomainError
from webapp.fleet.saved_replies import services
from webapp.fleet.saved_replies.forms import NewSavedReplyForm, RemovalForm, SavedReplyForm
from webapp.fleet.saved_replies.models import SavedReply
from webapp.fleet.saved_replies.queries import find_reply
from webapp.forms import add_refusal, render_form
from webapp.translations import get_language_code
from webapp.translations import gettext as _
from webapp.web.access import requires, staff_cities, staff_city_or_404
from webapp.web.roles import Permission

bp = Blueprint("saved_replies", __name__)


@bp.route("/fleet/saved-replies/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_QUEUES)
def new() -> ResponseReturnValue:
    """Add a saved reply for a city, or for all."""
    city = staff_city_or_404(request.args.get("city"), Permission.MANAGE_QUEUES)
    form = NewSavedReplyForm()
    form.offer_cities(staff_cities(Permission.MANAGE_QUEUES))
    if form.validate_on_submit():
        try:
            services.add_reply(
                current_user,
                form.nonce.data,
                form.city_name,
                form.reply_data,
                form.why.data or "",
            )
            flash(_("Reply saved: %(title)s.", title=form.title.data), "success")
            return redirect(url_for("fleet.queues.index", city=form.city_name or city.name), 303)
        except DomainError as refusal:
            add_refusal(form, refusal)
    if not form.is_submitted():
        form.city.data, form.language.data = city.name, get_language_code()
    return render_form("fleet/saved_replies/form.html", form, city=city, reply=None)


@bp.route("/fleet/saved-replies/<uuid:reply_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_QUEUES)
def edit(reply_id: UUID) -> ResponseReturnValue:
    """Change a saved reply."""
    reply = find_reply(current_user, reply_id)
    city = staff_city_or_404(reply.city, Permission.MANAGE_QUEUES)
    form = SavedReplyForm(obj=reply)
    if form.validate_on_submit() and _save(form, reply):
        flash(_("Reply saved: %(title)s.", title=form.title.data), "success")
        return redirect(url_for("fleet.queues.index", city=city.name), 303)
    return render_form("fleet/saved_replies/form.html", form, city=city, reply=reply)


def _save(form: SavedReplyForm, reply: SavedReply) -> bool:
    """Save the form, or let it show what somebody else has changed."""
    return save_edit(
        form,
        reply,
        fill=lambda stored: SavedReplyForm(None, obj=stored),
        save=lambda stored: services.change_reply(
            current_user, stored, form.reply_data, form.why.data or ""
        ),
        read=lambda: find_reply(current_user, reply.id),
    )


@bp.post("/fleet/saved-replies/<uuid:reply_id>/remove")
@requires(Permission.MANAGE_QUEUES)
def remove(reply_id: UUID) -> ResponseReturnValue:
    """Remove a saved reply."""
    form = RemovalForm()
    if not form.validate_on_submit():
        abort(422)  # the page lets nobody type more than fits
    services.remove_reply(current_user, reply_id, form.why.data or "")
    flash(_("Saved reply removed."), "success")
    return redirect(url_for("fleet.queues.index", city=request.form.get("city") or None), 303)
