"""The roles that a route can require."""

from enum import StrEnum


class Role(StrEnum):
    """What an account may do. ``rider`` is everyone and is not stored."""

    RIDER = "rider"
    OWNER = "owner"
    FLEET = "fleet"
    ADMIN = "admin"


#: Roles that hold others: an admin may do all that fleet staff may.
IMPLIED: dict[Role, set[Role]] = {Role.ADMIN: {Role.FLEET}}
#: Roles that see or change what is not their own.
STAFF = {Role.FLEET, Role.ADMIN}
