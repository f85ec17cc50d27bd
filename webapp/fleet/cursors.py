"""Cursors of public lists, sealed: where a page ended stands in the address of the next one, and
tells a vehicle's own id and age, by which it would be known again after a ride."""

from dataclasses import replace
from typing import TypeVar

from flask import abort

from webapp.auth import encryption
from webapp.db.paging import Page

Row = TypeVar("Row")

OWNER = "cursors of public lists"


def sealed(page: Page[Row]) -> Page[Row]:
    """Return the page with a cursor that tells nothing."""
    return replace(page, after=encryption.encrypt(page.after, OWNER)) if page.after else page


def opened(text: str | None) -> str | None:
    """Return the cursor that was sealed; what we have not sealed is a 404."""
    return (encryption.decrypt(text, OWNER) or abort(404)) if text else None
