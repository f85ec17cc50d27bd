"""The write lock: on PostgreSQL, the writes of riders run one after the other.

Under SERIALIZABLE a statement locks the index pages that it reads. In a small database strangers
share those pages, so that each second start of a ride conflicted with that of a stranger while many
rode. One after the other they cannot conflict. The isolation is the same with and without this
lock: no rule depends on it (docs/decisions/0021-riders-write-one-after-the-other.md).
"""

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.types import GLOBAL
from webapp.extensions import Base

#: The execution option of a connection whose statements take the lock.
TAKES_WRITE_LOCK = "takes_write_lock"
#: A statement that has the lock waits so long for a row that another transaction has changed. Then
#: it fails, and is tried again without the lock: an import must not stop all riders.
ROW_WAIT_MS = 100
#: Sent before the statement, in the same message, so in the same transaction and round trip.
#: Neither takes the transaction's snapshot: it is taken when the lock is held, and shows what the
#: one before has committed. A function for advisory locks would take it before the wait.
TAKE_WRITE_LOCK = "LOCK TABLE write_lock IN SHARE UPDATE EXCLUSIVE MODE; " + (
    f"SET LOCAL lock_timeout = {ROW_WAIT_MS}; "
)


class WriteLock(Base):
    """The table that is locked. It has no rows: nothing else reads, writes or locks it.

    GLOBAL: CockroachDB does not use it.
    """

    __tablename__ = "write_lock"
    __table_args__ = ({"info": GLOBAL},)

    #: A table needs a key.
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


def execute_with_write_lock(cursor: Any, sql: str, parameters: Any, context: Any) -> bool:
    """Execute a statement with the lock, if its connection has the option; else return False, and
    it is executed as usual. Listens to ``do_execute`` of the engine that writes."""
    if not context.execution_options.get(TAKES_WRITE_LOCK):
        return False
    cursor.execute(TAKE_WRITE_LOCK + sql, parameters)
    return True
