"""The demo's four accounts and their one password, which is made on this machine."""

import secrets
from pathlib import Path

from flask import current_app

from webapp.auth.models import User
from webapp.auth.services import registration
from webapp.regions.models import City
from webapp.web.roles import Role

#: username -> first name, last name. The role is the username.
PEOPLE = {
    Role.RIDER: ("Robin", "Rider"),
    Role.OWNER: ("Olga", "Owner"),
    Role.FLEET: ("Farid", "Fleet"),
    Role.ADMIN: ("Ada", "Admin"),
}
#: Without i, l, o and their like: it is read from a screen and typed on a phone.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def open_accounts(city: City) -> dict[Role, User]:
    """Return the four accounts, opening those that are not there."""
    password = stored_password() or _make_password()
    return {role: _find_or_open(role, city, password) for role in PEOPLE}


def stored_password() -> str | None:
    """Return the password that was made when the demo came to this machine, or None."""
    file = _password_file()
    return file.read_text().strip() if file.exists() else None


def _make_password() -> str:
    password = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
    file = _password_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(password + "\n")
    return password


def _password_file() -> Path:
    return Path(current_app.instance_path) / "demo-password.txt"


def _find_or_open(role: Role, city: City, password: str) -> User:
    email = f"{role}@example.org"
    user = registration.find_user(email)
    if user is None:
        first_name, last_name = PEOPLE[role]
        told = registration.Registration(city, first_name, last_name, role, email, password)
        user = registration.register(told, confirmed=True)
    if role is not Role.RIDER:
        registration.grant(user.key, role)
    return user
