"""The page on which staff look at comments that riders have flagged."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.db.keys import RowKey
from webapp.db.paging import read_time_cursor
from webapp.notices.comments import moderation
from webapp.notices.comments.enums import CommentState
from webapp.notices.comments.forms import HideForm, ShowForm
from webapp.notices.comments.labels import STATE_LABELS
from webapp.notices.comments.models import NoticeComment
from webapp.notices.comments.queries import find_comment, list_flagged_comments
from webapp.translations import gettext as _
from webapp.web.access import requires, staff_cities, staff_city_or_404
from webapp.web.roles import Permission

bp = Blueprint("moderation", __name__, url_prefix="/fleet/comments")


@bp.get("")
@requires(Permission.MODERATE_COMMENTS)
def index() -> ResponseReturnValue:
    """The comments of a city in a state: at first those that wait for staff."""
    city = staff_city_or_404(request.args.get("city"), Permission.MODERATE_COMMENTS)
    state = request.args.get("state", CommentState.FLAGGED.value)
    if state not in set(CommentState):
        abort(404)
    after = read_time_cursor(request.args.get("after"))
    return render_template(
        "notices/comments/moderation.html",
        city=city,
        cities=staff_cities(Permission.MODERATE_COMMENTS),
        state=state,
        states=STATE_LABELS.items(),
        page=list_flagged_comments(city, CommentState(state), after),
    )


@bp.post("/<key:comment_key>/hide")
@requires(Permission.MODERATE_COMMENTS)
def hide(comment_key: RowKey) -> ResponseReturnValue:
    """Hide a comment, with a reason that its author reads."""
    comment, form = _find_of_staff(comment_key), HideForm()
    if not form.validate_on_submit():
        flash(_("Say why: its author reads it."), "error")
        return redirect(url_for(".index", city=comment.city, state=comment.state), 303)
    moderation.hide_comment(comment, form.why.data)
    flash(_("The comment is hidden. A mail tells its author."), "success")
    return redirect(url_for(".index", city=comment.city), 303)


@bp.post("/<key:comment_key>/show")
@requires(Permission.MODERATE_COMMENTS)
def show(comment_key: RowKey) -> ResponseReturnValue:
    """Show a comment that riders have flagged, or staff have hidden."""
    comment, form = _find_of_staff(comment_key), ShowForm()
    if not form.validate_on_submit():
        abort(422)  # the page lets nobody type more than fits
    moderation.show_comment(comment, form.why.data or "")
    flash(_("The comment is shown."), "success")
    return redirect(url_for(".index", city=comment.city), 303)


def _find_of_staff(comment_key: RowKey) -> NoticeComment:
    """Return a comment of a city where the viewer may; else answer 404."""
    comment = find_comment(comment_key).comment
    staff_city_or_404(comment.city, Permission.MODERATE_COMMENTS)
    return comment
