"""What the rows of a file say about vehicles, checked by the form for one vehicle."""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import NamedTuple
from uuid import UUID, uuid4

from werkzeug.datastructures import MultiDict

from webapp.errors import DomainError
from webapp.fleet.labels import list_type_choices
from webapp.fleet.services.description import VehicleDescription
from webapp.fleet.services.places import PlaceTooFar, check_vehicle_place
from webapp.fleet.vehicle_import.forms import VehicleRowForm
from webapp.fleet.vehicle_import.spreadsheets import DateCell, Row, read_rows
from webapp.forms import read_place
from webapp.regions.models import City
from webapp.translations import gettext as _

MAX_ROWS = 10_000
#: The columns of a file, in the order of the template.
COLUMNS = ("type", "brand", "color", "address", "lat", "lon")
#: Other names by which people call them, beside the labels of the form.
SYNONYMS = {"colour": "color", "latitude": "lat", "longitude": "lon"}
#: Rows with errors that a page shows.
MAX_SHOWN = 100


class NoVehicles(DomainError):
    status = 422
    field = "file"


class ParsedRow(NamedTuple):
    """A vehicle of the file."""

    number: int
    vehicle_id: UUID
    description: VehicleDescription


class RowErrors(NamedTuple):
    """A row that is no vehicle."""

    number: int
    cells: Mapping[str, str]
    #: By column, in the words of the form.
    errors: Mapping[str, str]
    #: The row has more cells than the file has columns, so they stand in the wrong ones.
    has_more_cells: bool


class ParsedFile(NamedTuple):
    rows: list[ParsedRow]
    #: The first ``MAX_SHOWN`` rows with errors.
    wrong_rows: list[RowErrors]
    wrong_count: int


def parse_file(content: bytes, city: City) -> ParsedFile:
    """Return the vehicles that a file describes, or what is wrong in which cell.

    Raises UnreadableFile, NotUtf8, OldExcelFile, FileTooLong, NoVehicles.
    """
    rows = read_rows(content, MAX_ROWS + 1)
    header = next(rows, None)
    if header is None:
        raise _refuse(_("This file is empty."))
    places = _find_columns(header[1])
    first = next(rows, None)
    if first is None:
        raise _refuse(_("This file has no vehicles below its first row."))
    return _parse_rows(chain([first], rows), places, len(header[1]), city)


def _find_columns(header: Row) -> dict[str, int]:
    """Return the place of each column; raises NoVehicles."""
    names = {_normalise(field.label.text): field.name for field in VehicleRowForm()}
    names |= {**SYNONYMS, **{column: column for column in COLUMNS}}
    columns = [names.get(_normalise(cell)) for cell in header]
    missing = [column for column in COLUMNS if column not in columns]
    if missing:
        raise _refuse(_("The first row lacks these columns: %(names)s.", names=", ".join(missing)))
    twice = [column for column in COLUMNS if columns.count(column) > 1]
    if twice:
        raise _refuse(_("These columns are there twice: %(names)s.", names=", ".join(twice)))
    return {column: columns.index(column) for column in COLUMNS}


def _parse_rows(
    rows: Iterable[tuple[int, Row]], places: Mapping[str, int], width: int, city: City
) -> ParsedFile:
    parsed, wrong_rows, wrong_count = list[ParsedRow](), list[RowErrors](), 0
    form = VehicleRowForm()  # one for all: making it takes longer than validating
    types = _find_types()
    for number, row in rows:
        cells = {name: row[place] if place < len(row) else "" for name, place in places.items()}
        form.process(MultiDict(_clean_cells(cells, types)))
        errors = {**_find_errors(form, city), **_find_dates(cells)}
        if not errors:
            parsed.append(ParsedRow(number, uuid4(), form.description))
            continue
        wrong_count += 1
        if wrong_count <= MAX_SHOWN:
            wrong_rows.append(RowErrors(number, cells, errors, any(row[width:])))
    return ParsedFile(parsed, wrong_rows, wrong_count)


def _find_errors(form: VehicleRowForm, city: City) -> dict[str, str]:
    form.validate()
    errors = {name: " ".join(map(str, errors)) for name, errors in form.errors.items()}
    if "lat" in errors or "lon" in errors:
        return errors
    try:
        check_vehicle_place(city.region, read_place(form))
    except PlaceTooFar as error:
        errors["lat"] = str(error.message)
    return errors


def _find_dates(cells: Mapping[str, str]) -> dict[str, str]:
    message = _(
        "The spreadsheet has made a date of this. Format the cell as text, and type it again."
    )
    return {name: message for name, cell in cells.items() if isinstance(cell, DateCell)}


def _clean_cells(cells: Mapping[str, str], types: Mapping[str, str]) -> dict[str, str]:
    """Return the cells as the form wants them: types by their labels, too, and decimal commas."""
    numbers = {name: cells[name].replace(",", ".") for name in ("lat", "lon")}
    vehicle_type = types.get(_normalise(cells["type"]), cells["type"])
    return {**cells, **numbers, "type": vehicle_type}


def _find_types() -> dict[str, str]:
    types = list_type_choices(offered_only=True)
    return {_normalise(label): name for name, label in types} | {
        name: name for name, _label in types
    }


def _normalise(text: object) -> str:
    return str(text).strip().casefold()


def _refuse(message: str) -> NoVehicles:
    refusal = NoVehicles()
    refusal.message = message
    return refusal
