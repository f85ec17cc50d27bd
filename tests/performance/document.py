"""docs/performance.md: text for people, around sections that programs write.

A section stands between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``.
"""

import re
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"


def read_section(name: str) -> str:
    """Return what stands in the section now."""
    return _find(name)[2]


def has_section(name: str) -> bool:
    return f"<!-- begin {name} -->\n" in FILE.read_text()


def write_section(name: str, text: str) -> None:
    """Put another text there."""
    match = _find(name)
    document = FILE.read_text()
    FILE.write_text(document[: match.start(2)] + text + document[match.end(2) :])


def _find(name: str) -> re.Match[str]:
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    match = re.search(f"({begin})(.*?)({end})", FILE.read_text(), re.DOTALL)
    assert match, f"{FILE} has no section {name}"
    return match


def table(head: list[str], rows: list[list[object]]) -> str:
    """Return a Markdown table whose columns but the first two are numbers."""
    rule = ["---" if number < 2 else "--:" for number in range(len(head))]
    lines = [head, rule, *([str(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
