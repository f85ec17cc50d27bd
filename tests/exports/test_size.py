"""An export of any size is read in short statements, and never whole in memory."""

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from flask import Flask

from tests.explain import explain_reads
from tests.exports.many_rows import ROWS, many_rows
from tests.exports.steps import read_csv
from tests.factories import UserFactory, VehicleFactory, find_city
from tests.numbers.steps import add_rides
from tests.riders.wallet_steps import charge
from tests.rides.earnings.steps import insert_entry
from tests.visitor import Visitor
from webapp.db.paging import Cursor
from webapp.exports.columns import (
    Export,
    ExportColumn,
    ExportFilter,
    ExportTable,
    ExportTookTooLong,
    Slice,
)
from webapp.exports.enums import ExportFormat, TableName
from webapp.exports.files import stream_file
from webapp.exports.tables import (
    TABLES,
    general_ledger,
    ledger,
    owner_ledger,
    rides,
    users,
    vehicles,
)
from webapp.regions.geography import Point
from webapp.translations import lazy_gettext as _l
from webapp.web.responses import CHUNK
from webapp.web.roles import Permission

NOW = datetime(2026, 6, 10, 16, tzinfo=UTC)
SLICE = 1_000


class GeneratedRow:
    """A row that no table has. The class counts how many there are at a time."""

    count: ClassVar[int] = 0
    most: ClassVar[int] = 0

    def __init__(self, number: int) -> None:
        self.number = number
        GeneratedRow.count += 1
        GeneratedRow.most = max(GeneratedRow.most, GeneratedRow.count)

    def __del__(self) -> None:
        GeneratedRow.count -= 1


def make_generated_export(row_count: int) -> Export[GeneratedRow]:
    def read_slice(_: ExportFilter, after: Cursor | None) -> Slice[GeneratedRow]:
        start = after[0] if after else 0
        stop = min(start + SLICE, row_count)
        rows = [GeneratedRow(number) for number in range(start, stop)]
        return Slice(rows, (stop,) if stop < row_count else None)

    word = _l("Rides")
    columns = (
        ExportColumn[GeneratedRow]("number", word, lambda row: row.number),
        ExportColumn[GeneratedRow]("text", word, lambda row: f"text {row.number}"),
        ExportColumn[GeneratedRow]("at", word, lambda _: NOW),
        ExportColumn[GeneratedRow]("price", word, lambda _: Decimal("12.50")),
    )
    point = Point(40.7, -74.0)
    generated = ExportTable(
        TableName.RIDES, word, word, Permission.VIEW_RIDES, columns, read_slice, lambda _: point
    )
    return Export(generated, ExportFilter(find_city()), columns)


@pytest.mark.slow
def test_a_file_of_200_000_rows_holds_the_rows_of_two_slices(app: Flask) -> None:
    GeneratedRow.most = 0
    with app.app_context():
        parts = [
            len(part) for part in stream_file(make_generated_export(200_000), ExportFormat.CSV)
        ]
    assert sum(parts) > 200_000 * 40
    assert max(parts) < CHUNK + 1_000
    assert GeneratedRow.most <= 2 * SLICE


@pytest.mark.slow
@pytest.mark.parametrize("file_format", ExportFormat)
def test_the_memory_of_a_file_does_not_grow_with_its_rows(
    app: Flask, file_format: ExportFormat
) -> None:
    with app.app_context():
        measure_peak(10, file_format)  # what is imported once
        small, large = measure_peak(2 * SLICE, file_format), measure_peak(10 * SLICE, file_format)
    assert large < small + 300_000, (small, large)


def measure_peak(row_count: int, file_format: ExportFormat) -> int:
    """Return the most memory that a file took while it was sent, bytes."""
    tracemalloc.start()
    try:
        for _part in stream_file(make_generated_export(row_count), file_format):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("file_format", [ExportFormat.CSV, ExportFormat.GEOJSON])
def test_no_more_is_read_when_nobody_takes_the_file(app: Flask, file_format: ExportFormat) -> None:
    GeneratedRow.most = 0
    with app.app_context():
        parts = stream_file(make_generated_export(1_000_000), file_format)
        next(parts)
        parts.close()  # type: ignore[attr-defined]  # it is a generator
    assert GeneratedRow.count == 0
    assert GeneratedRow.most <= 3 * SLICE


def test_an_export_ends_after_the_longest_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "EXPORT_MAX_S", 0)
    with app.app_context():
        assert len(list(make_generated_export(SLICE).rows())) == SLICE
        with pytest.raises(ExportTookTooLong):
            list(make_generated_export(2 * SLICE).rows())


