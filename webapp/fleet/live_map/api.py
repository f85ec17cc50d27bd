"""The changes of a city's vehicles as server-sent events, for programs that watch them."""

from collections.abc import Iterator
from functools import partial

from flask import Blueprint, Flask, Response, abort, current_app, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp.api.operations import V1, operation
from webapp.db.retries import is_transient
from webapp.errors import DomainError
from webapp.fleet.live_map.changes import (
    CityChanges,
    Difference,
    VehicleChanges,
    Watchers,
    get_watchers,
)
from webapp.regions.catalogue import city_or_404
from webapp.translations import lazy_gettext as _l
from webapp.web.access import public
from webapp.web.access_log import IS_STREAM
from webapp.web.health import readiness
from webapp.web.rate_limits import find_subscriber

bp = Blueprint("api_changes", __name__, url_prefix=f"{V1}/cities")

MEDIA_TYPE = "text/event-stream"
#: How long a client that has lost its connection waits before it connects again, milliseconds, and
#: one that was refused, seconds.
RECONNECT_MS, RETRY_AFTER_S = 3_000, 30
#: So often a stream looks for changes, and whether the server stops.
TICK_S = 1.0
#: After so long without an event a comment is sent: proxies keep the connection open, and a client
#: that is gone is noticed.
HEARTBEAT_S = 15.0
#: A list that was read when a stream began may be so much older: changes since then are repeated.
OVERLAP_MS = 10_000


class TooManyWatchers(DomainError):
    """As many programs as may do so watch vehicles here already."""

    status = 503
    title = _l("Too many watchers")
    message = _l(
        "Too many programs watch vehicles right now. Read the list of vehicles from time to time"
        " instead, or try again after the header “Retry-After”."
    )
    headers = {"Retry-After": str(RETRY_AFTER_S)}


@bp.get("/<city_name>/vehicles/changes")
@public
@operation(VehicleChanges, media_type=MEDIA_TYPE, problems=(TooManyWatchers,))
def index(city_name: str) -> Response:
    """Watch the available vehicles of a city.

    Server-sent events. `reset`: read the vehicles, the changes that follow may be in what you read
    already. `changes`: what has changed. With `Last-Event-ID` a client goes on where it was, as
    browsers do. The stream ends after ten minutes. Most programs need no stream: polling the list
    or GBFS costs less.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    watchers, city = get_watchers(), city_or_404(city_name)
    changes = watchers.find(city)
    address = find_subscriber(request.remote_addr or "")
    if readiness(app).is_stopping() or not watchers.enter(address):
        raise TooManyWatchers
    try:
        watchers.read_if_due(changes)
        if not changes.at:
            abort(503)
    except BaseException:
        watchers.leave(address)
        raise
    since = request.headers.get("Last-Event-ID", 0, int)
    response = Response(write_events(app, watchers, changes, since), mimetype=MEDIA_TYPE)
    response.call_on_close(partial(watchers.leave, address))
    response.cache_control.no_store = True
    response.headers["X-Accel-Buffering"] = "no"  # nginx would keep events back
    request.environ[IS_STREAM] = True
    return response


def write_events(
    app: Flask, watchers: Watchers, changes: CityChanges, since: int
) -> Iterator[bytes]:
    """Yield the events after the moment ``since``, and comments, until the time is over or the
    server stops. Between two of them the thread has no connection to the database."""
    yield f"retry: {RECONNECT_MS}\n\n".encode()
    started_s = sent_s = watchers.clock()
    end_s = started_s + app.config["EVENT_STREAM_S"]
    while True:
        read_changes(app, watchers, changes)
        if not changes.covers(since):
            yield _write_event("reset", changes.at, b"{}")
            since = max(changes.begin, changes.at - OVERLAP_MS)
            sent_s = watchers.clock()
        left_s = end_s - watchers.clock()
        for difference in changes.wait(since, max(0.0, min(TICK_S, left_s))):
            yield _write_difference(difference)
            since, sent_s = difference.at, watchers.clock()
        if left_s <= 0 or readiness(app).is_stopping():
            return
        if watchers.clock() >= sent_s + HEARTBEAT_S:
            yield b":\n\n"
            sent_s = watchers.clock()


def read_changes(app: Flask, watchers: Watchers, changes: CityChanges) -> None:
    """Read what has changed, if it is time. While the database does not answer, nothing has."""
    with app.app_context():
        try:
            watchers.read_if_due(changes)
        except (DBAPIError, PoolTimeout) as error:
            if not is_transient(error):
                raise


def _write_difference(difference: Difference) -> bytes:
    return _write_event("changes", difference.at, difference.content)


def _write_event(name: str, at: int, content: bytes) -> bytes:
    """Return an event as the HTML standard says, 9.2."""
    return b"event: %s\nid: %d\ndata: %s\n\n" % (name.encode(), at, content)
