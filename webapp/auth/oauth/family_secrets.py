"""The texts of authorization codes and refresh tokens: ``movr_rt_us-east1.0b9c..._s3cr3t``.

Both name the family that they are of, so that its row is read without asking every region. Only
digests of their secrets are stored. The secret of each refresh token follows from the one before it
and SECRET_KEY: an app whose answer was lost asks again, and gets the same one. Its second half is a
MAC of the first, so that a token that was used before is told from one that somebody has made up.
"""

import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from hmac import compare_digest, digest
from typing import NamedTuple
from uuid import UUID

from webapp.db.keys import REGION_PATTERN, RowKey
from webapp.encryption import digest_secret

CODE_PREFIX, REFRESH_PREFIX = "movr_code_", "movr_rt_"


class FamilySecret(NamedTuple):
    """A code or a refresh token as an app has it."""

    family_key: RowKey
    secret: str

    @property
    def digest(self) -> str:
        """What is stored of the secret: SHA-256, hexadecimal."""
        return digest_secret(self.secret)

    def make_next(self, server_key: str) -> "FamilySecret":
        """Return what the app gets for it: the refresh token that follows."""
        value = _make_mac(server_key, f"refresh token {self.family_key.id} {self.secret}")
        value += self._sign(value, server_key)
        return self._replace(secret=urlsafe_b64encode(value).decode().rstrip("="))

    def is_genuine(self, server_keys: Iterable[str]) -> bool:
        """Tell whether it is a refresh token of its family, the present one or an earlier one."""
        value = urlsafe_b64decode(f"{self.secret}=")
        return any(compare_digest(value[16:], self._sign(value[:16], key)) for key in server_keys)

    def _sign(self, value: bytes, server_key: str) -> bytes:
        return _make_mac(server_key, f"signature {self.family_key.id} {value.hex()}")

    def as_text(self, prefix: str) -> str:
        return f"{prefix}{self.family_key.region}.{self.family_key.id.hex}_{self.secret}"


def _make_mac(server_key: str, text: str) -> bytes:
    """Return an HMAC of 16 bytes."""
    return digest(server_key.encode(), text.encode(), "sha256")[:16]


def make_code(family_key: RowKey) -> FamilySecret:
    """Return a new authorization code."""
    return FamilySecret(family_key, secrets.token_urlsafe(32))


def parse_family_secret(text: str, prefix: str) -> FamilySecret | None:
    """Return the code or the refresh token in a text; None if it is none."""
    pattern = (
        rf"{prefix}(?P<region>{REGION_PATTERN})\.(?P<id>[0-9a-f]{{32}})"
        r"_(?P<secret>[A-Za-z0-9_-]{43})"
    )
    match = re.fullmatch(pattern, text, re.ASCII)
    if match is None:
        return None
    return FamilySecret(RowKey(match["region"], UUID(match["id"])), match["secret"])
