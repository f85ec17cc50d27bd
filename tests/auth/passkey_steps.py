"""An authenticator of software, and steps with it: adding a passkey, signing in."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from typing import Any
from urllib.parse import urlsplit

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from tests.visitor import Visitor

PASSKEYS_PAGE, SIGN_IN_PATH = "/account/passkeys", "/login/passkey"
USER_PRESENT, USER_VERIFIED, CREDENTIAL_INCLUDED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """A device with one passkey. A test may change what it says."""

    origin: str
    user_id: bytes = b""
    sign_count: int = 1
    flags: int = USER_PRESENT | USER_VERIFIED
    credential_id: bytes = field(default_factory=lambda: token_bytes(16))
    private_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def create(self, options: dict[str, Any]) -> str:
        """Return the answer of ``navigator.credentials.create()``."""
        self.user_id = base64url_to_bytes(options["user"]["id"])
        numbers = self.private_key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        public_key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        credential = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id
        data = self._data(self.flags | CREDENTIAL_INCLUDED) + credential + public_key
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self._client_data("webauthn.create", options)
        return self._answer(client_data, attestationObject=attestation)

    def get(self, options: dict[str, Any]) -> str:
        """Return the answer of ``navigator.credentials.get()``."""
        self.sign_count += self.sign_count > 0
        client_data, data = self._client_data("webauthn.get", options), self._data(self.flags)
        signed = data + sha256(client_data).digest()
        signature = self.private_key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._answer(
            client_data, authenticatorData=data, signature=signature, userHandle=self.user_id
        )

    def _data(self, flags: int) -> bytes:
        rp_id = urlsplit(self.origin).hostname or ""
        rp_id_hash = sha256(rp_id.encode()).digest()
        return rp_id_hash + bytes([flags]) + self.sign_count.to_bytes(4, "big")

    def _client_data(self, ceremony: str, options: dict[str, Any]) -> bytes:
        facts = {"type": ceremony, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(facts).encode()

    def _answer(self, client_data: bytes, **response: bytes) -> str:
        id_ = bytes_to_base64url(self.credential_id)
        parts = {"clientDataJSON": client_data, **response}
        encoded = {name: bytes_to_base64url(value) for name, value in parts.items()}
        return json.dumps({"id": id_, "rawId": id_, "type": "public-key", "response": encoded})


def add_passkey(browser: Visitor, name: str = "My phone") -> Authenticator:
    """Add a passkey to the account of the browser; return its authenticator."""
    authenticator = Authenticator(browser.application.config["PUBLIC_URL"])
    credential = authenticator.create(browser.send(f"{PASSKEYS_PAGE}/options").json)
    response = browser.send(PASSKEYS_PAGE, name=name, credential=credential)
    assert response.status_code in (200, 303), response.text
    return authenticator


def ask_options(browser: Visitor) -> dict[str, Any]:
    """Return the options for signing in, or for a reauthentication."""
    options: dict[str, Any] = browser.send(f"{SIGN_IN_PATH}/options").json
    return options


def use_passkey(browser: Visitor, authenticator: Authenticator, path: str = SIGN_IN_PATH) -> Any:
    """Sign in, or reauthenticate, with a passkey; return the answer."""
    return browser.send(path, credential=authenticator.get(ask_options(browser)))
