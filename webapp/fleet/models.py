"""The vehicles of all owners and operators."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Computed,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
    and_,
    case,
    false,
    func,
    literal_column,
    null,
    or_,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.auth.models import User, joined_account_condition
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import MOVES_WITH_CITY, REGIONAL_BY_ROW, Region, one_of, table
from webapp.extensions import Base
from webapp.fleet.enums import (
    IDLE_STATES,
    FormFactor,
    PropulsionType,
    VehicleState,
)
from webapp.fleet.vehicle_columns import VehicleProperties
from webapp.fleet.word_index import SEARCH_WORDS

#: Ten letters that are hard to mistake for each other, made by the database for each new row. With
#: a million vehicles in a region, one new code in a million is taken already there: then adding it
#: is to be repeated.
NEW_CODE = text(
    "translate(substr(md5(gen_random_uuid()::text), 1, 10), '0123456789abcdef', '23456789ACDEHKMX')"
)
#: The longest texts that the columns store, characters.
MAX_BRAND_LENGTH, MAX_COLOR_LENGTH, MAX_ADDRESS_LENGTH = 60, 30, 200
#: Of the identifiers of a feed and of its vehicles, characters.
MAX_FEED_ID_LENGTH = 120
#: The longest source of a feed: host and path of its URL; a longer one is cut.
MAX_SOURCE_LENGTH = 300
#: The words by which the search of the release before finds a vehicle, in lower case.
WORDS = (
    "string_to_array(lower(replace(brand || ' ' || color || ' ' || coalesce(address, ''),"
    " ',', ' ')), ' ')"
)
#: The words of its address alone, as the release before computes them.
ADDRESS_WORDS = "string_to_array(lower(replace(address, ',', ' ')), ' ')"
#: As what the board counts a vehicle, its state and form factor. NULL: it has left for good.
COUNTED_AS = (
    "CASE WHEN state = 'removed' AND picked_up_at IS NULL THEN NULL"
    " ELSE state || ' ' || form_factor END"
)
#: Whether a vehicle has changed since it was counted, or moved to another cell. An equation,
#: because PostgreSQL expects few rows to meet one, and nearly all to meet IS DISTINCT FROM.
COUNT_IS_STALE = (
    f"CASE WHEN counted_as IS DISTINCT FROM {COUNTED_AS} OR counted_cell IS DISTINCT FROM cell"
    " THEN 1 ELSE 0 END = 1"
)


class Vehicle(VehicleProperties, Base):
    """A vehicle, in the region of its city."""

    __tablename__ = "vehicles"
    __table_args__ = (
        ForeignKeyConstraint(
            ["owner_region", "owner_id"],
            ["users.region", "users.id"],
            ondelete="SET NULL",
            onupdate="CASCADE",
        ),
        #: An import finds the vehicles that it has imported before.
        UniqueConstraint("region", "city", "feed_system", "feed_vehicle", name="uq_vehicles_feed"),
        CheckConstraint(one_of("form_factor", FormFactor), name="form_factor"),
        CheckConstraint(one_of("propulsion_type", PropulsionType), name="propulsion_type"),
        CheckConstraint(one_of("state", VehicleState), name="state"),
        CheckConstraint("lat BETWEEN -90 AND 90", name="lat"),
        CheckConstraint("lon BETWEEN -180 AND 180", name="lon"),
        CheckConstraint("(lat IS NULL) = (lon IS NULL)", name="point"),
        #: The lists of a city's vehicles, in an order that changes with each ride.
        Index("ix_vehicles_list", "region", "city", "state", "public_id"),
        #: The same lists for one type of vehicle.
        Index("ix_vehicles_list_by_type", "region", "city", "state", "form_factor", "public_id"),
        #: The sheets of labels of a city, newest first.
        Index("ix_vehicles_newest", "region", "city", "state", "created_at", "id"),
        #: The vehicles in the window of a map, by cells of a grid.
        Index("ix_vehicles_cell", "region", "city", "state", "cell"),
        #: The vehicles around a point, by parts of cells.
        Index("ix_vehicles_position", "region", "city", "state", "cell", "lat", "lon"),
        #: Whether few vehicles of a city are of some types, or have a range.
        Index(
            "ix_vehicles_type_range",
            "region",
            "city",
            "state",
            "form_factor",
            "propulsion_type",
            "range_m",
        ),
        #: The vehicles of an owner, in all regions; deleting or moving the owner's account.
        Index("ix_vehicles_owner", "owner_region", "owner_id"),
        #: The code on the vehicle. Unique in its region: to add a vehicle asks no other region.
        Index("uq_vehicles_region_code", "region", "code", unique=True),
        #: Pages of a vehicle by its public address.
        Index("uq_vehicles_public_id", "region", "public_id", unique=True),
        #: A map that is open asks for what has changed since its last request.
        Index("ix_vehicles_changed", "region", "city", "changed_at"),
        #: The vehicles that are in a state for long: idle, out of service, missing.
        Index("ix_vehicles_state_changed", "region", "city", "state", "state_changed_at", "id"),
        #: The vehicles on the street with a low battery, the lowest first. Rides on vehicles with a
        #: fuller one do not write it.
        Index(
            "ix_vehicles_low_battery",
            "region",
            "city",
            "battery_percent",
            "id",
            postgresql_where=text(
                "battery_percent < 50 AND state IN ('available', 'reserved', 'non_operational')"
            ),
        ),
        #: The vehicles that staff have picked up, by type: among many that have left for good.
        Index(
            "ix_vehicles_picked_up",
            "region",
            "city",
            "state",
            "form_factor",
            "public_id",
            postgresql_where=text("picked_up_at IS NOT NULL"),
        ),
        #: The vehicles whose state no event explains: after an upgrade all, else hardly any.
        Index(
            "ix_vehicles_unexplained",
            "region",
            "id",
            postgresql_where=text("event_state IS DISTINCT FROM state"),
        ),
        #: The vehicles whose reservation has ended, and that are available although they are not
        #: stored so.
        Index(
            "ix_vehicles_reserved_until",
            "region",
            "city",
            "reserved_until",
            "form_factor",
            postgresql_where=text("state = 'reserved'"),
        ),
        #: The vehicles that are not counted as what and where they are.
        Index(
            "ix_vehicles_to_count",
            "region",
            "city",
            "state",
            "form_factor",
            "counted_as",
            "cell",
            "counted_cell",
            "picked_up_at",
            "id",
            postgresql_where=text(COUNT_IS_STALE),
        ),
        #: Search by words of brand, colour and address. On CockroachDB region and city lead.
        Index("ix_vehicles_search_words", "search_words", postgresql_using="gin"),
        #: Search of the release before. The next release drops it.
        Index("ix_vehicles_words", "words", postgresql_using="gin"),
        #: Search of visitors of the release before. The next release drops it.
        Index("ix_vehicles_address_words", text(ADDRESS_WORDS), postgresql_using="gin"),
        {"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "vehicles"}},
    )

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Made by the application. With the region it is the vehicle's key; staff and the owner see it.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: City where the vehicle is.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: Its identifier in public addresses: a new one after each ride, so that it cannot be
    #: tracked.
    public_id: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    #: The code on the vehicle itself, for good. Unique in the world: it is read without a region.
    code: Mapped[str] = mapped_column(String(10), server_default=NEW_CODE)
    #: Region of the owner. NULL: the vehicle belongs to the operator.
    owner_region: Mapped[str | None] = mapped_column(Region)
    #: Account of the owner. NULL: the vehicle belongs to the operator.
    owner_id: Mapped[UUID | None]
    #: GBFS form factor: ``bicycle``, ``scooter_standing``.
    form_factor: Mapped[str] = mapped_column(String(24))
    #: GBFS propulsion type: ``human``, ``electric``.
    propulsion_type: Mapped[str] = mapped_column(String(24))
    #: Brand, as its owner writes it; may be empty.
    brand: Mapped[str] = mapped_column(String(MAX_BRAND_LENGTH), default="")
    #: Colour, as its owner writes it; may be empty.
    color: Mapped[str] = mapped_column(String(MAX_COLOR_LENGTH), default="")
    #: MDS vehicle state: ``available``, ``reserved``, ``on_trip``, ``non_operational``,
    #: ``non_contactable``, ``missing``, ``elsewhere``, ``removed``. Changed together with its
    #: events (webapp/fleet/vehicle_events).
    state: Mapped[str] = mapped_column(String(24), default=VehicleState.AVAILABLE)
    #: When the state changed. NULL: before this was recorded; a nightly job fills it.
    state_changed_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    #: In state ``non_operational``: why staff have taken it out of service
    #: (``OutOfServiceReason``). NULL: a report or a feed did. In state ``missing`` it says that
    #: staff have found it missing. While it is set, no feed changes the state.
    out_of_service_reason: Mapped[str | None] = mapped_column(String(24))
    #: In state ``removed``: when staff have picked it up; it is in a depot, a van or a workshop.
    #: NULL: it has left the fleet for good.
    picked_up_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: How many events it has (``vehicle_events``): the number of the last one.
    event_count: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: The state after its last event. If ``state`` is another one, a release that writes no events
    #: has changed it. NULL: it has none.
    event_state: Mapped[str | None] = mapped_column(String(24))
    #: In state ``reserved``: when the reservation ends. From then on the vehicle is free, although
    #: nobody changes the state (``current_state``, ``available_condition``). In other states: when
    #: a reservation was cancelled, or the vehicle was taken away from its rider. NULL: not reserved
    #: since its last ride.
    reserved_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: The reservation, while the state is ``reserved``. It does not say whose: the job that settles
    #: a withdrawn one finds its charges by it.
    reservation_id: Mapped[UUID | None]
    #: The day, in UTC, for which ``free_reserved_min`` counts.
    free_reserved_on: Mapped[date | None]
    #: For how many minutes it was reserved free of charge on that day, since its last ride.
    free_reserved_min: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: Where it stands, in words.
    address: Mapped[str | None] = mapped_column(String(MAX_ADDRESS_LENGTH))
    #: Latitude where it stands, degrees, WGS 84. NULL: only the address is known.
    lat: Mapped[float | None]
    #: Longitude where it stands, degrees, WGS 84. NULL: only the address is known.
    lon: Mapped[float | None]
    #: Number of the grid cell that contains the point (webapp/regions/geography.py).
    cell: Mapped[int | None]
    #: How far it can still go, metres, if its operator publishes it.
    range_m: Mapped[int | None]
    #: How full its battery or tank is, percent, if its operator publishes it.
    battery_percent: Mapped[int | None] = mapped_column(BigInteger)
    #: When its feed last heard of it (GBFS ``last_reported``). NULL: no feed says that.
    reported_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When staff last said where it is or how full its battery is. Older reports of its feed
    #: (``reported_at``) change neither. NULL: all reports do.
    observed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: The GBFS system that it was imported from. NULL: it was not imported.
    feed_system: Mapped[str | None] = mapped_column(String(MAX_FEED_ID_LENGTH))
    #: Its identifier in that system.
    feed_vehicle: Mapped[str | None] = mapped_column(String(MAX_FEED_ID_LENGTH))
    #: Where the feed was read: ``file``, or host and path of its URL. Other feeds do not change the
    #: vehicle, whatever system they name. NULL: not imported, or by a release that did not keep it.
    feed_source: Mapped[str | None] = mapped_column(String(MAX_SOURCE_LENGTH))
    #: When it was added.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    #: When the row last changed.
    changed_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now()
    )
    #: As what ``vehicle_counts`` counts it, see ``COUNTED_AS``. NULL: it does not count it.
    counted_as: Mapped[str | None] = mapped_column(String(49), deferred=True)
    #: The cell in which ``vehicle_cell_counts`` counts it. NULL: in none.
    counted_cell: Mapped[int | None] = mapped_column(BigInteger, deferred=True)
    #: Words of brand, colour and address without regard to case and accents, and once more those of
    #: the address after a comma, for the search (webapp/fleet/word_index.py). Computed by the
    #: database.
    search_words: Mapped[list[str]] = mapped_column(
        ARRAY(String()), Computed(SEARCH_WORDS, persisted=True), deferred=True
    )
    #: The same with accents, by which the release before searches. This release does not read it,
    #: the next one drops it.
    words: Mapped[list[str]] = mapped_column(
        ARRAY(String()), Computed(WORDS, persisted=True), deferred=True
    )

    #: None also while the account is being deleted.
    owner: Mapped[User | None] = relationship(
        lazy="raise",
        viewonly=True,
        primaryjoin=lambda: joined_account_condition(Vehicle.owner_region, Vehicle.owner_id),
    )

    @property
    def is_retired(self) -> bool:
        """Whether it has left the fleet for good."""
        return self.state == VehicleState.REMOVED and self.picked_up_at is None

    @property
    def label_code(self) -> str:
        """Its code with its region, as in the address on its label: ``us-east1.KD4F7MA2XH``."""
        return f"{self.region}.{self.code}"


def public_key_condition(public_key: RowKey) -> ColumnElement[bool]:
    """Return the condition that a vehicle has this public key."""
    return key_condition(table(Vehicle), public_key, id="public_id")


def stored_reserved_condition() -> ColumnElement[bool]:
    """Return the condition that a vehicle, which is found by its key, is stored as reserved.

    Without the CASE, PostgreSQL may read all of ix_vehicles_reserved_until instead of the key: it
    believes that index empty if nothing was reserved when it last looked.
    """
    is_reserved = table(Vehicle).c.state == VehicleState.RESERVED.value
    return case((is_reserved, true()), else_=false())


def reservation_expired_condition() -> ColumnElement[bool]:
    """Return the condition that a vehicle is stored as reserved, and the reservation has ended."""
    vehicles = table(Vehicle).c
    reserved = vehicles.state == VehicleState.RESERVED.value
    return and_(reserved, vehicles.reserved_until <= func.now())


def available_condition() -> ColumnElement[bool]:
    """Return the condition that anyone may ride a vehicle."""
    is_available = table(Vehicle).c.state == VehicleState.AVAILABLE.value
    return or_(is_available, reservation_expired_condition())


def retired_condition() -> ColumnElement[bool]:
    """Return the condition that a vehicle has left the fleet for good."""
    vehicles = table(Vehicle).c
    return and_(vehicles.state == VehicleState.REMOVED.value, vehicles.picked_up_at.is_(None))


def counted_as_column() -> ColumnElement[str | None]:
    """Return as what the board counts a vehicle: ``COUNTED_AS``, as the index has it."""
    vehicles = table(Vehicle).c
    removed, space = literal_column("'removed'", String), literal_column("' '", String)
    is_retired = and_(vehicles.state == removed, vehicles.picked_up_at.is_(None))
    return case((is_retired, null()), else_=vehicles.state + space + vehicles.form_factor)


def count_is_stale_condition() -> ColumnElement[bool]:
    """Return the condition ``COUNT_IS_STALE``, as the index has it."""
    vehicles = table(Vehicle).c
    is_changed = vehicles.counted_as.is_distinct_from(counted_as_column())
    has_moved = vehicles.counted_cell.is_distinct_from(vehicles.cell)
    yes, no = (literal_column(number, Integer) for number in ("1", "0"))
    return case((or_(is_changed, has_moved), yes), else_=no) == yes


def held_by_staff_condition() -> ColumnElement[bool]:
    """Return the condition that staff have put a vehicle into its state, and no feed changes it."""
    vehicles = table(Vehicle).c
    states = (VehicleState.NON_OPERATIONAL.value, VehicleState.MISSING.value)
    return and_(vehicles.state.in_(states), vehicles.out_of_service_reason.is_not(None))


def picked_up_condition() -> ColumnElement[bool]:
    """Return the condition that staff have taken a vehicle off the street, for a time."""
    vehicles = table(Vehicle).c
    is_removed = vehicles.state == VehicleState.REMOVED.value
    return and_(is_removed, vehicles.picked_up_at.is_not(None))


def idle_condition() -> ColumnElement[bool]:
    """Return the condition that a vehicle is on the street, and nobody uses it."""
    return or_(table(Vehicle).c.state.in_(IDLE_STATES), reservation_expired_condition())


def staff_may_change_condition() -> ColumnElement[bool]:
    """Return the condition that nobody uses a vehicle: its owner and staff may change it."""
    return or_(idle_condition(), picked_up_condition())
