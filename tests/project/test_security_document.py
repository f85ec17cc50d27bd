"""docs/security.md says only what is so: the code it names is there, and so are the tests."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from config import Configuration

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "security.md"
#: Where a requirement is not met, this stands in place of a test or after it, with the reason.
GAP = "not met: "


def rows() -> list[list[str]]:
    """Return the cells of each line of a table that begins with a number."""
    lines = re.findall(r"^\| (\d.*) \|$", DOCUMENT.read_text(), re.MULTILINE)
    return [[cell.strip() for cell in line.split(" | ")] for line in lines]


@cache
def names_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_the_document_has_a_row_for_each_requirement_and_no_other_shape() -> None:
    assert {len(row) for row in rows()} == {4}
    numbers = [int(row[0].split()[0]) for row in rows()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 60


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0].split()[0])
def test_the_files_and_tests_of_a_row_exist(row: list[str]) -> None:
    _, _, code, proof = row
    paths = re.findall(r"`([^`]+)`", code)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
    tests, _, reason = proof.partition(GAP)
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", tests)
    assert len(named) == tests.count("`") // 2 <= 4, "each is tests/folder/test_file.py::test_name"
    assert named or reason, "a test, or the reason why not"
    for file, test in named:
        assert test in names_in(file), f"{file} has no {test}"


def test_the_named_settings_exist() -> None:
    named = set(re.findall(r"`([A-Z][A-Z_]+)`", DOCUMENT.read_text()))
    assert named
    assert [name for name in named if not hasattr(Configuration, name)] == []
