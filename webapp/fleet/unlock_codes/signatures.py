"""Signatures of unlock codes: the address in a QR code holds one after the code.

They tell a scanned code from a guessed one, so that visitors can go on scanning where somebody
guesses. They permit nothing else, so labels without one, and labels that were printed with an
earlier SECRET_KEY, stay valid.
"""

import hmac

from webapp.encryption import list_secret_keys

SIGNATURE_LENGTH = 8
#: The letters of codes and signatures.
LETTERS = "23456789ACDEHKMX"
_HEX_TO_LETTERS = str.maketrans("0123456789abcdef", LETTERS)


def sign_code(code: str) -> str:
    """Return the code with its signature, for an address."""
    return f"{code}-{_sign(code, list_secret_keys()[0])}"


def is_signature(signature: str, code: str) -> bool:
    """Tell whether it is the signature of the code, with this SECRET_KEY or an earlier one."""
    keys = list_secret_keys()
    return any(hmac.compare_digest(signature, _sign(code, key)) for key in keys)


def _sign(code: str, key: str) -> str:
    digest = hmac.digest(key.encode(), f"unlock code {code}".encode(), "sha256").hex()
    return digest[:SIGNATURE_LENGTH].translate(_HEX_TO_LETTERS)
