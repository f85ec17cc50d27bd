"""The pages on which riders comment on notices."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.errors import DomainError
from webapp.forms import add_refusal, render_form
from webapp.notices.comments import services
from webapp.notices.comments.forms import CommentForm, NewCommentForm
from webapp.notices.comments.pages import render_notice
from webapp.notices.comments.queries import find_comment, find_own_comment
from webapp.notices.published_notices import find_notice
from webapp.regions.catalogue import city_or_404
from webapp.translations import gettext as _
from webapp.web.access import signed_in

bp = Blueprint("comments", __name__)


@bp.post("/notices/<uuid:notice_id>/comments")
@signed_in
def add(notice_id: UUID) -> ResponseReturnValue:
    """Comment on a notice."""
    notice, form = find_notice(notice_id), NewCommentForm()
    city = notice.catalogue_city or abort(404)
    if not form.validate_on_submit():
        return render_notice(notice, form)
    try:
        services.add_comment(current_user, notice, city, form.text.data, form.nonce.data)
    except DomainError as refusal:
        add_refusal(form, refusal)
        return render_notice(notice, form)
    flash(_("Thank you. Your comment is there."), "success")
    return redirect(_page_of(notice_id), 303)


@bp.route("/comments/<key:comment_key>", methods=["GET", "POST"])
@signed_in
def edit(comment_key: RowKey) -> ResponseReturnValue:
    """Change one's own comment, for a while."""
    comment = find_own_comment(current_user.key, comment_key)
    form = CommentForm(obj=comment)
    if form.validate_on_submit():
        try:
            services.change_comment(current_user, comment_key, form.text.data)
            flash(_("Comment saved."), "success")
            return redirect(_page_of(comment.notice_id), 303)
        except DomainError as refusal:
            add_refusal(form, refusal)
    return render_form("notices/comments/form.html", form, comment=comment)


@bp.post("/comments/<key:comment_key>/delete")
@signed_in
def delete(comment_key: RowKey) -> ResponseReturnValue:
    """Delete one's own comment."""
    comment = find_own_comment(current_user.key, comment_key)
    services.delete_comment(current_user, comment_key)
    flash(_("Comment deleted."), "success")
    return redirect(_page_of(comment.notice_id), 303)


@bp.post("/comments/<key:comment_key>/flag")
@signed_in
def flag(comment_key: RowKey) -> ResponseReturnValue:
    """Ask staff to look at the comment of another."""
    comment = find_comment(comment_key).comment
    services.flag_comment(current_user, comment, city_or_404(comment.city))
    thanks = _("Thank you. When more riders flag it, it is hidden until staff have looked.")
    flash(thanks, "success")
    return redirect(_page_of(comment.notice_id), 303)


def _page_of(notice_id: UUID) -> str:
    return url_for("notices.pages.show", notice_id=notice_id, _anchor="comments")
