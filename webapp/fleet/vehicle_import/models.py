"""The files of owners and staff that were read without an error, and their rows, until they are
applied."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import RowKey, parent_foreign_key
from webapp.db.types import MOVES_WITH_CITY, REGIONAL_BY_ROW, Region
from webapp.extensions import Base
from webapp.fleet.models import MAX_ADDRESS_LENGTH, MAX_BRAND_LENGTH, MAX_COLOR_LENGTH


class VehicleImport(Base):
    """A file with vehicles of an owner or of the operator, in the region of their city."""

    __tablename__ = "vehicle_imports"
    __table_args__ = (
        ForeignKeyConstraint(
            ["owner_region", "owner_id"],
            ["users.region", "users.id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        #: The files of an owner, in all regions, newest first.
        Index("ix_vehicle_imports_owner", "owner_region", "owner_id", "created_at", "id"),
        #: ``flask sweep`` deletes old ones.
        Index("ix_vehicle_imports_created", "region", "created_at"),
        {"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "vehicle imports"}},
    )

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Made by the application.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: City of the vehicles.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: Region of who uploaded the file.
    owner_region: Mapped[str] = mapped_column(Region)
    #: Who uploaded the file, and gets the vehicles unless they are the operator's.
    owner_id: Mapped[UUID]
    #: SHA-256 of the file: the preview warns of a file that was applied before.
    file_hash: Mapped[str] = mapped_column(String(64))
    #: How many vehicles it has.
    row_count: Mapped[int] = mapped_column(BigInteger)
    #: Whether the vehicles are the operator's: staff have uploaded them.
    is_operator_fleet: Mapped[bool] = mapped_column(server_default=text("false"))
    #: When it was uploaded.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: When its owner confirmed the preview. NULL: not yet.
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When all its vehicles were added. NULL: none is there yet.
    applied_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)


class VehicleImportRow(Base):
    """A vehicle of such a file, with the columns that it gets."""

    __tablename__ = "vehicle_import_rows"
    __table_args__ = (
        parent_foreign_key("vehicle_imports", "import_id"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the import.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The import.
    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The number of its row in the file, as spreadsheets show it.
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: The id that the vehicle gets: applied twice, it is added once.
    vehicle_id: Mapped[UUID]
    #: GBFS form factor.
    form_factor: Mapped[str] = mapped_column(String(24))
    #: GBFS propulsion type.
    propulsion_type: Mapped[str] = mapped_column(String(24))
    #: Brand, as its owner writes it.
    brand: Mapped[str] = mapped_column(String(MAX_BRAND_LENGTH))
    #: Colour, as its owner writes it.
    color: Mapped[str] = mapped_column(String(MAX_COLOR_LENGTH))
    #: Where it stands, in words.
    address: Mapped[str] = mapped_column(String(MAX_ADDRESS_LENGTH))
    #: Latitude where it stands, degrees, WGS 84.
    lat: Mapped[float]
    #: Longitude where it stands, degrees, WGS 84.
    lon: Mapped[float]
    #: Number of the grid cell that contains the point (webapp/regions/geography.py).
    cell: Mapped[int] = mapped_column(BigInteger)


# Any: of several types.
def description_columns(source: Any) -> dict[str, Any]:
    """Return the columns of a vehicle that a row says, from the columns of a table or a CTE."""
    names = (
        "form_factor", "propulsion_type", "brand", "color", "address", "lat", "lon", "cell",
    )  # fmt: skip
    return {name: source[name] for name in names}
