"""Encryption of small secrets at rest, so that a copy of the database is of no use alone.

Encrypted and signed (Fernet) with keys that are derived from SECRET_KEY. What was encrypted with
one of SECRET_KEY_FALLBACKS can be decrypted, too.
"""

import logging
from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

log = logging.getLogger(__name__)


def digest_secret(secret: str) -> str:
    """Return what is stored of a secret with 120 random bits or more, SHA-256, hexadecimal: a slow
    hash would add nothing."""
    return sha256(secret.encode()).hexdigest()


def encrypt(plaintext: str, context: str) -> str:
    """Return the text encrypted: about twice as long, and 100 characters more.

    context: what the secret belongs to, in words that never change. It is part of the key, so a
        secret that is copied to another row cannot be decrypted there.
    """
    return _make_cipher(context).encrypt(plaintext.encode()).decode("ascii")


def decrypt(ciphertext: str, context: str) -> str | None:
    """Return the plaintext; None when it was not encrypted here, for this context."""
    try:
        return _make_cipher(context).decrypt(ciphertext.encode()).decode()
    except InvalidToken:
        return None


def decrypt_stored(ciphertext: str, context: str) -> str | None:
    """Return the plaintext of a stored secret; None, and an error in the log, without its key."""
    plaintext = decrypt(ciphertext, context)
    if plaintext is None:
        log.error("cannot decrypt the secret of %s: does SECRET_KEY_FALLBACKS lack a key?", context)
    return plaintext


def derive_keys(context: str) -> list[str]:
    """Return keys for this context alone, of SECRET_KEY and the earlier ones: to sign with the
    first, and accept what another one has signed."""
    return [_derive_key(key, context).decode("ascii") for key in list_secret_keys()]


def _make_cipher(context: str) -> MultiFernet:
    return MultiFernet(Fernet(_derive_key(key, context)) for key in list_secret_keys())


def list_secret_keys() -> list[str]:
    """Return SECRET_KEY and the earlier ones."""
    return [current_app.config["SECRET_KEY"], *current_app.config["SECRET_KEY_FALLBACKS"]]


def _derive_key(key: str, context: str) -> bytes:
    """Return a key for this context alone, from which nobody can find the one that signs cookies.

    The text of ``info`` must not change: stored secrets could not be decrypted any more.
    """
    derivation = HKDF(SHA256(), length=32, salt=None, info=f"movr vault, {context}".encode())
    return urlsafe_b64encode(derivation.derive(key.encode()))
