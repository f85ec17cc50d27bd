"""deploy/prove.sh with fake programs: no container runs and no CockroachDB answers in the tests."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import config

#: Logs its arguments in $CALLS. Fails with $MESSAGE if they contain $FAIL_ON.
FAKE_PROGRAM = """#!/bin/bash
echo "$(basename "$0") $*" >> "$CALLS"
if [[ -n $FAIL_ON && "$*" == *"$FAIL_ON"* ]]; then echo "$MESSAGE"; exit 1; fi
if [[ $0 == */curl ]]; then echo -n "$STATUS 0.010"; fi
"""
STATEMENTS = """-- read a ride
SELECT 1;

-- start a ride
WITH a AS (SELECT 2)
SELECT 3;
"""


class FakeCheckout:
    """A checkout with prove.sh, and a PATH with fake programs in front."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.calls_file = folder, folder / "calls"
        for part in ("deploy", "bin", "tests/golden"):
            (folder / part).mkdir(parents=True)
        shutil.copy(config.ROOT / "deploy/prove.sh", folder / "deploy")
        (folder / "tests/golden/statements.cockroachdb.sql").write_text(STATEMENTS)
        for name in ("bin/docker", "bin/curl", "bin/git", "bin/sleep", "init.sh"):
            (folder / name).write_text(FAKE_PROGRAM)
            (folder / name).chmod(0o755)

    def run(self, fail_on: str = "", message: str = "", status: str = "200") -> tuple[int, str]:
        """Return the exit status and the report."""
        result = subprocess.run(
            [self.folder / "deploy/prove.sh", "report.txt"],
            env={
                "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
                "CALLS": str(self.calls_file),
                "FAIL_ON": fail_on,
                "MESSAGE": message,
                "STATUS": status,
                "MOVR_PROVE_SECONDS": "1",
                "MOVR_PROVE_PAUSE": "0",
            },
            capture_output=True,
            check=False,
        )
        return result.returncode, (self.folder / "report.txt").read_text()

    def calls(self) -> list[str]:
        return self.calls_file.read_text().splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> FakeCheckout:
    return FakeCheckout(tmp_path)


def test_all_steps_pass_and_are_in_the_report(checkout: FakeCheckout) -> None:
    code, report = checkout.run()
    assert code == 0, report
    for title in ("start", "upgrade", "test suite", "hot statements", "europe-west1 lost"):
        assert f"passed: {title}" in report.split("== summary")[1]
    assert "2 in one region, 0 with other regions, 0 refused" in report
    calls = checkout.calls()
    assert "init.sh test" in calls
    paused = calls.index(
        "docker compose --project-name movr-prove pause"
        " europe-west1-a europe-west1-b europe-west1-c"
    )
    assert any(" unpause " in call for call in calls[paused:])
    assert calls[-1] == "docker compose --project-name movr-prove down --volumes"


def test_each_statement_runs_under_enforce_home_region_and_is_rolled_back(
    checkout: FakeCheckout,
) -> None:
    checkout.run()
    calls = checkout.calls_file.read_text()
    assert "SET enforce_home_region = on; BEGIN; SELECT 1;\n ROLLBACK" in calls
    assert "BEGIN; WITH a AS (SELECT 2)\nSELECT 3;\n ROLLBACK" in calls


@pytest.mark.parametrize(
    ("fail_on", "message", "line"),
    [
        ("up --build", "no space", "FAILED: start"),
        ("init.sh", "", "passed: test suite"),
        ("pause europe", "", "FAILED: europe-west1 lost"),
        ("SELECT 3", "ERROR: unknown function", "FAILED: hot statements"),
        ("SELECT 3", "ERROR: Query has no home region", "passed: hot statements"),
        ("SELECT 3", "violates foreign key SQLSTATE: 23503", "passed: hot statements"),
    ],
)
def test_a_step_that_fails_is_named_and_the_others_go_on(
    checkout: FakeCheckout, fail_on: str, message: str, line: str
) -> None:
    code, report = checkout.run(fail_on, message)
    summary = report.split("== summary")[1]
    assert line in summary
    assert message in report
    assert summary.count("passed: ") + summary.count("FAILED: ") == 6
    assert code == (1 if "FAILED" in summary else 0)
    assert "down --volumes" in checkout.calls()[-1], "the stack is removed in any case"


def test_without_docker_nothing_is_started(checkout: FakeCheckout) -> None:
    (checkout.folder / "report.txt").write_text("an earlier report")
    code, report = checkout.run(fail_on="version")
    assert code == 1
    assert report == "an earlier report"
    assert checkout.calls() == ["docker compose version"]


def test_another_region_that_is_lost_too_is_a_failure(checkout: FakeCheckout) -> None:
    code, report = checkout.run(status="503")
    assert code == 1
    assert "FAILED: europe-west1 lost" in report


def test_the_files_that_the_script_uses_exist() -> None:
    script = (config.ROOT / "deploy/prove.sh").read_text()
    for name in ("tests/golden/statements.cockroachdb.sql", "init.sh", "docker-compose.yml"):
        assert name in script
        assert (config.ROOT / name).exists()
    assert os.access(config.ROOT / "deploy/prove.sh", os.X_OK)
