"""The accounts of the demo, and their password, which is made on this machine."""

import secrets
from pathlib import Path

from flask import current_app

from webapp.auth.models import User
from webapp.auth.services.registration import Registration, register
from webapp.auth.services.role_grants import grant_role
from webapp.auth.services.users import find_user
from webapp.regions.models import City
from webapp.web.roles import Role

#: First name and last name of each account. Its username is the role.
NAMES = {
    Role.RIDER: ("Robin", "Rider"),
    Role.OWNER: ("Olga", "Owner"),
    Role.SUPPORT: ("Sara", "Support"),
    Role.MECHANIC: ("Milo", "Mechanic"),
    Role.ANALYST: ("Anna", "Analyst"),
    Role.FLEET: ("Farid", "Fleet"),
    Role.ADMIN: ("Ada", "Admin"),
}
#: Other riders, whose rides and reports staff look after; their username is the first name.
OTHER_RIDERS = (("Mia", "Marlow"), ("Theo", "Tanaka"), ("Ines", "Ibarra"), ("Sam", "Okafor"))
#: Characters of the password: without those that look alike on a screen (i, l, o, 0, 1).
READABLE_CHARACTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def add_accounts(city: City) -> dict[Role, User]:
    """Return the account of each role, after adding those that do not exist."""
    password = read_password() or _make_password()
    accounts = {}
    for role, names in NAMES.items():
        accounts[role] = _find_or_add(role, names, city, password)
        if role is not Role.RIDER:
            grant_role(accounts[role].key, role)
    return accounts


def add_other_riders(city: City) -> list[User]:
    """Return the other riders, after adding those that do not exist."""
    password = read_password() or _make_password()
    return [_find_or_add(names[0].lower(), names, city, password) for names in OTHER_RIDERS]


def read_password() -> str | None:
    """Return the password that was made on this machine, or None."""
    file = _password_file()
    return file.read_text().strip() if file.exists() else None


def _make_password() -> str:
    groups = ["".join(secrets.choice(READABLE_CHARACTERS) for _ in range(4)) for _ in range(3)]
    password = "-".join(groups)
    file = _password_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(password + "\n")
    return password


def _password_file() -> Path:
    return Path(current_app.instance_path) / "demo-password.txt"


def _find_or_add(username: str, names: tuple[str, str], city: City, password: str) -> User:
    email = f"{username}@example.org"
    user = find_user(email)
    if user is None:
        registration = Registration(city, *names, username, email, password)
        user = register(registration, is_email_confirmed=True)
    return user
