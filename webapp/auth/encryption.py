"""Small secrets at rest: whoever reads the database, or a copy of it, can do nothing with them.

Encrypted and signed (Fernet) with keys that come from SECRET_KEY; what was locked with one of
SECRET_KEY_FALLBACKS opens, too.
"""

import logging
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

log = logging.getLogger(__name__)


def lock(secret: str, owner: str) -> str:
    """Return the secret as it may be stored: about twice as long, and 100 characters more.

    owner: what it belongs to, in words that never change. In the row of another it does not open,
    so nobody can put their own secret in another's place.
    """
    return _box(owner).encrypt(secret.encode()).decode("ascii")


def unlock(locked: str, owner: str) -> str | None:
    """Return the secret; None, and a line in the log, when none of today's keys opens it."""
    secret = unlock_if_ours(locked, owner)
    if secret is None:
        log.error("no key opens the secret of %s: is one missing in SECRET_KEY_FALLBACKS?", owner)
    return secret


def unlock_if_ours(given: str, owner: str) -> str | None:
    """Return the secret of what a visitor sends back; None for what we have not locked."""
    try:
        return _box(owner).decrypt(given.encode()).decode()
    except InvalidToken:
        return None


def _box(owner: str) -> MultiFernet:
    config = current_app.config
    keys = [config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]]
    return MultiFernet(Fernet(_derived(key, owner)) for key in keys)


def _derived(key: str, owner: str) -> bytes:
    """Return a key for this use alone: it tells nothing of the one that signs cookies."""
    derive = HKDF(SHA256(), length=32, salt=None, info=f"movr vault, {owner}".encode())
    return urlsafe_b64encode(derive.derive(key.encode()))
