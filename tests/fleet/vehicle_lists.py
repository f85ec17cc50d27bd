"""Steps of tests of vehicle lists."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from webapp.db.paging import Cursor, Page
from webapp.fleet.queries.lists import ListedVehicle

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
VehiclePage = Page[ListedVehicle]
ReadCursor = Callable[[str], Cursor | None]


def read_all_pages(
    read: Callable[[Cursor | None], VehiclePage],
    read_cursor: ReadCursor,
    *,
    has_short_pages: bool = False,
) -> list[ListedVehicle]:
    """Read a list to its end; return its rows, after a check of the size of each page."""
    rows: list[ListedVehicle] = []
    after = ""
    while True:
        page = read(read_cursor(after))
        assert len(page.rows) <= 5
        rows += page.rows
        after = page.after
        if not after:
            return rows
        assert len(page.rows) == 5 or has_short_pages


def list_ids(page: VehiclePage) -> set[UUID]:
    return {listed.vehicle.id for listed in page.rows}
