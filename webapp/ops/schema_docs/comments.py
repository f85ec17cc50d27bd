"""Reads the ``#:`` comments of the models: what a column means, and which query an index serves."""

import ast
import inspect
import textwrap
from collections.abc import Iterator

from webapp.extensions import Base

MARK = "#:"


def read_comments(model: type[Base]) -> dict[str, str]:
    """Return the comments in the source of ``model``, by the name of the column, index or unique
    constraint that stands below each."""
    source = textwrap.dedent(inspect.getsource(model))
    lines = source.splitlines()
    definition = ast.parse(source).body[0]
    comments = {
        name: _find_comment_above(lines, line) for name, line in _find_named_definitions(definition)
    }
    return {name: comment for name, comment in comments.items() if comment}


def _find_named_definitions(definition: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield the name and the line of each mapped attribute, index and constraint."""
    for node in ast.walk(definition):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node.lineno
        elif isinstance(node, ast.Call) and (name := _name_argument(node)):
            yield name, node.lineno


def _name_argument(call: ast.Call) -> str:
    """Return the name that is given to ``Index(name, ...)``, ``mapped_column(name, ...)`` or
    ``UniqueConstraint(..., name=)``."""
    kind = call.func.id if isinstance(call.func, ast.Name) else ""
    named = [keyword.value for keyword in call.keywords if keyword.arg == "name"]
    first = call.args[:1]
    value = {"Index": first, "mapped_column": first, "UniqueConstraint": named}.get(kind)
    return str(value[0].value) if value and isinstance(value[0], ast.Constant) else ""


def _find_comment_above(lines: list[str], number: int) -> str:
    """Return the text of the comment above line ``number``, which counts from 1."""
    words: list[str] = []
    for line in reversed(lines[: number - 1]):
        if not line.lstrip().startswith(MARK):
            break
        words.insert(0, line.strip().removeprefix(MARK).strip())
    return " ".join(words)
