"""The texts that hold until an operator publishes others: Markdown files, in English."""

from functools import cache
from pathlib import Path

from webapp.texts.enums import TextKind

FOLDER = Path(__file__).parent
LANGUAGE = "en"


@cache
def read_default_text(kind: TextKind) -> str:
    """Return the default text of a kind that has a page."""
    return (FOLDER / f"{kind}.md").read_text(encoding="utf-8")
