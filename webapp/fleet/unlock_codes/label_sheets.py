"""Labels for vehicles: the code to read and to scan, and sheets of them."""

import segno
from flask_babel import gettext as _
from markupsafe import escape
from sqlalchemy import ColumnElement, Select, select, tuple_, union_all
from sqlalchemy.orm import aliased

from webapp.db.keys import RowKey
from webapp.db.paging import Cursor, Page, make_page
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.regions.models import City

#: Of one label, millimetres: 21 of these fill a sheet of A4, as such sheets are sold (3 by 7).
WIDTH, HEIGHT = 63.5, 38.1
PER_SHEET = 21
#: How much of a scratched QR code may be missing: M is 15 %.
ERROR = "m"
#: Vehicles in these states are there to be labelled.
LABELLED = [s for s in VehicleState if s not in (VehicleState.REMOVED, VehicleState.MISSING)]


def grouped(code: str) -> str:
    """Return a code as people read it: ``KD4F7-MA2XH``."""
    return f"{code[:5]}-{code[5:]}"


def qr(url: str) -> segno.QRCode:
    """Return the QR code that leads to the address."""
    return segno.make(url, error=ERROR, micro=False, boost_error=False)


def label_svg(url: str, code: str) -> str:
    """Return a label as an image in SVG: black on white, wherever it is shown."""
    drawn = qr(url).svg_inline(omitsize=True, svgclass=None, lineclass=None, light="#fff")
    picture = drawn.replace("<svg ", '<svg x="1.5" y="1.5" width="35" height="35" ', 1)
    title = _("Label of vehicle %(code)s: a QR code, and the code in letters", code=grouped(code))
    lines = [
        _line("MovR", 9, 5, "system-ui, sans-serif"),
        _line(code[:5], 19, 7, "ui-monospace, monospace"),
        _line(code[5:], 27, 7, "ui-monospace, monospace"),
        _line(_("Scan to ride"), 34, 3, "system-ui, sans-serif"),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f"<title>{escape(title)}</title>"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>{picture}{"".join(lines)}</svg>'
    )


def _line(words: str, y: int, size: float, font: str) -> str:
    """Return a line of text beside the QR code."""
    return (
        f'<text x="38" y="{y}" font-size="{size}" font-family="{font}" font-weight="700"'
        f' fill="#000">{escape(words)}</text>'
    )


# --- sheets ------------------------------------------------------------------------------------


def sheet_of_owner(owner: RowKey, after: Cursor | None) -> Page[Vehicle]:
    """Return the vehicles of an owner for one sheet of labels, the newest first."""
    own = [Vehicle.owner_region == owner.region, Vehicle.owner_id == owner.id]
    return _sheet([[*own, Vehicle.state.in_(LABELLED)]], after)


def sheet_of_city(city: City, after: Cursor | None) -> Page[Vehicle]:
    """Return the vehicles of a city for one sheet of labels, the newest first."""
    its = [Vehicle.region == city.region, Vehicle.city == city.name]
    # An index is in order of time within one state: each is read by itself, and merged.
    return _sheet([[*its, Vehicle.state == state] for state in LABELLED], after)


def _sheet(parts: list[list[ColumnElement[bool]]], after: Cursor | None) -> Page[Vehicle]:
    rows = aliased(Vehicle, union_all(*(_newest(part, after) for part in parts)).subquery())
    statement = select(rows).order_by(rows.created_at.desc(), rows.id.desc()).limit(PER_SHEET + 1)
    found = list(db.session.scalars(statement))
    return make_page(found, lambda vehicle: (vehicle.created_at, vehicle.id), PER_SHEET)


def _newest(conditions: list[ColumnElement[bool]], after: Cursor | None) -> Select[tuple[Vehicle]]:
    if after:
        conditions = [*conditions, tuple_(Vehicle.created_at, Vehicle.id) < after]
    newest = Vehicle.created_at.desc(), Vehicle.id.desc()
    return select(Vehicle).where(*conditions).order_by(*newest).limit(PER_SHEET + 1)
