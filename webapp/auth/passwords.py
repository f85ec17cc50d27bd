"""The one module that knows how passwords are kept (Flask-Bcrypt)."""

from functools import cache

from flask import current_app

from webapp.extensions import bcrypt

SHORTEST, LONGEST = 8, 128


def hash_password(password: str) -> str:
    """Return the text to store for a password of any characters and length."""
    hashed: bytes = bcrypt.generate_password_hash(password)
    return hashed.decode("ascii")


def verify(password: str, stored: str | None) -> bool:
    """Tell whether the password is the stored one.

    Without a stored one it takes as long and says no, so that the clock does not tell whether an
    account exists.
    """
    reference = stored or _nobodys_hash(current_app.config["BCRYPT_LOG_ROUNDS"])
    matches: bool = bcrypt.check_password_hash(reference, password)
    return matches and stored is not None


@cache
def _nobodys_hash(rounds: int) -> str:
    hashed: bytes = bcrypt.generate_password_hash("nobody has this password", rounds)
    return hashed.decode("ascii")
