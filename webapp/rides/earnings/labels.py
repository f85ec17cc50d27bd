"""What people read for revenue shares."""

from babel.numbers import format_percent

from webapp.rides.earnings.models import WHOLE_PRICE
from webapp.translations import request_language


def format_basis_points(basis_points: int) -> str:
    """Return a share as people of the visitor's language write it: ``12.5%``."""
    locale = request_language().locale
    return format_percent(basis_points / WHOLE_PRICE, "#,##0.##%", locale=locale)
