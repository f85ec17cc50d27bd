"""Codes that people type: those of an authenticator app, and those that stand in for a lost one.

The one module that knows pyotp. Nothing here asks the database.
"""

import re
import secrets
from base64 import b32encode
from dataclasses import dataclass
from hashlib import sha256

import pyotp
import segno
from pyotp.exceptions import OTPVerificationError

ISSUER = "MovR"
#: 120 bits, which is 24 letters and digits of base 32.
RECOVERY_CODE_BYTES = 15
RECOVERY_CODES = 10

#: Base 32 has no such digits: they are letters that were read wrongly from paper.
MISREAD = str.maketrans("01", "ol")


@dataclass(frozen=True)
class Setup:
    """What an authenticator app must know of an account."""

    secret: str
    username: str

    @property
    def link(self) -> str:
        """The address that an app on the same phone opens."""
        return pyotp.TOTP(self.secret).provisioning_uri(name=self.username, issuer_name=ISSUER)

    @property
    def picture(self) -> str:
        """The link as a QR code: the address of an image that is its own file."""
        drawn: str = segno.make(self.link, micro=False).svg_data_uri(scale=5, light="#fff")
        return drawn

    @property
    def letters(self) -> str:
        """The secret in groups of four, to be typed."""
        return grouped(self.secret, " ")


def new_secret() -> str:
    """Return a secret for an app: 160 bits in base 32."""
    return pyotp.random_base32()


def step_of(secret: str, code: str) -> int | None:
    """Return the number of the 30 seconds whose code this is, or None.

    Clocks differ: the code before the present one and the one after it are good as well.
    """
    try:
        return pyotp.TOTP(secret).verify_and_get_timecode(code, valid_window=1)
    except OTPVerificationError:
        return None


def clean(typed: str) -> str:
    """Return what somebody typed without blanks and hyphens, in small letters."""
    return re.sub(r"[^0-9a-z]", "", typed.lower())


def is_of_app(code: str) -> bool:
    """Tell whether a clean code is meant to be one of an app, and not a recovery code."""
    return not code or code.isdecimal()


def new_recovery_codes() -> list[str]:
    """Return ten recovery codes as people see them: ``abcd-efgh-ijkl-mnop``."""
    drawn = (secrets.token_bytes(RECOVERY_CODE_BYTES) for _ in range(RECOVERY_CODES))
    return [grouped(b32encode(each).decode().lower(), "-") for each in drawn]


def digest(recovery_code: str) -> str:
    """Return what is kept of a recovery code. With 120 bits of chance it needs no slow hash."""
    return sha256(clean(recovery_code).translate(MISREAD).encode()).hexdigest()


def grouped(text: str, separator: str) -> str:
    return separator.join(text[n : n + 4] for n in range(0, len(text), 4))
