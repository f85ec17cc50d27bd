"""What riders follow."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import RowKey, parent_foreign_key
from webapp.db.types import MOVES_WITH_CITY, REGIONAL_BY_ROW, Region
from webapp.extensions import Base
from webapp.regions.geography import Point

#: How many places and owners a rider can follow.
MAX_FOLLOWS = 20
#: Of the name of a place, characters.
MAX_LABEL_LENGTH = 40
#: How far a vehicle may be from a place, metres.
RADII_M = (100, 200, 500)


class Follow(Base):
    """A place near which a rider waits for vehicles, in the region of its city; or an owner whose
    new vehicles a rider wants to hear of, in the region of the owner."""

    __tablename__ = "follows"
    __table_args__ = (
        ForeignKeyConstraint(
            ["rider_region", "rider_id"],
            ["users.region", "users.id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        parent_foreign_key("users", "owner_id"),
        CheckConstraint("(owner_id IS NULL) <> (cell IS NULL)", name="kind"),
        #: What a rider follows, in all regions; deleting or moving the account.
        Index("ix_follows_rider", "rider_region", "rider_id", "created_at", "id"),
        #: Who follows a place in a cell of the grid.
        Index("ix_follows_place", "region", "city", "cell", "id"),
        #: Who follows an owner; deleting or moving the account.
        Index("ix_follows_owner", "region", "owner_id", "id"),
        {"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "followed places"}},
    )

    #: Region of the city of a place, or of an owner.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Follows from the form, or from the rider, the ride and the owner: what is sent twice is one
    #: row.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: Region of the rider.
    rider_region: Mapped[str] = mapped_column(Region)
    #: The rider.
    rider_id: Mapped[UUID]
    #: The owner, who does not learn who follows. NULL: it is a place.
    owner_id: Mapped[UUID | None]
    #: City of a place. NULL: it is an owner.
    city: Mapped[str | None] = mapped_column(ForeignKey("cities.name"))
    #: What the rider calls a place: ``Station``.
    label: Mapped[str] = mapped_column(String(MAX_LABEL_LENGTH), server_default="")
    #: Latitude of a place, degrees, WGS 84.
    lat: Mapped[float | None]
    #: Longitude of a place, degrees, WGS 84.
    lon: Mapped[float | None]
    #: Number of the grid cell that contains a place (webapp/regions/geography.py).
    cell: Mapped[int | None] = mapped_column(BigInteger)
    #: How far a vehicle may be from a place, metres (``RADII_M``).
    radius_m: Mapped[int | None] = mapped_column(BigInteger)
    #: GBFS form factor of the vehicles near a place. Empty: of all types.
    form_factor: Mapped[str] = mapped_column(String(24), server_default="")
    #: Since when.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: When the rider was last notified. NULL: never.
    notified_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)

    @property
    def point(self) -> Point | None:
        """The place; None: it is an owner."""
        return None if self.lat is None or self.lon is None else Point(self.lat, self.lon)
