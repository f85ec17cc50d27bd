"""The notices of a city, for everybody: a list, a page for each, and a feed."""

from uuid import UUID

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from webapp.db.paging import read_time_cursor
from webapp.notices.comments.pages import render_notice
from webapp.notices.published_notices import (
    find_notice,
    list_newest_notices,
    list_notices_of_city,
)
from webapp.regions.catalogue import catalogue, city_or_404, visitors_city
from webapp.regions.models import City
from webapp.web.access import public

bp = Blueprint("pages", __name__)


@bp.get("/notices")
@public
def index() -> ResponseReturnValue:
    """The notices that are shown in a city now, the newest first."""
    city = _requested_city()
    page = list_notices_of_city(city, read_time_cursor(request.args.get("after")))
    return render_template("notices/index.html", city=city, cities=catalogue().all(), page=page)


@bp.get("/notices/<uuid:notice_id>")
@public
def show(notice_id: UUID) -> ResponseReturnValue:
    """A notice, in the language of the reader or in another one, with its comments."""
    return render_notice(find_notice(notice_id))


@bp.get("/notices.atom")
@public
def feed() -> ResponseReturnValue:
    """The newest notices of a city as an Atom feed (RFC 4287)."""
    city = _requested_city()
    text = render_template("notices/feed.xml", city=city, notices=list_newest_notices(city))
    return Response(text, mimetype="application/atom+xml")


def _requested_city() -> City:
    name = request.args.get("city")
    return city_or_404(name) if name else visitors_city() or abort(404)
