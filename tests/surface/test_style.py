"""The tools that read the code agree with it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("tool", [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]])
def test_the_code_passes(tool: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-m", *tool], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_environment_variables_are_read_in_one_place() -> None:
    readers = [
        file.name
        for file in [*ROOT.glob("*.py"), *(ROOT / "webapp").rglob("*.py")]
        if "os.environ" in file.read_text() or "getenv" in file.read_text()
    ]
    assert readers == ["config.py"]


def test_modules_import_downwards_only() -> None:
    """rides → fleet → riders → auth: nobody looks up."""
    order = ["auth", "riders", "fleet", "rides"]
    for position, module in enumerate(order):
        for file in (ROOT / "webapp" / module).rglob("*.py"):
            for above in order[position + 1 :]:
                assert f"webapp.{above}" not in file.read_text(), f"{file} looks up to {above}"
