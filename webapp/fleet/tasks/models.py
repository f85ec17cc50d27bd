"""Tasks with their parts and photos, the kinds that cities add, and the rules that make tasks."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Uuid,
    exists,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.auth.models import User, joined_account_condition
from webapp.db.keys import RowKey, account_foreign_key, parent_foreign_key
from webapp.db.types import GLOBAL, REGIONAL_BY_ROW, Region, one_of, table
from webapp.extensions import Base
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.models import Vehicle
from webapp.fleet.tasks.enums import (
    OPEN_STATES,
    TaskKind,
    TaskPriority,
    TaskSource,
    TaskState,
)

#: Of what staff write, of the name of a kind, and of the name of a part; characters.
MAX_NOTE_LENGTH, MAX_KIND_LENGTH, MAX_PART_LENGTH = 1000, 40, 80
#: The condition of the indexes over tasks that are still to be done.
IS_OPEN = one_of("state", OPEN_STATES)


class Task(Base):
    """Something to be done with a vehicle, in the vehicle's region."""

    __tablename__ = "tasks"
    __table_args__ = (
        parent_foreign_key("vehicles", "vehicle_id"),
        account_foreign_key("assignee"),
        account_foreign_key("creator"),
        CheckConstraint(one_of("kind", TaskKind), name="kind"),
        CheckConstraint("(kind = 'own') = (own_kind <> '')", name="own_kind"),
        CheckConstraint(one_of("state", TaskState), name="state"),
        CheckConstraint(one_of("source", TaskSource), name="source"),
        CheckConstraint(one_of("trigger", AlertKind), name="trigger"),
        CheckConstraint("minutes >= 0", name="minutes"),
        #: The tasks of a city in a state: urgent ones first, then the oldest.
        Index("ix_tasks_city", "region", "city", "state", "priority", "created_at", "id"),
        #: The tasks of a city that nobody has, in the same order.
        Index(
            "ix_tasks_free",
            "region",
            "city",
            "priority",
            "created_at",
            "id",
            postgresql_where=text("assignee_id IS NULL AND state = 'open'"),
        ),
        #: The tasks of an assignee in a city that are to be done.
        Index(
            "ix_tasks_mine",
            "region",
            "city",
            "assignee_region",
            "assignee_id",
            postgresql_where=text(IS_OPEN),
        ),
        #: A vehicle has one task of a kind that is to be done, whoever makes them.
        Index(
            "uq_tasks_open",
            "region",
            "vehicle_id",
            "kind",
            "custom_kind",
            unique=True,
            postgresql_where=text(IS_OPEN),
        ),
        #: The tasks of a vehicle, newest first.
        Index("ix_tasks_vehicle", "region", "vehicle_id", "created_at", "id"),
        #: The tasks of an account, in all regions: its personal data, and deleting or moving it.
        Index(
            "ix_tasks_assignee",
            "assignee_region",
            "assignee_id",
            "created_at",
            "id",
            postgresql_where=text("assignee_id IS NOT NULL"),
        ),
        #: Those that an account has made.
        Index(
            "ix_tasks_creator",
            "creator_region",
            "creator_id",
            "created_at",
            "id",
            postgresql_where=text("creator_id IS NOT NULL"),
        ),
        #: The tasks that somebody began in some time: the numbers of a city.
        Index(
            "ix_tasks_started",
            "region",
            "city",
            "started_at",
            postgresql_where=text("started_at IS NOT NULL"),
        ),
        #: ``flask sweep`` deletes old ones, and the numbers of a city count those of some time.
        Index(
            "ix_tasks_closed",
            "region",
            "closed_at",
            postgresql_where=text("closed_at IS NOT NULL"),
        ),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the vehicle.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Made by the application.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: City of the vehicle.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: The vehicle that it is about.
    vehicle_id: Mapped[UUID]
    #: ``collect``, ``swap_battery``, ``repair``, ``rebalance``, ``inspect`` or ``own``.
    kind: Mapped[str] = mapped_column(String(24))
    #: The name of the kind ``own``; ``''`` for the others.
    custom_kind: Mapped[str] = mapped_column(
        "own_kind", String(MAX_KIND_LENGTH), key="custom_kind", server_default=""
    )
    #: 1 urgent, 2 normal, 3 low.
    priority: Mapped[int] = mapped_column(BigInteger, server_default=str(TaskPriority.NORMAL))
    #: ``open``, ``in_progress``, ``done`` or ``cancelled``. An open one with an assignee is
    #: assigned.
    state: Mapped[str] = mapped_column(String(16), server_default=TaskState.OPEN)
    #: ``staff``, ``report``, ``alert`` or ``rule``.
    source: Mapped[str] = mapped_column(String(16))
    #: What a rule or an alert has seen: an ``AlertKind``. NULL: it is neither's.
    trigger: Mapped[str | None] = mapped_column(String(24))
    #: The report that it is made from, in the same region. NULL: none.
    report_id: Mapped[UUID | None]
    #: Region of the member of staff who is to do it, or has done it. NULL: nobody yet, or the
    #: account was deleted.
    assignee_region: Mapped[str | None] = mapped_column(Region)
    #: The member of staff who is to do it, or has done it. NULL: nobody yet, or the account was
    #: deleted.
    assignee_id: Mapped[UUID | None]
    #: Region of who made it. NULL: a rule, or the account was deleted.
    creator_region: Mapped[str | None] = mapped_column(Region)
    #: Who made it. NULL: a rule, or the account was deleted.
    creator_id: Mapped[UUID | None]
    #: What is to be done, in the words of who made it; may be empty.
    note: Mapped[str] = mapped_column(String(MAX_NOTE_LENGTH), server_default="")
    #: When it was made.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: When it was taken, or assigned. NULL: nobody has it.
    assigned_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When the assignee approached the vehicle. NULL: not yet.
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When it was done or cancelled. NULL: not yet.
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: What was done, in the words of who did it; may be empty.
    outcome_note: Mapped[str] = mapped_column(String(MAX_NOTE_LENGTH), server_default="")
    #: How long the work took, minutes, as the assignee says. NULL: not said.
    minutes: Mapped[int | None] = mapped_column(BigInteger)
    #: The id of the last change of an assignee; a change that is sent again has it.
    last_change_id: Mapped[UUID | None] = mapped_column("last_act_id", Uuid(), key="last_change_id")

    vehicle: Mapped[Vehicle] = relationship(lazy="raise", viewonly=True)
    #: None also while the account is being deleted.
    assignee: Mapped[User | None] = relationship(
        lazy="raise",
        viewonly=True,
        primaryjoin=lambda: joined_account_condition(Task.assignee_region, Task.assignee_id),
    )
    parts: Mapped[list["TaskPart"]] = relationship(
        lazy="raise", viewonly=True, order_by="TaskPart.number"
    )
    photos: Mapped[list["TaskPhoto"]] = relationship(
        lazy="raise", viewonly=True, order_by="TaskPhoto.number"
    )

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)

    @property
    def vehicle_key(self) -> RowKey:
        return RowKey(self.region, self.vehicle_id)

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.state in OPEN_STATES

    @property
    def assignee_key(self) -> RowKey | None:
        if self.assignee_region is None or self.assignee_id is None:
            return None
        return RowKey(self.assignee_region, self.assignee_id)


