"""The GBFS feeds of all cities, for trip planners and other programs."""

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from webapp.fleet.gbfs_publishing.bodies import Body, body_cache, get_body, remaining_max_age_s
from webapp.fleet.gbfs_publishing.data import list_feed_languages
from webapp.fleet.gbfs_publishing.documents import has_file, is_gone, write_file, write_manifest
from webapp.fleet.gbfs_publishing.versions import Version
from webapp.regions.catalogue import city_or_404
from webapp.web.access import public
from webapp.web.compression import choose_algorithm
from webapp.web.languages import LANGUAGE_ARGUMENT, has_language_in_address
from webapp.web.response_cache import cache_response

bp = Blueprint("gbfs_publishing", __name__, url_prefix="/gbfs")


@bp.get("/manifest.json")
@public
@has_language_in_address
def manifest() -> ResponseReturnValue:
    """The feeds of all cities."""
    return _send(get_body("manifest", write_manifest))


@bp.get("/<any(v2, v3, 'v3.1-rc3'):version>/<city_name>/<file_name>.json")
@public
@has_language_in_address
def show(version: str, city_name: str, file_name: str) -> ResponseReturnValue:
    """A file of a city's feed. A month after the city has closed it is gone for good.

    A file of 2.3 has one language: the first one of the feed, or ``?language=de``.
    """
    city, feed_version = city_or_404(city_name), Version(version)
    if not has_file(feed_version, file_name):
        abort(404)
    if is_gone(city):
        abort(410)
    language = _find_file_language() if feed_version == Version.V2 else None
    key = (feed_version, city.name, file_name, language)
    return _send(get_body(key, lambda: write_file(feed_version, city, file_name, language)))


def _find_file_language() -> str:
    languages, requested = list_feed_languages(), request.args.get(LANGUAGE_ARGUMENT)
    return requested if requested in languages else languages[0]


@bp.after_request
def _let_web_pages_read(response: Response) -> Response:
    """Let web pages of others read the answers, errors included, whatever headers they send."""
    response.access_control_allow_origin = "*"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Headers"] = "*"
    return response


def _send(body: Body) -> Response:
    """Return the response, which is the same for everybody."""
    algorithm = choose_algorithm(request.headers.get("Accept-Encoding", ""))
    content = body_cache().compress(body, algorithm) if algorithm else body.content
    response = Response(content, mimetype="application/json")
    if algorithm:
        response.content_encoding = algorithm
    response.vary.add("Accept-Encoding")
    response.cache_control.public = True
    response.cache_control.max_age = int(remaining_max_age_s(body))
    response.set_etag(body.etag, weak=True)  # the same whether compressed or not
    return cache_response(response, remaining_max_age_s(body))
