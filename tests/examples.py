"""How many random examples a test tries: few by day, many times as many at night."""

import os


def examples(number: int) -> int:
    """Return ``number``, times MOVR_TEST_EXAMPLES if that is set."""
    return number * int(os.environ.get("MOVR_TEST_EXAMPLES", "1"))
