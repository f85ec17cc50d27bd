"""Documents of docs/: text for people, around sections that programs write.

A section stands between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``.
"""

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs"


def read_section(name: str) -> str:
    """Return what stands in the section now."""
    return _find(name)[1][2]


def has_section(name: str) -> bool:
    """Tell whether a document has a section of that name."""
    return any(_match(file, name) for file in FOLDER.glob("*.md"))


def write_section(name: str, text: str) -> None:
    """Put another text there."""
    file, match = _find(name)
    document = match.string
    file.write_text(document[: match.start(2)] + text + document[match.end(2) :])


def _find(name: str) -> tuple[Path, re.Match[str]]:
    """Return the document with the section, and where it stands."""
    for file in FOLDER.glob("*.md"):
        if match := _match(file, name):
            return file, match
    raise LookupError(f"No document has a section {name}.")


def _match(file: Path, name: str) -> re.Match[str] | None:
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    return re.search(f"({begin})(.*?)({end})", file.read_text(), re.DOTALL)


def table(head: list[str], rows: list[list[object]]) -> str:
    """Return a Markdown table whose columns but the first two are numbers."""
    rule = ["---" if number < 2 else "--:" for number in range(len(head))]
    lines = [head, rule, *([str(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
