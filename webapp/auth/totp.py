"""Time-based one-time passwords of an authenticator app (TOTP, RFC 6238).

The one module that knows pyotp. Nothing here asks the database.
"""

from dataclasses import dataclass

import pyotp
from pyotp.exceptions import OTPVerificationError

#: An app shows a new code every 30 seconds: the time step of RFC 6238.
TIME_STEP_S = 30
#: Clocks differ, so the codes of this many time steps before and after the present one are
#: accepted, too (RFC 6238, section 5.2): a code is valid for 90 seconds.
ALLOWED_DRIFT_STEPS = 1
DIGITS = 6
#: The name under which the app lists the account.
ISSUER = "MovR"


@dataclass(frozen=True)
class AuthenticatorSetup:
    """What an authenticator app must know of an account."""

    #: 160 bits in base 32.
    secret: str
    username: str

    @property
    def uri(self) -> str:
        """The ``otpauth:`` address, which an app on the same device opens."""
        uri: str = _make_totp(self.secret).provisioning_uri(name=self.username, issuer_name=ISSUER)
        return uri

    @property
    def qr_code(self) -> str:
        """The address as a QR code, in the form of a ``data:`` URL."""
        import segno  # when it is needed: it imports parsers of XML, too

        url: str = segno.make(self.uri, micro=False).svg_data_uri(scale=5, light="#fff")
        return url

    @property
    def spaced_secret(self) -> str:
        """The secret in groups of four letters, for people who type it."""
        return group_by_four(self.secret, " ")


def make_secret() -> str:
    """Return a random secret: 160 bits in base 32."""
    return pyotp.random_base32()


def find_time_step(secret: str, code: str) -> int | None:
    """Return the number of the time step whose code this is; None when it is no valid code."""
    try:
        return _make_totp(secret).verify_and_get_timecode(code, valid_window=ALLOWED_DRIFT_STEPS)
    except OTPVerificationError:
        return None


def _make_totp(secret: str) -> pyotp.TOTP:
    return pyotp.TOTP(secret, digits=DIGITS, interval=TIME_STEP_S)


def group_by_four(text: str, separator: str) -> str:
    return separator.join(text[n : n + 4] for n in range(0, len(text), 4))
