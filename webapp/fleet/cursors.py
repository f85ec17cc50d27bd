"""Encrypted cursors of public lists.

A cursor holds the id and the age of a vehicle, by which it could be recognised after a ride.
"""

from dataclasses import replace
from typing import TypeVar

from flask import abort

from webapp.auth import encryption
from webapp.db.paging import Page

Row = TypeVar("Row")

#: What the cursors belong to: other secrets of the application do not decrypt as a cursor.
OWNER = "cursors of public lists"


def encrypt_cursor(page: Page[Row]) -> Page[Row]:
    """Return the page with its cursor encrypted."""
    return replace(page, after=encryption.encrypt(page.after, OWNER)) if page.after else page


def decrypt_cursor(text: str | None) -> str | None:
    """Return the cursor in a query string; a text that we have not encrypted is a 404."""
    return (encryption.decrypt(text, OWNER) or abort(404)) if text else None
