"""The files that owners fill in: the columns, and a vehicle as an example."""

from collections.abc import Iterator
from io import BytesIO

from webapp.fleet.vehicle_import.parsing import COLUMNS, MAX_ROWS
from webapp.fleet.vehicle_types.settings import vehicle_types
from webapp.regions.models import City
from webapp.translations import gettext as _
from webapp.web.responses import as_csv
from webapp.xlsx import make_sheet


def _make_example(city: City) -> dict[str, str | float]:
    """Return a vehicle in the middle of a city."""
    return {
        "type": next(iter(vehicle_types().offered_names), ""),
        "brand": str(_("Example")),
        "color": str(_("blue")),
        "address": str(_("1 Station Square")),
        "lat": round(city.centre.lat, 5),
        "lon": round(city.centre.lon, 5),
    }


def make_csv_template(city: City) -> Iterator[str]:
    """Yield the lines of the template as CSV."""
    return as_csv(COLUMNS, [_make_example(city)])


def make_xlsx_template(city: City) -> bytes:
    """Return the template as XLSX: types are chosen from a list, positions checked by the sheet."""
    content, example = BytesIO(), _make_example(city)
    with make_sheet(content, "vehicles", COLUMNS, in_memory=True) as (_workbook, sheet):
        sheet.write_row(1, 0, [example[name] for name in COLUMNS])
        checks = {
            "type": {"validate": "list", "source": vehicle_types().offered_names},
            "lat": {"validate": "decimal", "criteria": "between", "minimum": -90, "maximum": 90},
            "lon": {"validate": "decimal", "criteria": "between", "minimum": -180, "maximum": 180},
        }
        for name, check in checks.items():
            place = COLUMNS.index(name)
            sheet.data_validation(1, place, MAX_ROWS, place, check)
    return content.getvalue()
