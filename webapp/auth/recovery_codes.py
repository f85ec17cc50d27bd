"""Recovery codes: each stands in once for the code of a lost authenticator app."""

import re
import secrets
from base64 import b32encode

from webapp.auth.totp import group_by_four
from webapp.encryption import digest_secret

#: How many codes an account gets at once.
NUMBER_OF_CODES = 10
#: Random bytes of a code: 120 bits, which is 24 letters and digits in base 32.
BYTES_PER_CODE = 15

#: Digits that base 32 does not have, and the letters that they were misread from.
MISREAD_DIGITS = str.maketrans("01", "ol")


def make_recovery_codes() -> list[str]:
    """Return new codes as people see them: ``abcd-efgh-ijkl-mnop-qrst-uvwx``."""
    random_bytes = (secrets.token_bytes(BYTES_PER_CODE) for _ in range(NUMBER_OF_CODES))
    return [group_by_four(b32encode(each).decode().lower(), "-") for each in random_bytes]


def normalize_code(typed: str) -> str:
    """Return what somebody typed in small letters, without spaces and hyphens."""
    return re.sub(r"[^0-9a-z]", "", typed.lower())


def is_recovery_code(code: str) -> bool:
    """Tell whether a normalized code is meant as a recovery code: it has letters, the app's not."""
    return bool(code) and not code.isdecimal()


def digest_recovery_code(code: str) -> str:
    """Return the digest that is stored."""
    return digest_secret(normalize_code(code).translate(MISREAD_DIGITS))
