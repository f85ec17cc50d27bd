"""The kinds of lines that a receipt has."""

from enum import StrEnum


class LineKind(StrEnum):
    """What a line of a receipt is for. Stored in ``rides.price_lines``."""

    UNLOCK = "unlock"
    MINUTES = "minutes"
    CAP = "cap"  # negative: what the ride would cost above the fare cap
    PARKING = "parking"
    RESERVATION = "reservation"
    TAX = "tax"  # added to the prices
    TAX_INCLUDED = "tax_included"  # part of the prices; the line's amount is 0
