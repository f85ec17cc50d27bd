"""Reports of riders about vehicles: damage, bad parking, a lost one."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    false,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.auth.models import User, joined_account_condition
from webapp.db.keys import RowKey, account_foreign_key, parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region, one_of
from webapp.extensions import Base
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.enums import OPEN_STATES, ReportKind, ReportState

#: Of what a rider writes, and of the answer, characters.
MAX_NOTE_LENGTH, MAX_ANSWER_LENGTH = 1000, 1000
#: Of a tag, characters; and how many a report has.
MAX_TAG_LENGTH, MAX_TAGS = 30, 10
#: How many photos a report has at most.
MAX_PHOTOS = 3


class Report(Base):
    """A rider's report about a vehicle, and the answer of staff; in the vehicle's region."""

    __tablename__ = "reports"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "vehicle_id"], ["vehicles.region", "vehicles.id"], onupdate="CASCADE"
        ),
        account_foreign_key("reporter"),
        account_foreign_key("assignee"),
        CheckConstraint(one_of("kind", ReportKind), name="kind"),
        CheckConstraint(one_of("state", ReportState), name="state"),
        #: The queue of a city for staff, by state.
        Index("ix_reports_queue", "region", "city", "state", "created_at", "id"),
        #: What is assigned to somebody, by city and state; and deleting the account.
        Index(
            "ix_reports_assignee",
            "region",
            "assignee_region",
            "assignee_id",
            "city",
            "state",
            "created_at",
            "id",
        ),
        #: The reports about a vehicle; an open critical one keeps the vehicle out of service.
        Index("ix_reports_vehicle", "region", "vehicle_id", "state"),
        #: The reports on which staff first acted in some time: the numbers of a city.
        Index(
            "ix_reports_first_action",
            "region",
            "city",
            "first_action_at",
            postgresql_where=text("first_action_at IS NOT NULL"),
        ),
        #: The reports that were answered in some time: the numbers of a city.
        Index(
            "ix_reports_answered",
            "region",
            "city",
            "answered_at",
            postgresql_where=text("answered_at IS NOT NULL"),
        ),
        #: The reports that a rider filed, in all regions, newest first.
        Index("ix_reports_reporter", "reporter_region", "reporter_id", "created_at", "id"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the vehicle.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Made by the application.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: City of the vehicle.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: The vehicle that the report is about.
    vehicle_id: Mapped[UUID]
    #: Region of the rider who filed it. NULL: the account was deleted; the report stays.
    reporter_region: Mapped[str | None] = mapped_column(Region)
    #: The rider who filed it. NULL: the account was deleted; the report stays.
    reporter_id: Mapped[UUID | None]
    #: ``damage``, ``bad_parking``, ``lost`` or ``other``.
    kind: Mapped[str] = mapped_column(String(24))
    #: Whether the vehicle is unsafe: it is out of service until the report is resolved or
    #: dismissed.
    critical: Mapped[bool] = mapped_column(default=False)
    #: Whether the rider called the vehicle unsafe. It may be so of a report that is not critical:
    #: only a few of an account a day are. Older reports say it in their note.
    called_unsafe: Mapped[bool] = mapped_column(server_default=false())
    #: What the rider wrote.
    note: Mapped[str] = mapped_column(String(MAX_NOTE_LENGTH), default="")
    #: The language of the rider's browser, ISO 639: saved replies in it come first. '': not known.
    language: Mapped[str] = mapped_column(String(3), server_default="")
    #: ``new``, ``in_progress``, ``resolved`` or ``dismissed``.
    state: Mapped[str] = mapped_column(String(24), default=ReportState.NEW)
    #: What staff answered; the rider sees it.
    answer: Mapped[str] = mapped_column(String(MAX_ANSWER_LENGTH), default="")
    #: When it was filed.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: When staff last answered; NULL: not yet.
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When the reporter took it back; it is ``dismissed`` then, without an answer. NULL: not.
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Region of the member of staff who looks after it. NULL: nobody does.
    assignee_region: Mapped[str | None] = mapped_column(Region)
    #: The member of staff who looks after it. NULL: nobody does.
    assignee_id: Mapped[UUID | None]
    #: When staff first did something about it: assigned or answered it. NULL: not yet.
    first_action_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Words by which staff sort reports, lower case.
    tags: Mapped[list[str]] = mapped_column(ARRAY(String(MAX_TAG_LENGTH)), server_default="{}")
    #: Whether the reservation that it has ended was the reporter's. NULL: it has ended none.
    ended_own_reservation: Mapped[bool | None]
    #: What the rider of that reservation got back, minor units of the city's currency. NULL: it has
    #: ended none.
    returned_amount: Mapped[int | None] = mapped_column(BigInteger)

    #: None also while the account is being deleted.
    assignee: Mapped[User | None] = relationship(
        lazy="raise",
        viewonly=True,
        primaryjoin=lambda: joined_account_condition(Report.assignee_region, Report.assignee_id),
    )
    vehicle: Mapped[Vehicle] = relationship(lazy="raise", viewonly=True)
    #: None also while the account is being deleted.
    reporter: Mapped[User | None] = relationship(
        lazy="raise",
        viewonly=True,
        primaryjoin=lambda: joined_account_condition(Report.reporter_region, Report.reporter_id),
    )
    photos: Mapped[list["ReportPhoto"]] = relationship(
        lazy="raise", viewonly=True, order_by="ReportPhoto.number"
    )

    @property
    def assignee_key(self) -> RowKey | None:
        """Who looks after it; None: nobody does."""
        region, id_ = self.assignee_region, self.assignee_id
        return RowKey(region, id_) if region and id_ else None

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)

    @property
    def may_be_withdrawn(self) -> bool:
        """Whether nobody has acted on it. A vehicle that was called unsafe must be looked at."""
        is_new = self.state == ReportState.NEW and self.first_action_at is None
        return is_new and not (self.critical or self.called_unsafe)


def open_report_condition() -> ColumnElement[bool]:
    """Return the condition that a report waits for its answer."""
    return Report.state.in_(OPEN_STATES)


class ReportPhoto(Base):
    """A photo of a report: a JPEG without metadata, re-encoded by the application."""

    __tablename__ = "report_photos"
    __table_args__ = (
        parent_foreign_key("reports", "report_id"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the report.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The report.
    report_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: 1, 2, 3: which photo of the report.
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: The JPEG, written anew by the application, without metadata.
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
