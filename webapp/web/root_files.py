"""Files that browsers and crawlers look for at the root of a site."""

from flask import Blueprint, Flask, current_app, send_from_directory
from flask.typing import ResponseReturnValue

from webapp.web.access import public

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
    folder = f"{current_app.static_folder}/img"
    return send_from_directory(folder, "favicon.ico", max_age=MAX_AGE_S)
