"""Labels for vehicles, with the code as text and as a QR code, and sheets of labels."""

from typing import TYPE_CHECKING

from markupsafe import escape
from sqlalchemy import ColumnElement, select, union_all
from sqlalchemy.orm import aliased

from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.lists import newest_query, vehicle_time_cursor
from webapp.regions.models import City
from webapp.translations import gettext as _

if TYPE_CHECKING:
    from segno import QRCode

#: The size of a label, millimetres: a common format of labels on A4.
LABEL_WIDTH_MM, LABEL_HEIGHT_MM = 63.5, 38.1
LABEL_COLUMNS, LABEL_ROWS = 3, 7
LABELS_PER_SHEET = LABEL_COLUMNS * LABEL_ROWS
#: The same for the text of the page.
LABEL_FORMAT = {
    "columns": LABEL_COLUMNS,
    "rows": LABEL_ROWS,
    "width": LABEL_WIDTH_MM,
    "height": LABEL_HEIGHT_MM,
}
#: The error correction of the QR code: with M, 15 % of it may be unreadable.
ERROR_CORRECTION = "m"
#: The states of vehicles that get a label.
LABELLED_STATES = [s for s in VehicleState if s not in (VehicleState.REMOVED, VehicleState.MISSING)]


def format_code(code: str) -> str:
    """Return a code as people read it: ``KD4F7-MA2XH``."""
    return f"{code[:5]}-{code[5:]}"


def make_qr_code(url: str) -> "QRCode":
    """Return the QR code of an address."""
    import segno  # when it is needed: it imports parsers of XML, too

    return segno.make(url, error=ERROR_CORRECTION, micro=False, boost_error=False)


def render_label(url: str, code: str) -> str:
    """Return a label as SVG, black on white."""
    image = make_qr_code(url).svg_inline(omitsize=True, svgclass=None, lineclass=None, light="#fff")
    qr_code = image.replace("<svg ", '<svg x="1.5" y="1.5" width="35" height="35" ', 1)
    title = _("Label of vehicle %(code)s: a QR code and the code as text", code=format_code(code))
    width, height = LABEL_WIDTH_MM, LABEL_HEIGHT_MM
    lines = [
        _draw_text_line("MovR", 9, 5, "system-ui, sans-serif"),
        _draw_text_line(code[:5], 19, 7, "ui-monospace, monospace"),
        _draw_text_line(code[5:], 27, 7, "ui-monospace, monospace"),
        _draw_text_line(_("Scan to ride"), 34, 3, "system-ui, sans-serif"),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}">'
        f"<title>{escape(title)}</title>"
        f'<rect width="{width}" height="{height}" fill="#fff"/>{qr_code}{"".join(lines)}</svg>'
    )


def _draw_text_line(words: str, y: int, size: float, font: str) -> str:
    """Return a line of text beside the QR code."""
    return (
        f'<text x="38" y="{y}" font-size="{size}" font-family="{font}" font-weight="700"'
        f' fill="#000">{escape(words)}</text>'
    )


# --- sheets ------------------------------------------------------------------------------------


def list_owner_sheet(owner_key: RowKey, after: Cursor | None) -> Page[Vehicle]:
    """Return the vehicles of an owner for one sheet of labels, the newest first."""
    is_own = key_condition(Vehicle, owner_key, "owner_region", "owner_id")
    return _read_sheet([[is_own, Vehicle.state.in_(LABELLED_STATES)]], after)


def list_city_sheet(city: City, after: Cursor | None) -> Page[Vehicle]:
    """Return the vehicles of a city for one sheet of labels, the newest first."""
    in_city = [Vehicle.region == city.region, Vehicle.city == city.name]
    # The index is ordered by time only within a state: each state is read by itself.
    return _read_sheet([[*in_city, Vehicle.state == state] for state in LABELLED_STATES], after)


def _read_sheet(parts: list[list[ColumnElement[bool]]], after: Cursor | None) -> Page[Vehicle]:
    limit = LABELS_PER_SHEET + 1
    queries = [newest_query(conditions, after, limit) for conditions in parts]
    merged = aliased(Vehicle, union_all(*queries).subquery())
    query = select(merged).order_by(merged.created_at.desc(), merged.id.desc()).limit(limit)
    vehicles = list(db.session.scalars(query))
    return make_page(vehicles, vehicle_time_cursor, LABELS_PER_SHEET)