def task_in_progress_condition(
    region: ColumnElement[str],
    vehicle_id: ColumnElement[UUID],
    except_task_id: UUID | None = None,
) -> ColumnElement[bool]:
    """Return the condition that somebody works on a vehicle: a task has been started.

    region, vehicle_id: the columns with the key of the vehicle.
    except_task_id: a task that does not count.
    """
    tasks = table(Task).c
    condition = exists().where(
        tasks.region == region,
        tasks.vehicle_id == vehicle_id,
        tasks.state == TaskState.IN_PROGRESS.value,
    )
    return condition.where(tasks.id != except_task_id) if except_task_id else condition


class TaskPart(Base):
    """A part that was used for a task."""

    __tablename__ = "task_parts"
    __table_args__ = (
        parent_foreign_key("tasks", "task_id"),
        CheckConstraint("count > 0", name="count"),
        CheckConstraint("cost >= 0", name="cost"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the task.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The task.
    task_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: 1, 2, 3: which part of the task.
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: What it is called.
    name: Mapped[str] = mapped_column(String(MAX_PART_LENGTH))
    #: How many of it.
    count: Mapped[int] = mapped_column(BigInteger)
    #: What all of them cost, minor units. NULL: not said.
    cost: Mapped[int | None] = mapped_column(BigInteger)
    #: ISO 4217 currency of the cost: that of the city at the time.
    currency: Mapped[str] = mapped_column(String(3))


class TaskPhoto(Base):
    """A photo of a task that is done: a JPEG without metadata, re-encoded by the application."""

    __tablename__ = "task_photos"
    __table_args__ = (parent_foreign_key("tasks", "task_id"), {"info": REGIONAL_BY_ROW})

    #: Region of the task.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The task.
    task_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: 1, 2: which photo of the task.
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: The JPEG, written anew by the application, without metadata.
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)


class CustomTaskKind(Base):
    """A kind of task that a city has added. GLOBAL: a small table, changed seldom."""

    __tablename__ = "own_task_kinds"
    __table_args__ = ({"info": GLOBAL},)

    #: The city.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"), primary_key=True)
    #: What it is called; tasks have a copy.
    name: Mapped[str] = mapped_column(String(MAX_KIND_LENGTH), primary_key=True)


class TaskRule(Base):
    """A rule that makes tasks in a city; one for each trigger. GLOBAL: a small table, changed
    seldom."""

    __tablename__ = "task_rules"
    __table_args__ = (
        CheckConstraint(one_of("trigger", AlertKind), name="trigger"),
        CheckConstraint(one_of("kind", TaskKind), name="kind"),
        CheckConstraint("battery_percent BETWEEN 1 AND 100", name="battery_percent"),
        CheckConstraint("minutes > 0", name="minutes"),
        {"info": GLOBAL},
    )

    #: The city.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"), primary_key=True)
    #: An ``AlertKind``.
    trigger: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: Whether it makes tasks.
    is_on: Mapped[bool]
    #: How long a vehicle has to be so, minutes.
    minutes: Mapped[int] = mapped_column(BigInteger)
    #: Of ``battery_low``: below how many percent. NULL for the others.
    battery_percent: Mapped[int | None] = mapped_column(BigInteger)
    #: The kind of task that it makes.
    kind: Mapped[str] = mapped_column(String(24))
    #: The name of the kind ``own``; ``''`` for the others.
    custom_kind: Mapped[str] = mapped_column(
        "own_kind", String(MAX_KIND_LENGTH), key="custom_kind", server_default=""
    )
