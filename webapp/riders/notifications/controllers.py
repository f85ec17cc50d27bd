"""The list of notifications, and how they come."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import joinedload

from webapp.auth.models import User
from webapp.auth.services.sessions import find_session_limits
from webapp.db.keys import RowKey
from webapp.db.paging import format_cursor, read_time_cursor
from webapp.notification_kinds import TOPICS, Channel
from webapp.riders.notifications.forms import ChannelsForm, QuietHoursForm
from webapp.riders.notifications.labels import CHANNEL_LABELS
from webapp.riders.notifications.push.subscriptions import list_subscriptions
from webapp.riders.notifications.push.vapid import find_public_key
from webapp.riders.notifications.services import (
    choose_channels,
    choose_quiet_hours,
    list_notifications,
    mark_all_as_read,
    mark_as_read,
    notification_cursor,
)
from webapp.translations import gettext as _
from webapp.web.access import loads_with_account, signed_in
from webapp.web.urls import find_safe_next

bp = Blueprint("notifications", __name__, url_prefix="/notifications")

#: Decorates controllers that show how the notifications of the viewer come.
loads_notification_choices = loads_with_account(lambda: joinedload(User.notification_choices))


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    """List the viewer's notifications, newest first."""
    page = list_notifications(current_user.key, read_time_cursor(request.args.get("after")))
    newest = format_cursor(notification_cursor(page.rows[0])) if page.rows else ""
    return render_template("riders/notifications/index.html", page=page, newest=newest)


@bp.post("/<key:notification_key>/open")
@signed_in
def open_(notification_key: RowKey) -> ResponseReturnValue:
    """Mark a notification as read, and go to the page that it is about."""
    path = mark_as_read(current_user.key, notification_key)
    return redirect(find_safe_next(path, url_for(".index")), 303)


@bp.post("/read")
@signed_in
def read_all() -> ResponseReturnValue:
    """Mark all notifications as read, up to the newest one on the viewer's page."""
    newest = read_time_cursor(request.form.get("newest")) or abort(404)
    mark_all_as_read(current_user.key, newest)
    return redirect(url_for(".index"), 303)


@bp.route("/settings", methods=["GET", "POST"])
@signed_in
@loads_notification_choices
def settings() -> ResponseReturnValue:
    """Choose how notifications come."""
    form = ChannelsForm.for_user(current_user)
    if form.validate_on_submit():
        choose_channels(current_user.key, form.channels)
        flash(_("Saved."), "success")
        return redirect(url_for(".settings"), 303)
    if request.method == "GET":
        form.fill(current_user)
    return _settings_page(form, QuietHoursForm(obj=current_user.notification_choices))


@bp.post("/quiet-hours")
@signed_in
@loads_notification_choices
def save_quiet_hours() -> ResponseReturnValue:
    """Choose when push messages wait."""
    hours_form = QuietHoursForm()
    if hours_form.validate():
        choose_quiet_hours(current_user.key, hours_form.hours)
        flash(_("Saved."), "success")
        return redirect(url_for(".settings"), 303)
    form = ChannelsForm.for_user(current_user)
    form.fill(current_user)
    return _settings_page(form, hours_form)


def _settings_page(form: ChannelsForm, hours_form: QuietHoursForm) -> ResponseReturnValue:
    page = render_template(
        "riders/notifications/settings.html",
        form=form,
        hours_form=hours_form,
        topics=TOPICS,
        channels=Channel,
        channel_labels=CHANNEL_LABELS,
        push_key=find_public_key(),
        devices=list_subscriptions(current_user),
        idle_limit=find_session_limits(current_user, current_user.login_session.remember).idle,
    )
    return page, 422 if form.errors or hours_form.errors else 200
