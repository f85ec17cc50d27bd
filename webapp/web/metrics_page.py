"""``/metrics`` for Prometheus, behind a token: numbers of a business are not public."""

from hmac import compare_digest

from flask import Blueprint, Flask, Response, abort, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST

from webapp.observability.metrics import GaugeReader, render_metrics
from webapp.web.access import public

READERS = "movr_gauge_readers"

blueprint = Blueprint("metrics", __name__)


def init_app(app: Flask) -> None:
    app.extensions[READERS] = []
    app.register_blueprint(blueprint)


def gauge_readers(app: Flask) -> list[GaugeReader]:
    """Return the readers of an application; modules append theirs in ``create_module``."""
    readers: list[GaugeReader] = app.extensions[READERS]
    return readers


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """The metrics of all workers; 404 without the token in METRICS_TOKEN, or if none is set."""
    token: str = current_app.config["METRICS_TOKEN"]
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not compare_digest(given.encode(), token.encode()):
        abort(404)
    text = render_metrics(gauge_readers(current_app))
    return Response(text, content_type=CONTENT_TYPE_LATEST)
