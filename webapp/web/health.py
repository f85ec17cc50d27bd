"""Health checks for load balancers: is this process alive, and can it serve visitors?

Neither uses the session, the account or the connection pools that serve visitors.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from threading import Lock

from flask import Blueprint, Flask, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy import create_engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

import config
from webapp.db.compatibility import Revisions, is_schema_usable, read_revisions
from webapp.db.connections import connect_args
from webapp.db.errors import sqlstate
from webapp.web.access import public

#: A check that takes longer means: not ready.
CHECK_TIMEOUT_S = 1.0
NO_SUCH_TABLE = "42P01"
NOT_STORED = {"Cache-Control": "no-store"}

blueprint = Blueprint("health", __name__, url_prefix="/health")


def init_app(app: Flask) -> None:
    app.extensions["movr_readiness"] = Readiness(app)
    app.register_blueprint(blueprint)


def readiness(app: Flask) -> "Readiness":
    """Return the readiness of ``app``."""
    app_readiness: Readiness = app.extensions["movr_readiness"]
    return app_readiness


@blueprint.get("/live")
@public
def live() -> ResponseReturnValue:
    """Liveness: the process answers. If it does not, it should be restarted."""
    return {"status": "live"}, 200, NOT_STORED


@blueprint.get("/ready")
@public
def ready() -> ResponseReturnValue:
    """Readiness: whether visitors may be sent here, within about a second, and if not, why."""
    problem = readiness(current_app).find_problem()
    if problem:
        return {"status": "not ready", "reason": problem}, 503, NOT_STORED
    return {"status": "ready"}, 200, NOT_STORED


class Readiness:
    """Whether the database answers this process, with a schema on which this code works, and
    the process has rendered a page.

    Each check is a new connection, because that is what a pool will need next; but only one at a
    time, whatever the number of people who ask, and it runs in a thread of its own, because not
    even a name server that is silent may hold up the answer.
    """

    def __init__(self, app: Flask) -> None:
        #: The web server puts its own here; from then on it takes no new visitors.
        self.is_stopping: Callable[[], bool] = lambda: False
        self._app = app
        url = app.config["SQLALCHEMY_DATABASE_URI"]
        self._engine = create_engine(
            url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args=connect_args(url, round(CHECK_TIMEOUT_S * 1000), {}),
        )
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="readiness")
        self._lock = Lock()
        self._running_check: Future[str] | None = None
        self._last_result: str | None = None
        self._was_migrated = False
        self._has_rendered = False

    def find_problem(self) -> str:
        """Return why not: ``stopping``, ``database``, ``migrations`` or ``page``; empty when
        ready."""
        if self.is_stopping():
            return "stopping"
        with self._lock:
            check, last_result = self._running_check, self._last_result
            if check is None or check.done():
                check = self._running_check = self._thread.submit(self._run_check)
            elif last_result is not None:
                return last_result  # so that of many who ask, one waits
        try:
            self._last_result = check.result(timeout=CHECK_TIMEOUT_S)
        except TimeoutError:
            self._last_result = "database"
        return self._last_result

    def _run_check(self) -> str:
        try:
            with self._engine.connect() as connection:
                # The version lives in the database's primary region. Once it was right, a
                # server elsewhere must not depend on that region to be called ready.
                if self._was_migrated:
                    connection.execute(select(1))
                else:
                    self._was_migrated = is_schema_usable(connection, self._revisions)
        except DBAPIError as error:
            return "migrations" if sqlstate(error) == NO_SUCH_TABLE else "database"
        if not self._was_migrated:
            return "migrations"
        self._has_rendered = self._has_rendered or self._renders_page()
        return "" if self._has_rendered else "page"

    def _renders_page(self) -> bool:
        """Tell whether a visitor would get the home page: all that it needs can be loaded."""
        home = self._app.test_client().get(
            "/", base_url=self._app.config["PUBLIC_URL"], buffered=True
        )
        return home.status_code < 500

    @cached_property
    def _revisions(self) -> Revisions:
        return read_revisions(config.ROOT / "migrations")
