"""Scopes: what a program may do with an access token of an account (RFC 6749, section 3.3).

A scope gives nothing that the account itself may not do. Views are marked with the scope that they
need (``requires_scope`` in webapp/web/access.py).
"""

from enum import StrEnum


class Scope(StrEnum):
    """The values stand in tokens and documents: they never change."""

    #: The account: name, home city, roles, what runs now.
    ACCOUNT_READ = "account:read"
    #: Rides and receipts.
    RIDES_READ = "rides:read"
    #: Start, pause and end rides.
    RIDES_WRITE = "rides:write"
