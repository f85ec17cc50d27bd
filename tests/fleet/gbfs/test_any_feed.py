"""The import of a recorded feed, and of arbitrary JSON."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from tests.fleet.commands import check_refusal
from tests.fleet.gbfs.conftest import ImportFeed, ReadVehicles
from tests.fleet.gbfs.feeds import SCOOTER, feed, vehicle, write_files
from webapp.db.transactions import execute_write
from webapp.fleet.models import Vehicle

WOLFSBURG = Path(__file__).resolve().parents[4] / "shared/data/gbfs-wolfsburg"


@pytest.mark.slow
@pytest.mark.skipif(not WOLFSBURG.exists(), reason="the recorded feed of Wolfsburg is not here")
def test_a_recorded_feed_is_imported_with_few_statements(
    import_feed: ImportFeed, read_vehicles: ReadVehicles, round_trips: Callable[[], int]
) -> None:
    round_trips()
    result = import_feed(WOLFSBURG, "--force")
    assert round_trips() <= 10
    assert "Feed TIER_Wolsburg in New York:\n  840 new, 0 updated\n" in result.output
    assert len(read_vehicles()) == 840
    assert "0 new, 840 updated\n" in import_feed(WOLFSBURG, "--force").output


json_leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None, categories=None))
)
any_json = st.recursive(
    json_leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10
)
entry_fields = dict.fromkeys(vehicle(), any_json)
valid_entries = st.builds(
    vehicle, st.text(max_size=3), lat=st.floats(-95, 95), lon=st.floats(-190, 190)
)
any_entries = st.fixed_dictionaries({}, optional=entry_fields) | valid_entries | any_json
any_types = st.fixed_dictionaries({}, optional=dict.fromkeys(SCOOTER, any_json)) | any_json


@pytest.mark.slow
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    vehicles=st.lists(any_entries, max_size=6) | any_json,
    types=st.lists(any_types | st.just(SCOOTER), max_size=3),
    system=any_json,
)
def test_any_feed_is_imported_without_a_crash_or_invalid_rows(
    app: Flask,
    import_feed: ImportFeed,
    read_vehicles: ReadVehicles,
    tmp_path: Path,
    vehicles: Any,
    types: Any,
    system: Any,
) -> None:
    files = feed(vehicles, types=types, system=system)
    result = import_feed(write_files(tmp_path, files), "--force")
    rows = read_vehicles()
    nothing_usable = 3 if isinstance(vehicles, list) and vehicles and not rows else 0
    exit_code = nothing_usable if isinstance(vehicles, list) else 1
    assert result.exit_code == exit_code, result.output
    assert f"  {len(rows)} new" in result.output or not rows
    for row in rows.values():
        assert row.feed_vehicle
        assert row.feed_vehicle.strip()
        assert row.point
        assert -90 <= row.point.lat <= 90
        assert -180 <= row.point.lon <= 180
        assert row.point != (0, 0)
        assert row.cell == row.point.cell
        assert row.state in ("available", "non_operational")
        assert row.range_m is None or row.range_m >= 0
    with app.app_context():
        execute_write(delete(Vehicle))


@pytest.mark.slow
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=any_json, name=st.sampled_from(sorted(feed([]))))
def test_any_json_in_place_of_a_file_is_refused_with_one_line(
    import_feed: ImportFeed, tmp_path: Path, content: Any, name: str
) -> None:
    check_refusal(import_feed(write_files(tmp_path, {**feed([vehicle()]), name: content})), name)
