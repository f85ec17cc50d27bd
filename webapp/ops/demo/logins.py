"""Which accounts of the demo there are to sign in to."""

from typing import NamedTuple

from webapp.auth import passwords
from webapp.auth.services.users import find_user
from webapp.ops.demo.accounts import NAMES, read_password


class DemoLogins(NamedTuple):
    """The accounts of the demo's roles, by their usernames."""

    password: str
    #: Those that one signs in to with the password.
    working: list[str]
    #: Those that were deleted, or that the demo of an older release did not have.
    missing: list[str]


def find_logins() -> DemoLogins | None:
    """Return the accounts of the demo; None if it was never loaded on this machine."""
    password = read_password()
    if password is None:
        return None
    users = {role.value: find_user(role.value) for role in NAMES}
    working = [
        name
        for name, user in users.items()
        if user and not user.disabled_at and passwords.verify_password(password, user.password_hash)
    ]
    return DemoLogins(password, working, [name for name, user in users.items() if user is None])


def describe_logins(logins: DemoLogins) -> str:
    """Return ``sign in as rider or admin with the password ...``; '' if no account works."""
    *others, last = logins.working or [""]
    names = f"{', '.join(others)} or {last}" if others else last
    return f"sign in as {names} with the password {logins.password}" if names else ""


def describe_missing(logins: DemoLogins) -> str:
    """Return what brings missing accounts back; '' if there are none."""
    if not logins.missing:
        return ""
    return (
        f"Missing accounts of the demo: {', '.join(logins.missing)}. './init.sh flask demo' makes"
        " them anew, without the rides and vehicles that they had."
    )
