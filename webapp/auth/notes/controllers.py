"""The page of the notes about an account."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.notes.forms import NoteForm
from webapp.auth.notes.queries import list_notes
from webapp.auth.notes.services import TooManyNotes, add_note
from webapp.auth.queries import find_account
from webapp.db.keys import RowKey
from webapp.db.paging import read_time_cursor
from webapp.errors import FormReused
from webapp.forms import add_refusal, render_form
from webapp.translations import gettext as _
from webapp.web.access import requires
from webapp.web.roles import Permission

bp = Blueprint("notes", __name__)


@bp.route("/users/<key:user_key>/account/notes", methods=["GET", "POST"])
@requires(Permission.VIEW_RIDERS)
def index(user_key: RowKey) -> ResponseReturnValue:
    """Staff read what colleagues have written about a person, and add to it."""
    form = NoteForm()
    if form.validate_on_submit():
        user = find_account(current_user, user_key, Permission.VIEW_RIDERS)
        try:
            add_note(current_user, user, form.text.data, form.nonce.data or "")
        except (TooManyNotes, FormReused) as refusal:
            add_refusal(form, refusal)
        else:
            flash(_("Note added."), "success")
            return redirect(url_for(".index", user_key=user.key), 303)
    after = read_time_cursor(request.args.get("after"))
    user, page = list_notes(current_user, user_key, after)
    return render_form("auth/notes/index.html", form, user=user, page=page)
