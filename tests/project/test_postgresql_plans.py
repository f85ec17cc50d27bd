"""The whole suite can run on CockroachDB: tests that only PostgreSQL can run are marked."""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
#: The only module that says VACUUM and EXPLAIN, the list of what CockroachDB refuses, and this.
#: Many rows are made for the benches, and for the test of growth, which is marked.
SAY_SO = {"bulk_rows.py", "explain.py", "test_cockroach_refusals.py", "test_postgresql_plans.py"}
HELPERS = {"explain_plan", "explain_writes", "vacuum"}
MARKER = "pytest.mark.postgresql_plans"


def find_functions(source: str) -> Iterator[ast.FunctionDef]:
    """Yield the functions that use PostgreSQL's plans and are not marked, nor is their file."""
    module = ast.parse(source)
    for statement in module.body:
        if ast.unparse(statement).startswith("pytestmark") and MARKER in ast.unparse(statement):
            return
    for function in ast.walk(module):
        if isinstance(function, ast.FunctionDef):
            names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
            if names & HELPERS and MARKER not in map(ast.unparse, function.decorator_list):
                yield function


def test_each_test_of_postgresqls_plans_is_marked() -> None:
    unmarked_tests = {
        f"{file.relative_to(TESTS)}::{function.name}"
        for file in TESTS.rglob("test_*.py")
        for function in find_functions(file.read_text())
    }
    assert unmarked_tests == set()


def test_vacuum_and_explain_stand_in_one_file() -> None:
    files = [file for file in TESTS.rglob("*.py") if file.name not in SAY_SO]
    files_with_keyword = [
        str(file.relative_to(TESTS))
        for file in files
        if any(f'"{keyword} ' in file.read_text() for keyword in ("VACUUM", "EXPLAIN"))
    ]
    assert files_with_keyword == []


def test_an_unmarked_test_would_be_noticed() -> None:
    source = "def test_a():\n    plan = explain_plan(lambda: read())\n"
    assert [function.name for function in find_functions(source)] == ["test_a"]
    assert list(find_functions(f"@{MARKER}\n{source}")) == []
    assert list(find_functions(f"pytestmark = [{MARKER}]\n{source}")) == []
