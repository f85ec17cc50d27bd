"""Serves the static files, and gives ``url_for`` their names."""

from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, current_app, request
from werkzeug.utils import get_content_type

import config
from webapp.web.assets.build import Asset
from webapp.web.assets.store import AssetStore
from webapp.web.compression import choose_algorithm

ENDPOINT = "static"
#: A year, the longest that HTTP caches know.
MAX_AGE_S = 365 * 24 * 3600


@cache
def asset_store() -> AssetStore:
    """Return the store that all applications of this process share."""
    package = Path(__file__).resolve().parents[2]
    return AssetStore(package, config.ROOT / "instance" / "assets")


def init_app(app: Flask) -> None:
    app.add_url_rule("/static/<path:filename>", ENDPOINT, send_asset)
    app.url_defaults(_add_hash)
    if app.debug:
        app.before_request(_refresh)


def _refresh() -> None:
    if request.endpoint != ENDPOINT:  # the files of a page are those that it was built with
        asset_store().refresh()


def _add_hash(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == ENDPOINT:
        values["filename"] = asset_store().hashed_name(values["filename"])


def static_url(filename: str) -> str:
    """Return what ``url_for("static", ...)`` returns within a request, without looking for the
    route: a page has several files."""
    root = request.script_root
    return f"{root}{current_app.static_url_path}/{asset_store().hashed_name(filename)}"


def send_asset(filename: str) -> Response:
    """Send a static file. A copy under the name with its hash is good for a year; a copy under any
    other name must be validated each time."""
    found = asset_store().find(filename)
    if found is None:
        abort(404)
    response = _make_response(found.asset)
    if found.is_exact:
        response.cache_control.max_age = MAX_AGE_S
        response.cache_control.immutable = True
    else:
        response.cache_control.no_cache = True
    response.make_conditional(request)
    return response


def _make_response(asset: Asset) -> Response:
    encoding = choose_algorithm(request.headers.get("Accept-Encoding", ""), asset.encodings)
    body = asset.encodings[encoding] if encoding else asset.body
    response = Response(body, content_type=_find_content_type(asset.name))
    response.set_etag(f"{asset.digest}-{encoding}" if encoding else asset.digest)
    if asset.encodings:
        response.vary.add("Accept-Encoding")
    if encoding:
        response.content_encoding = encoding
    return response


#: Written here, because the tables of operating systems differ.
TYPES = {
    ".css": "text/css",
    ".ico": "image/vnd.microsoft.icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


def _find_content_type(name: str) -> str:
    mimetype = TYPES.get(Path(name).suffix, "application/octet-stream")
    return get_content_type(mimetype, "utf-8")
