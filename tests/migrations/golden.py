"""Golden files: text that is looked at once, kept, and compared from then on.

``MOVR_WRITE_GOLDEN=1 .venv/bin/python -m pytest tests/migrations`` writes them anew; look at the
difference before it is committed.
"""

import os
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "golden"


def assert_golden(name: str, text: str) -> None:
    file = FOLDER / name
    if os.environ.get("MOVR_WRITE_GOLDEN"):
        file.write_text(text)
    assert file.read_text() == text, (
        f"{file} differs; if that is wanted: MOVR_WRITE_GOLDEN=1 pytest tests/migrations"
    )
