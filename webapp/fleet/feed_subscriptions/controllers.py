"""Pages of feed subscriptions, for the fleet staff of their city. Operators add and remove
subscriptions with ``flask fleet feeds``: a page would let staff make servers fetch any address.
"""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.db.paging import time_cursor
from webapp.fleet.feed_subscriptions import services
from webapp.fleet.feed_subscriptions.errors import FeedBusy
from webapp.fleet.feed_subscriptions.queries import (
    check_staff,
    find_runs_for_staff,
    list_subscriptions,
)
from webapp.regions.catalogue import city_or_404
from webapp.translations import gettext as _
from webapp.web.access import only, staff_cities, staff_city_or_404
from webapp.web.roles import Role

bp = Blueprint("feeds", __name__)


@bp.get("/fleet/feeds")
@only(Role.FLEET)
def index() -> ResponseReturnValue:
    """Staff see the feed subscriptions of one of their cities."""
    city = staff_city_or_404(request.args.get("city"))
    return render_template(
        "fleet/feeds/index.html",
        city=city,
        cities=staff_cities(),
        page=list_subscriptions(city, time_cursor(request.args.get("after"))),
        query_args={"city": city.name},
    )


@bp.get("/fleet/feeds/<key:feed_key>")
@only(Role.FLEET)
def show(feed_key: RowKey) -> ResponseReturnValue:
    """One subscription with its last runs."""
    after = time_cursor(request.args.get("after"))
    subscription, page = find_runs_for_staff(current_user, feed_key, after)
    city = city_or_404(subscription.city)
    return render_template("fleet/feeds/show.html", feed=subscription, city=city, page=page)


@bp.post("/fleet/feeds/<key:feed_key>/run")
@only(Role.FLEET)
def run(feed_key: RowKey) -> ResponseReturnValue:
    """Let a worker import the feed now."""
    check_staff(current_user, feed_key)
    try:
        services.request_run(feed_key)
    except FeedBusy as refusal:
        flash(refusal.message, "error")
    else:
        flash(_("It runs as soon as a worker is free."), "success")
    return redirect(url_for(".show", feed_key=feed_key), 303)


@bp.post("/fleet/feeds/<key:feed_key>/pause")
@only(Role.FLEET)
def pause(feed_key: RowKey) -> ResponseReturnValue:
    """Let no run begin until the subscription is resumed."""
    return _decide(feed_key, services.pause_subscription, _("Paused."))


@bp.post("/fleet/feeds/<key:feed_key>/resume")
@only(Role.FLEET)
def resume(feed_key: RowKey) -> ResponseReturnValue:
    """Let runs begin again, with one at once."""
    return _decide(feed_key, services.resume_subscription, _("Resumed."))


def _decide(
    feed_key: RowKey, decide: Callable[[RowKey], bool], message: str
) -> ResponseReturnValue:
    check_staff(current_user, feed_key)
    decide(feed_key)
    flash(message, "success")
    return redirect(url_for(".show", feed_key=feed_key), 303)
