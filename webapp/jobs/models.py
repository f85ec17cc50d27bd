"""The table of jobs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Index, String, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import RowKey
from webapp.db.types import ON_REGION_DROP, REGIONAL_BY_ROW, OnRegionDrop, Region
from webapp.extensions import Base


class Job(Base):
    """Work to do after the change that caused it, in the region of the change."""

    __tablename__ = "jobs"
    __table_args__ = (
        #: The jobs that a worker claims next.
        Index(
            "ix_jobs_due",
            "region",
            "priority",
            "due_at",
            postgresql_where=text("done_at IS NULL AND failed_at IS NULL"),
        ),
        #: The jobs that failed, for admins.
        Index(
            "ix_jobs_failed",
            "region",
            "failed_at",
            "id",
            postgresql_where=text("failed_at IS NOT NULL"),
        ),
        #: ``flask sweep`` deletes those that are done.
        Index("ix_jobs_done", "region", "done_at", postgresql_where=text("done_at IS NOT NULL")),
        #: What waits for an account.
        Index(
            "ix_jobs_account",
            "region",
            "account_id",
            postgresql_where=text("account_id IS NOT NULL"),
        ),
        {"info": {**REGIONAL_BY_ROW, ON_REGION_DROP: OnRegionDrop.MOVE}},
    )

    #: Region of the change.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Also tells a second delivery from the first: see ``mail_message_id``.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The name of a JobKind.
    kind: Mapped[str] = mapped_column(String(40))
    #: What to do, by the payload_type of the kind; no personal data unless encrypted. Emptied when
    #: the job is done.
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: See Priority.
    priority: Mapped[int] = mapped_column(BigInteger)
    #: Region of the account that the job is for, as it was named then. Plain text without a foreign
    #: key: the job outlives the account. NULL: none, or the job is done.
    account_region: Mapped[str | None] = mapped_column(String(32))
    #: The account that the job is for. NULL: none, or the job is done.
    account_id: Mapped[UUID | None] = mapped_column(Uuid())
    #: When it was written, with the change.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: When to run it. While a worker has it, when its lease ends: then others may run it.
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: How often a worker has started it.
    attempts: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: The worker that has it, and a number of this lease. NULL: none.
    worker: Mapped[str | None] = mapped_column(String(80))
    #: Why the last attempt failed: names an error and a place in the code, no data. Begins with
    #: "discarded" if an admin has discarded it.
    last_error: Mapped[str | None] = mapped_column(String(500))
    #: When it succeeded, or was discarded.
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When it was given up; an admin retries or discards it.
    failed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: The X-Request-Id of the request that caused it, also by way of other jobs. NULL: a command,
    #: or a schedule.
    request_id: Mapped[UUID | None] = mapped_column(Uuid())
    #: Its place in a trace, as in the header ``traceparent``.
    trace: Mapped[str | None] = mapped_column(String(55))

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)


class JobSchedule(Base):
    """When a schedule is due next in a region. Of workers that find it due, one writes a job."""

    __tablename__ = "job_schedules"
    __table_args__ = ({"info": {**REGIONAL_BY_ROW, ON_REGION_DROP: OnRegionDrop.DELETE}},)

    #: Region whose rows the jobs are about.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The name of the JobKind.
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    #: When its next job is written.
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
