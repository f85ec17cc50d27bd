"""How a subscribed feed is fetched. It is stored encrypted: URLs and headers may hold keys."""

from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from webapp.encryption import decrypt_stored, encrypt
from webapp.fleet.gbfs.http_files import FileVersion
from webapp.web.credentials import Credentials, hide_secrets
from webapp.web.fetching import Fetcher


@dataclass(frozen=True)
class FeedAccess:
    """The URL of a feed, and what its site receives with each request."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """A digest of the URL by which it is known again, also with another key."""
        shown = hide_secrets(self.url, keys_only=True)
        parts = urlsplit(shown)
        return sha256(parts._replace(netloc=parts.netloc.lower()).geturl().encode()).hexdigest()

    def make_fetcher(self, *, allows_private: bool) -> Fetcher:
        credentials = Credentials(self.url, self.headers, self.parameters)
        return Fetcher(allows_private=allows_private, credentials=credentials)


def encrypt_access(subscription_id: UUID, access: FeedAccess) -> str:
    """Return the text for the column ``access``."""
    return encrypt(msgspec.json.encode(access).decode(), f"feed access {subscription_id}")


def decrypt_access(subscription_id: UUID, stored: str) -> FeedAccess | None:
    """Return what the column ``access`` holds; None, and an error in the log, without its key."""
    text = decrypt_stored(stored, f"feed access {subscription_id}")
    return msgspec.json.decode(text, type=FeedAccess) if text else None


def encrypt_versions(subscription_id: UUID, versions: list[FileVersion]) -> str:
    """Return the text for the column ``versions``."""
    return encrypt(msgspec.json.encode(versions).decode(), f"feed versions {subscription_id}")


def decrypt_versions(subscription_id: UUID, stored: str | None) -> list[FileVersion]:
    """Return what the column ``versions`` holds; [], so that the feed is read whole, without it."""
    text = decrypt_stored(stored, f"feed versions {subscription_id}") if stored else None
    return msgspec.json.decode(text, type=list[FileVersion]) if text else []
