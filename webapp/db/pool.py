"""A connection pool that tells how full it is."""

import logging
from typing import Any

from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from webapp.observability.metrics import POOL_IN_USE, POOL_TIMEOUTS, POOL_WAITING

#: SQLAlchemy gives the pool a logger named after this module, and writes a line at INFO whenever it
#: renews a connection.
logging.getLogger(__name__).setLevel(logging.WARNING)


class MeasuredPool(QueuePool):
    """SQLAlchemy's pool. Its ``logging_name`` is the engine's name in the metrics."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.logging_name or "read"
        self._in_use = POOL_IN_USE.labels(name)
        self._waiting = POOL_WAITING.labels(name)
        self._timeouts = POOL_TIMEOUTS.labels(name)

    def _do_get(self) -> ConnectionPoolEntry:
        is_full = self.checkedout() >= self.size()
        entry = self._wait() if is_full else super()._do_get()
        self._in_use.set(self.checkedout())
        return entry

    def _wait(self) -> ConnectionPoolEntry:
        self._waiting.inc()
        try:
            return super()._do_get()
        except PoolTimeout:
            self._timeouts.inc()
            raise
        finally:
            self._waiting.dec()

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        self._in_use.set(self.checkedout())
