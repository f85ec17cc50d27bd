"""Months in addresses."""

import re
from datetime import date

from webapp.errors import NotFound

_MONTH = re.compile(r"2[0-9]{3}-(0[1-9]|1[0-2])")


def read_month(text: str) -> date:
    """Return the first day of a month like ``2026-08``; raises NotFound for another text."""
    if not _MONTH.fullmatch(text):
        raise NotFound
    return date.fromisoformat(f"{text}-01")
