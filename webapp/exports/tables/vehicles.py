"""The export of vehicles."""

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Integer, Select, and_, func, literal, or_, select
from sqlalchemy.orm import aliased

from webapp.db.paging import Cursor
from webapp.db.reads import read_slice
from webapp.db.types import table
from webapp.exports.columns import ExportColumn, ExportFilter, ExportTable, Slice
from webapp.exports.enums import TableName
from webapp.exports.tables.lookups import person_columns
from webapp.fleet.models import Vehicle
from webapp.regions.geography import Point
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission

#: Vehicles of the region that one statement looks at. Those of other cities are among them: an
#: order in which none is missed must not change while the file is written, and the only one that
#: does not, and has an index, is that of the primary key.
SCAN = 4_000


class VehicleExportRow(NamedTuple):
    """A vehicle with its owner, who is None also if persons are not read."""

    vehicle: Vehicle
    owner_username: str | None
    owner_email: str | None


def _read_vehicles(export_filter: ExportFilter, after: Cursor | None) -> Slice[VehicleExportRow]:
    rows = read_slice(vehicles_query(export_filter, after[0] if after else None))
    found = [VehicleExportRow(*row[2:]) for row in rows if row.matches]
    has_more = bool(rows) and rows[-1].number == SCAN
    return Slice(found, (rows[-1][2].id,) if has_more else None)


def vehicles_query(
    export_filter: ExportFilter, after: UUID | None
) -> Select[Any]:  # Any: ``matches``, ``number``, and the values of a VehicleExportRow
    """Return the query of some vehicles by id: whether one matches, its number, itself and its
    owner. The last one of a full scan is there even if it does not match."""
    city, vehicles = export_filter.city, table(Vehicle).c
    matches = and_(vehicles.city == city.name, *export_filter.conditions)
    start = [] if after is None else [vehicles.id > after]
    scan = (
        select(Vehicle, matches.label("matches"))
        .where(vehicles.region == city.region, *start)
        .order_by(vehicles.id)
        .limit(SCAN)
        .subquery()
    )
    number = func.row_number().over(order_by=scan.c.id).label("number")
    numbered = select(scan, number).subquery()
    vehicle = aliased(Vehicle, numbered)
    owner = person_columns(
        vehicle.owner_region, vehicle.owner_id, reads_persons=export_filter.reads_persons
    )
    return (
        select(numbered.c.matches, numbered.c.number, vehicle, *owner)
        .where(or_(numbered.c.matches, numbered.c.number == literal(SCAN, Integer)))
        .order_by(numbered.c.id)
    )


def _find_point(row: VehicleExportRow) -> Point | None:
    return row.vehicle.point


Column = ExportColumn[VehicleExportRow]
COLUMNS = (
    Column("id", _l("Identifier of the vehicle."), lambda r: str(r.vehicle.id)),
    Column("code", _l("The code on the vehicle."), lambda r: r.vehicle.code),
    Column(
        "form_factor", _l("Form factor, in the words of GBFS."), lambda r: r.vehicle.form_factor
    ),
    Column(
        "propulsion_type",
        _l("Propulsion, in the words of GBFS."),
        lambda r: r.vehicle.propulsion_type,
    ),
    Column("brand", _l("Brand."), lambda r: r.vehicle.brand),
    Column("color", _l("Colour."), lambda r: r.vehicle.color),
    Column("state", _l("State, in the words of MDS."), lambda r: r.vehicle.current_state),
    Column(
        "state_changed_at",
        _l("Since when it is in this state."),
        lambda r: r.vehicle.state_changed_at,
    ),
    Column(
        "out_of_service_reason",
        _l("Why staff took it out of service, in the words of MDS."),
        lambda r: r.vehicle.out_of_service_reason,
    ),
    Column("address", _l("Where it stands, in words."), lambda r: r.vehicle.address),
    Column("lat", _l("Latitude, degrees, WGS 84."), lambda r: r.vehicle.lat),
    Column("lon", _l("Longitude, degrees, WGS 84."), lambda r: r.vehicle.lon),
    Column(
        "battery_percent",
        _l("Charge of the battery, percent."),
        lambda r: r.vehicle.battery_percent,
    ),
    Column("range_m", _l("How far it can still go, metres."), lambda r: r.vehicle.range_m),
    Column("reported_at", _l("When its feed last heard of it."), lambda r: r.vehicle.reported_at),
    Column(
        "feed", _l("The GBFS system that it was imported from."), lambda r: r.vehicle.feed_system
    ),
    Column("created_at", _l("When it was added."), lambda r: r.vehicle.created_at),
    Column(
        "owner_username",
        _l("Username of its owner. Empty: it belongs to the operator."),
        lambda r: r.owner_username,
        Permission.VIEW_RIDERS,
    ),
    Column(
        "owner_email",
        _l("E-mail address of its owner."),
        lambda r: r.owner_email,
        Permission.VIEW_RIDERS,
    ),
)

VEHICLES = ExportTable(
    TableName.VEHICLES,
    _l("Vehicles"),
    _l("All vehicles as they are now, without those that have left the fleet for good."),
    Permission.VIEW_VEHICLES,
    COLUMNS,
    _read_vehicles,
    _find_point,
)
