"""The events of vehicles."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, String, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import account_foreign_key, parent_foreign_key
from webapp.db.types import MOVES_WITH_CITY, REGIONAL_BY_ROW, Region, one_of
from webapp.extensions import Base
from webapp.fleet.enums import VehicleState
from webapp.fleet.vehicle_events.enums import EventCause

#: Of what staff write, characters.
MAX_NOTE_LENGTH = 280


class VehicleEvent(Base):
    """A change of a vehicle's state, or what staff did with it. Events are not changed, until old
    ones are compacted: of a day only the last one stays."""

    __tablename__ = "vehicle_events"
    __table_args__ = (
        parent_foreign_key("vehicles", "vehicle_id"),
        account_foreign_key("actor"),
        CheckConstraint(one_of("state", VehicleState), name="state"),
        CheckConstraint(one_of("cause", EventCause), name="cause"),
        #: What happened in a city.
        Index("ix_vehicle_events_city", "region", "city", "occurred_at", "vehicle_id", "number"),
        #: What was recorded later than it happened: sums of that time are computed again.
        Index(
            "ix_vehicle_events_late",
            "region",
            "city",
            "recorded_at",
            postgresql_where=text("recorded_at > occurred_at"),
        ),
        #: The events that an account caused: its personal data, and deleting or moving it.
        Index(
            "ix_vehicle_events_actor",
            "actor_region",
            "actor_id",
            "occurred_at",
            "vehicle_id",
            "number",
            postgresql_where=text("actor_id IS NOT NULL"),
        ),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the vehicle.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The vehicle that it happened to.
    vehicle_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: 1 for its first event, and so on: the order in which they happened.
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: How many events before it were deleted, because it was the last one of a day long ago.
    compacted_count: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: City where the vehicle was.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: When it happened, by the database's clock.
    occurred_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    #: When it was noticed: that a reservation has expired is noticed when somebody uses the
    #: vehicle.
    recorded_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    #: MDS vehicle state after it.
    state: Mapped[str] = mapped_column(String(24))
    #: MDS event types, in their order: the path from the state before. Empty: the state stayed.
    event_types: Mapped[list[str]] = mapped_column(ARRAY(String(24)))
    #: Latitude where the vehicle stood, degrees, WGS 84; NULL: not known.
    lat: Mapped[float | None]
    #: Longitude where the vehicle stood, degrees, WGS 84; NULL: not known.
    lon: Mapped[float | None]
    #: How full its battery or tank was, percent; NULL: not known.
    battery_percent: Mapped[int | None] = mapped_column(BigInteger)
    #: The ride that it began or ended, in the same region; it says who rode.
    ride_id: Mapped[UUID | None]
    #: Who or what caused it: ``rider``, ``owner``, ``staff``, ``feed``, ``time``, ``unknown``.
    cause: Mapped[str] = mapped_column(String(16))
    #: What staff did (``VehicleAction``). NULL: it was not an action of staff.
    action: Mapped[str | None] = mapped_column(String(24))
    #: Made for each action, so that one whose answer was lost is not done again. NULL: it was not
    #: an action of staff.
    action_id: Mapped[UUID | None]
    #: Region of the account of staff or of the owner who caused it. NULL: nobody, a rider, or the
    #: account was deleted.
    actor_region: Mapped[str | None] = mapped_column(Region)
    #: The account of staff or of the owner who caused it. NULL: nobody, a rider, or the account
    #: was deleted.
    actor_id: Mapped[UUID | None]
    #: Why, in the words of who caused it; may be empty.
    note: Mapped[str] = mapped_column(String(MAX_NOTE_LENGTH), server_default="")


class VehicleEventCompaction(Base):
    """Until when the events of the vehicles of a city are compacted."""

    __tablename__ = "vehicle_event_compactions"
    __table_args__ = ({"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "event compactions"}},)

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The city.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"), primary_key=True)
    #: The end of the last day whose events are compacted.
    done_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
