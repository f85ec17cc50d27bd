"""Pages of feed subscriptions, for the fleet staff of their city. Operators add and remove
subscriptions with ``flask fleet feeds``: a page would let staff make servers fetch any address.
"""

from collections.abc import Callable, Collection

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.db.paging import read_time_cursor
from webapp.fleet.feed_subscriptions import services
from webapp.fleet.feed_subscriptions.errors import FeedBusy
from webapp.fleet.feed_subscriptions.forms import DecisionForm
from webapp.fleet.feed_subscriptions.queries import (
    check_staff,
    find_runs_for_staff,
    list_subscriptions,
)
from webapp.forms import render_form
from webapp.regions.catalogue import catalogue, city_or_404
from webapp.translations import gettext as _
from webapp.web.access import requires, staff_cities, staff_city_or_404
from webapp.web.roles import Permission

bp = Blueprint("feeds", __name__)


@bp.get("/fleet/feeds")
@requires(Permission.MANAGE_FEEDS)
def index() -> ResponseReturnValue:
    """Staff see the feed subscriptions of all their cities, or of one."""
    cities, name = staff_cities(Permission.MANAGE_FEEDS), request.args.get("city")
    is_one = name or len(cities) < 2
    city = staff_city_or_404(name, Permission.MANAGE_FEEDS) if is_one else None
    return render_template(
        "fleet/feeds/index.html",
        city=city,
        cities=cities,
        clock_city=city or catalogue().find(current_user.city),
        page=list_subscriptions(
            [city] if city else cities, read_time_cursor(request.args.get("after"))
        ),
        query_args={"city": city.name} if city else {},
    )


@bp.get("/fleet/feeds/<key:feed_key>")
@requires(Permission.MANAGE_FEEDS)
def show(feed_key: RowKey) -> ResponseReturnValue:
    """One subscription with its last runs."""
    return _render(feed_key, DecisionForm(None))


def _render(feed_key: RowKey, form: DecisionForm) -> ResponseReturnValue:
    after = read_time_cursor(request.args.get("after"))
    subscription, page = find_runs_for_staff(current_user, feed_key, after)
    city = city_or_404(subscription.city)
    return render_form("fleet/feeds/show.html", form, feed=subscription, city=city, page=page)


@bp.post("/fleet/feeds/<key:feed_key>/run")
@requires(Permission.MANAGE_FEEDS)
def run(feed_key: RowKey) -> ResponseReturnValue:
    """Let a worker import the feed now."""
    done = _("It runs as soon as a worker is free.")
    return _decide(feed_key, services.request_run, done, FeedBusy.message)


@bp.post("/fleet/feeds/<key:feed_key>/pause")
@requires(Permission.MANAGE_FEEDS)
def pause(feed_key: RowKey) -> ResponseReturnValue:
    """Let no run begin until the subscription is resumed."""
    unchanged = _("It was paused already.")
    return _decide(feed_key, services.pause_subscription, _("Paused."), unchanged)


@bp.post("/fleet/feeds/<key:feed_key>/resume")
@requires(Permission.MANAGE_FEEDS)
def resume(feed_key: RowKey) -> ResponseReturnValue:
    """Let runs begin again, with one at once."""
    unchanged = _("It was not paused.")
    return _decide(feed_key, services.resume_subscription, _("Resumed."), unchanged)


def _decide(
    feed_key: RowKey,
    decide: Callable[[RowKey, Collection[str] | None, str], bool],
    done: str,
    unchanged: str,
) -> ResponseReturnValue:
    """Carry out a decision. Only if it changes nothing is a second statement needed, which tells
    whether the feed is one of the staff's."""
    form, city_names = DecisionForm(), current_user.cities_with_permission(Permission.MANAGE_FEEDS)
    if not form.validate_on_submit():
        return _render(feed_key, form)
    if decide(feed_key, city_names, form.why.data or ""):
        flash(done, "success")
    else:
        check_staff(current_user, feed_key)
        flash(unchanged, "info")
    return redirect(url_for(".show", feed_key=feed_key), 303)
