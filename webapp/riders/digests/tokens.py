"""The token of the link that ends a digest. It names the account and the digest.

It does not expire and has no row: it works after a change of address, and does nothing after the
account is deleted."""

from dataclasses import dataclass
from typing import Self

from webapp import encryption
from webapp.db.keys import RowKey
from webapp.riders.digests.enums import Digest

#: Part of the key, so that nothing else that is encrypted is accepted here.
CONTEXT = "unsubscribe"


@dataclass(frozen=True)
class UnsubscribeToken:
    """Written as 150 to 250 characters of base64url, encrypted and signed."""

    user_key: RowKey
    digest: Digest

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read the written form. None: it was not made here, or was cut off on its way."""
        plaintext = encryption.decrypt(text, CONTEXT) if text.isascii() else None
        if plaintext is None:
            return None
        digest, _, key = plaintext.partition(" ")
        return cls(RowKey.parse(key), Digest(digest))

    def __str__(self) -> str:
        return encryption.encrypt(f"{self.digest} {self.user_key}", CONTEXT)