# --- real tables ---------------------------------------------------------------------------


def test_no_row_is_lost_or_doubled_between_slices(
    app: Flask,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module, name in (
        (vehicles, "SCAN"), (rides, "SLICE"), (users, "SLICE"), (ledger, "RIDERS"),
        (ledger, "ENTRIES"), (owner_ledger, "SLICE"), (general_ledger, "SLICE"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, 2)
    with app.app_context():
        rider = make_user("first")
        fleet = [make_vehicle("boston" if number % 3 else "new york") for number in range(9)]
        ended = [{"started_at": NOW, "ended_at": NOW + timedelta(hours=1)}] * 5  # at one time
        add_rides(rider, fleet[0], ended)
        riders = [rider, *(make_user() for _ in range(5))]
        entries = [charge(riders[place].key, 100, "USD") for place in (0, 0, 0, 0, 3, 3, 5)]
        assert len(read_ids(TableName.VEHICLES, "id")) == 3
        assert len(read_ids(TableName.RIDES, "id")) == 5
        assert set(read_ids(TableName.USERS, "id")) == {str(user.id) for user in riders}
        lines = read_ids(TableName.LEDGER, "entry_id")
        assert sorted(read_ids(TableName.GENERAL_LEDGER, "entry_id")) == sorted(lines)
        for _number in range(5):
            insert_entry(app, rider, fleet[0], 100, date(2026, 7, 1))
        assert len(set(read_ids(TableName.OWNER_LEDGER, "entry_id"))) == 5
    assert sorted(lines) == sorted(3 * [str(entry_id) for entry_id in entries])


def read_ids(name: TableName, column: str, **filters: Any) -> list[str]:
    """Return a column of all rows of New York."""
    export = make_real_export(name)
    return [str(export.cells(row)[column]) for row in export.rows()]


def make_real_export(name: TableName) -> Export[Any]:
    table = TABLES[name]
    return Export(table, ExportFilter(find_city(), reads_persons=True), table.columns)


@pytest.fixture
def _many_rows(app_context: None) -> Iterator[None]:
    with many_rows():
        yield


@pytest.mark.slow
@pytest.mark.postgresql_plans
@pytest.mark.usefixtures("_many_rows")
def test_each_slice_is_a_statement_that_reads_its_rows_from_an_index(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And the whole file has all rows: those of New York."""
    monkeypatch.setattr(vehicles, "SCAN", SLICE)  # the table is small
    # A third of a small table may be read as fast by sorting all of it.
    monkeypatch.setattr(rides, "SLICE", 200)
    monkeypatch.setattr(users, "SLICE", 200)
    monkeypatch.setattr(ledger, "RIDERS", 200)
    monkeypatch.setattr(owner_ledger, "SLICE", 200)
    monkeypatch.setattr(general_ledger, "SLICE", 200)
    find_city()  # the catalogue is read once
    half = ROWS // 2
    for name, rows, slices, index in (
        (TableName.VEHICLES, half, 7, "pk_vehicles"),
        (TableName.RIDES, half, 16, "ix_rides_ended"),
        (TableName.USERS, half, 16, "ix_users_city"),
        (TableName.LEDGER, 2 * half, 16, "ix_users_city"),
        (TableName.OWNER_LEDGER, half, 16, "ix_owner_entries_city"),
        (TableName.GENERAL_LEDGER, 2 * ROWS, 31, "ix_wallet_entries_at"),
    ):
        export, found = make_real_export(name), list[Any]()
        plans = explain_reads(lambda: found.extend(export.rows()))  # noqa: B023 - it runs at once
        assert (len(found), len(plans)) == (rows, slices), name
        for plan in plans[:-1]:  # the last one finds no more
            assert index in plan.indexes, (name, plan.rows_read)
            assert plan.most_rows <= SLICE, (name, plan.rows_read)
            # Without rows here.
            assert plan.read_whole <= {"pricing_plans"}, (name, plan.rows_read)


@pytest.mark.slow
@pytest.mark.postgresql_plans
@pytest.mark.usefixtures("_many_rows")
def test_thousands_of_rows_are_one_file(manager: Visitor) -> None:
    days = {"first_day": "2020-01-01", "last_day": "2100-12-31"}
    rows = read_csv(manager, "rides", **days)
    assert len(rows) == len({row["id"] for row in rows}) == ROWS // 2
    assert rows == sorted(rows, key=lambda row: datetime.fromisoformat(row["ended_at"]))
