"""The service worker of the site, and the page that it shows without network."""

import hashlib
import json

from flask import Blueprint, Flask, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue

from webapp.web.access import public
from webapp.web.assets.static_files import asset_store, send_asset, static_url
from webapp.web.languages import has_language_in_address

WORKER, REMOVING_WORKER, SCRIPT = "worker/site.js", "worker/remove_worker.js", "js/main.js"
#: Of the messages that it shows; the badge stands in Android's status bar.
ICON, BADGE = "img/app/icon-192.png", "img/app/badge-96.png"
#: The files of the page that is shown without network.
OFFLINE_FILES = (
    "css/movr.css", SCRIPT, "js/search_map.js", "leaflet/leaflet.js",
    "img/mark.svg", "img/icons.svg",
)  # fmt: skip

blueprint = Blueprint("service_worker", __name__)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)


@blueprint.get("/worker.js")
@public
def script() -> ResponseReturnValue:
    """The service worker of this release. It differs from that of another release by the names of
    the static files, so browsers notice a new one."""
    if not current_app.config["SERVICE_WORKER"]:
        return send_asset(REMOVING_WORKER)
    release = {
        "script": static_url(SCRIPT),
        "icon": static_url(ICON),
        "badge": static_url(BADGE),
        "offlineFiles": [static_url(name) for name in OFFLINE_FILES],
        "files": [static_url(name) for name in asset_store().assets()],
    }
    text = asset_store().assets()[WORKER].body.decode()
    body = f"const RELEASE = {json.dumps(release)};\n{text}"
    response = Response(body, content_type="text/javascript; charset=utf-8")
    response.set_etag(hashlib.sha256(body.encode()).hexdigest()[:12])
    response.cache_control.no_cache = True
    response.make_conditional(request)
    return response


@blueprint.get("/offline")
@public
@has_language_in_address
def offline() -> ResponseReturnValue:
    """The page that the service worker shows without network: the same for everybody."""
    return render_template("offline.html", viewer=None)
