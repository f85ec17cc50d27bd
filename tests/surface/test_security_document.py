"""docs/security.md says only what is so: the code it names is there, and so are the tests."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "security.md"
#: Where a requirement is not met, this stands in place of a test, with the reason.
GAP = "not met:"


def rows() -> list[list[str]]:
    lines = DOCUMENT.read_text().splitlines()
    cells = [line.strip().strip("|").split(" | ") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in cells if not set(row[0]) <= {"-", " ", "|"}]


REQUIREMENTS = [row for row in rows() if re.match(r"\d", row[0])]


@cache
def tests_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_the_document_has_a_row_for_each_requirement_and_no_other_shape() -> None:
    assert [len(row) for row in REQUIREMENTS] == [4] * len(REQUIREMENTS)
    numbers = [int(re.match(r"\d+", row[0])[0]) for row in REQUIREMENTS]  # type: ignore[index]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 60


@pytest.mark.parametrize("row", REQUIREMENTS, ids=lambda row: row[0])
def test_what_a_row_names_is_there(row: list[str]) -> None:
    _, _, code, proof = row
    for path in re.findall(r"`([\w./-]+)`", code):
        assert (ROOT / path).exists(), path
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", proof)
    assert named or GAP in proof, "a test, or the reason why not"
    for file, test in named:
        assert (ROOT / file).exists(), file
        assert not test or test in tests_in(file), f"{file} has no {test}"
