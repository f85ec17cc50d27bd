"""``flask export`` writes the files of a scheduler."""

import stat
from pathlib import Path

import pytest
from flask import Flask

from tests.auth.steps import read_audit_events
from tests.factories import UserFactory, VehicleFactory
from webapp.audit.enums import AuditKind
from webapp.exports.enums import TableName


def run(app: Flask, folder: Path, *args: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(
        args=["export", *args, "--city", "new york", "--folder", str(folder)]
    )
    return result.exit_code, result.output


@pytest.mark.parametrize("table", TableName)
def test_each_table_is_written_whole_and_for_its_owner_only(
    app: Flask, tmp_path: Path, make_vehicle: VehicleFactory, table: TableName
) -> None:
    make_vehicle()
    for _twice in range(2):
        code, output = run(app, tmp_path, table.value, "--persons", "--period", "week")
        assert code == 0, output
    (path,) = tmp_path.iterdir()
    assert output == f"{path} written\n"
    assert path.name.startswith(f"movr-{table.value}-new-york-")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith(("id,", "entry_id,", "ride_id,"))
    event, _ = read_audit_events(app, AuditKind.TABLE_EXPORTED)
    assert event.actor is None
    assert event.details["filters"] == {"period": "week"}


def test_persons_are_written_only_when_asked_for(
    app: Flask, tmp_path: Path, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(owner=make_user("olga"))
    code, output = run(app, tmp_path, "users")
    assert code == 2
    assert "--persons" in output
    for options, has_owner in (((), False), (("--persons",), True)):
        run(app, tmp_path, "vehicles", *options)
        (path,) = tmp_path.iterdir()
        assert ("olga" in path.read_text()) == has_owner


@pytest.mark.parametrize("table_name", ["ledger", "owner-ledger"])
def test_what_staff_wrote_about_people_is_written_only_with_persons(
    app: Flask, tmp_path: Path, table_name: str
) -> None:
    for options, has_note in (((), False), (("--persons",), True)):
        run(app, tmp_path, table_name, *options)
        (path,) = tmp_path.iterdir()
        assert (",note," in path.read_text()) == has_note


def test_a_file_that_cannot_be_made_leaves_nothing(
    app: Flask, tmp_path: Path, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_vehicle()
    code, output = run(app, tmp_path, "ledger", "--format", "geojson")
    assert code == 2
    assert "There is no geojson of ledger." in output
    monkeypatch.setitem(app.config, "EXPORT_XLSX_MAX_ROWS", 0)
    code, output = run(app, tmp_path, "vehicles", "--format", "xlsx")
    assert code == 1
    assert "at most 0 rows" in output
    assert list(tmp_path.iterdir()) == []
