"""Every bench runs: each for about a second, in a process of its own, where its figures mean
nothing."""

import inspect
import os
import re
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from bench.run import find_benches, main
from bench.support.report import Figure, Section, missed_limits
from tests.browser.conftest import chromium
from tests.databases import TEMPLATE
from tests.performance.document import FOLDER
from tests.processes import CommandProcess
from tests.waiting import WAIT_TIMEOUT_S

BENCHES = find_benches()
SECTION = re.compile("<!-- begin ([^:>]+) -->")
NEEDS_CHROMIUM = {"first_paint", "live_markers"}


def run_benches(output: Path, server: URL, *arguments: str) -> str:
    process = CommandProcess(
        output,
        *arguments,
        command="bench.run:main",
        **{
            **os.environ,
            "MOVR_BENCH_SERVER": server.render_as_string(hide_password=False),
            "MOVR_BENCH_TEMPLATE": TEMPLATE,
        },
    )
    exit_code = process.wait(WAIT_TIMEOUT_S * 3)
    process.kill()
    assert exit_code == 0, process.output[-4000:]
    return process.output


@pytest.mark.postgresql_plans  # the template is PostgreSQL's
@pytest.mark.parametrize("name", BENCHES)
def test_every_bench_has_a_quick_mode_that_runs(server: URL, tmp_path: Path, name: str) -> None:
    parameters = inspect.signature(import_module(f"bench.{name}").measure).parameters
    assert list(parameters) == ["quick"]
    if name in NEEDS_CHROMIUM:
        chromium()  # skips the test on a machine without one
    report = run_benches(tmp_path / "report", server, "--quick", name)
    assert f"({name})" in report
    assert "Measured on" in report or "Computed from" in report
    assert report.count("\n| ") >= 3, "a head, a rule and at least one row"


def test_the_report_has_benches_of_pages_and_of_the_distance() -> None:
    assert {"latency", "first_paint", "zones"} <= set(BENCHES)


def test_each_section_with_figures_is_written_by_a_bench() -> None:
    sections = {name for file in FOLDER.glob("*.md") for name in SECTION.findall(file.read_text())}
    assert "first_paint" in sections
    assert sections - {"NAME", "round trips", "permissions"} <= set(BENCHES)


def test_a_figure_above_its_limit_is_named() -> None:
    slow = Figure("the list", "bare Flask", 3.0, 0.5, limit=2.5)
    fast = Figure("the feed", "bare Flask", 0.6, 0.5, limit=1.0)
    assert missed_limits([slow, fast]) == ["the list: 3.00 ms CPU, not 2.5."]
    assert slow.cells()["ratio"] == "6.0"


def test_a_section_is_a_table_for_people() -> None:
    section = Section("Pages", "How.", [Figure("the list", "bare Flask", 3.0, 0.5)])
    assert section.to_markdown().splitlines()[2] == (
        "| what | beside | unit | measured | yardstick | ratio | limit |"
    )


def test_an_unknown_bench_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["nothing"])
    assert "There is no bench nothing." in capsys.readouterr().err
