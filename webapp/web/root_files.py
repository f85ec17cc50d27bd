"""Files that browsers and crawlers look for at the root of a site."""

from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue

from webapp.web.access import public
from webapp.web.assets.static_files import send_asset

#: Pages of one vehicle have another address after each ride, so no search engine should keep them.
ROBOTS_TXT = """\
User-agent: *
Disallow: /v/
Disallow: /vehicles/
"""
#: How long a copy may be used, seconds.
MAX_AGE_S = 24 * 3600

blueprint = Blueprint("root_files", __name__)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)


@blueprint.get("/robots.txt")
@public
def robots() -> ResponseReturnValue:
    """Tell crawlers which pages to leave out."""
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    return ROBOTS_TXT, 200, {**headers, "Cache-Control": f"public, max-age={MAX_AGE_S}"}


@blueprint.get("/favicon.ico")
@public
def favicon() -> ResponseReturnValue:
    """The icon, for browsers and tools that do not read it from a page."""
    response = send_asset("img/favicon.ico")
    response.headers["Cache-Control"] = f"public, max-age={MAX_AGE_S}"
    return response
