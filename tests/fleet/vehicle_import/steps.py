"""Files with vehicles, as owners upload them."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook

from tests.visitor import Visitor

COLUMNS = ("type", "brand", "color", "address", "lat", "lon")
BIKE = ("bike", "Pegasus", "green", "12 Main Street", "40.73", "-73.99")
PAGE = "/vehicles/import"


def make_csv(*rows: Sequence[str], header: Sequence[str] = COLUMNS, delimiter: str = ",") -> bytes:
    return "".join(f"{delimiter.join(row)}\r\n" for row in (header, *rows)).encode()


def make_xlsx(*rows: Sequence[object], header: Sequence[object] = COLUMNS) -> bytes:
    content = BytesIO()
    with Workbook(content, {"in_memory": True, "default_date_format": "d mmm"}) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate((header, *rows)):
            sheet.write_row(number, 0, row)
    return content.getvalue()


def upload(visitor: Visitor, content: bytes, name: str = "vehicles.csv") -> Any:
    return visitor.send(PAGE, file=(BytesIO(content), name))
