"""What a browser gives to those who may send to it (the Push API of the W3C)."""

from typing import NamedTuple

#: Of a public key, uncompressed; and of the secret that only the browser and we know.
KEY_LENGTH, AUTH_LENGTH = 65, 16


class BrowserKeys(NamedTuple):
    """The keys of a browser."""

    #: A point of P-256, uncompressed: ``p256dh``.
    public: bytes
    #: ``auth``.
    auth: bytes
