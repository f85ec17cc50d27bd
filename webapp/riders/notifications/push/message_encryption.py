"""Encryption of push messages for the browser that subscribed: RFC 8291, with one record of the
content coding aes128gcm (RFC 8188)."""

import os
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from webapp.riders.notifications.push.browser_keys import BrowserKeys

#: Of a record, bytes: what every push service takes.
RECORD_SIZE = 4096
#: Messages are filled up to a multiple of this, bytes: their length would tell their kind.
PADDED_TO = 512


class MessageKeys(NamedTuple):
    """What is new with each message."""

    private: ec.EllipticCurvePrivateKey
    salt: bytes


def encrypt_message(
    message: bytes,
    browser_keys: BrowserKeys,
    message_keys: MessageKeys | None = None,
    padded_to: int = PADDED_TO,
) -> bytes:
    """Return the body of the request to the push service.

    message: at most ``RECORD_SIZE`` less 103 bytes.
    message_keys: None: new ones.

    Raises ValueError if the key of the browser is no point of the curve.
    """
    private, salt = message_keys or MessageKeys(
        ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
    )
    own_public = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    browser_public = ec.EllipticCurvePublicKey.from_encoded_point(
        ec.SECP256R1(), browser_keys.public
    )
    shared = private.exchange(ec.ECDH(), browser_public)
    info = b"WebPush: info\0" + browser_keys.public + own_public
    secret = _derive(shared, browser_keys.auth, info, 32)
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    record = message + b"\x02"  # the last record
    if padded_to:
        record += bytes(-len(record) % padded_to)
    header = salt + RECORD_SIZE.to_bytes(4, "big") + bytes([len(own_public)]) + own_public
    return header + AESGCM(key).encrypt(nonce, record, None)


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length=length, salt=salt, info=info).derive(secret)
