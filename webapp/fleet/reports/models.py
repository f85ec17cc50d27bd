"""What riders tell about vehicles: damage, bad parking, a lost one."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.types import REGIONAL_BY_ROW, Region, one_of
from webapp.extensions import Base
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.enums import ReportKind, ReportState


class Report(Base):
    """What somebody told about a vehicle, and what became of it; in the vehicle's region."""

    __tablename__ = "reports"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "vehicle_id"], ["vehicles.region", "vehicles.id"], onupdate="CASCADE"
        ),
        ForeignKeyConstraint(
            ["reporter_region", "reporter_id"],
            ["users.region", "users.id"],
            ondelete="SET NULL",
            onupdate="CASCADE",
        ),
        CheckConstraint(one_of("kind", ReportKind), name="kind"),
        CheckConstraint(one_of("state", ReportState), name="state"),
        Index("ix_reports_queue", "region", "city", "state", "created_at", "id"),
        Index("ix_reports_vehicle", "region", "vehicle_id", "state"),
        Index("ix_reports_reporter", "reporter_region", "reporter_id", "created_at", "id"),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    vehicle_id: Mapped[UUID]
    #: None: the account is gone. What was told stays, photos too: it is about the vehicle, and
    #: whoever repairs it must not lose it. Nothing says any more who told it.
    reporter_region: Mapped[str | None] = mapped_column(Region)
    reporter_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(24))
    #: Nobody should ride it before somebody has looked: it is out of service as long as this is
    #: not answered.
    critical: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(String(1000), default="")
    state: Mapped[str] = mapped_column(String(24), default=ReportState.NEW)
    #: What the reporter reads of it.
    answer: Mapped[str] = mapped_column(String(1000), default="")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    vehicle: Mapped[Vehicle] = relationship(lazy="raise", viewonly=True)
    reporter: Mapped[User | None] = relationship(lazy="raise", viewonly=True)
    photos: Mapped[list["ReportPhoto"]] = relationship(
        lazy="raise", viewonly=True, order_by="ReportPhoto.number"
    )

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)


class ReportPhoto(Base):
    """A photo of a report: a JPEG that we have written ourselves, without any metadata."""

    __tablename__ = "report_photos"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "report_id"],
            ["reports.region", "reports.id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    report_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
