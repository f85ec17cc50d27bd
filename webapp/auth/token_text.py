"""The text of a personal access token: ``movr_pat_us-east1.0b9c..._s3cr3t``.

Its prefix is one that scanners for secrets find. Region and id stand in it, so that its row is read
without asking every region. Only a digest of the secret is stored: it has 256 random bits, so a
fast digest is enough.
"""

import re
import secrets
from typing import NamedTuple
from uuid import UUID

from webapp.db.keys import REGION_PATTERN, RowKey
from webapp.encryption import digest_secret

PREFIX = "movr_pat_"
#: docs/security.md gives it to scanners.
PATTERN = re.compile(
    rf"{PREFIX}(?P<region>{REGION_PATTERN})\.(?P<id>[0-9a-f]{{32}})_(?P<secret>[A-Za-z0-9_-]{{43}})"
)


class TokenText(NamedTuple):
    """A token as its owner has it."""

    key: RowKey
    secret: str

    def __str__(self) -> str:
        return f"{PREFIX}{self.key.region}.{self.key.id.hex}_{self.secret}"

    @property
    def digest(self) -> str:
        """What is stored of the secret: SHA-256, hexadecimal."""
        return digest_secret(self.secret)


def make_token_text(key: RowKey) -> TokenText:
    """Return a new token with the key."""
    return TokenText(key, secrets.token_urlsafe(32))


def parse_token_text(text: str) -> TokenText | None:
    """Return the token in a text; None if it is none."""
    match = PATTERN.fullmatch(text)
    if match is None:
        return None
    return TokenText(RowKey(match["region"], UUID(match["id"])), match["secret"])
