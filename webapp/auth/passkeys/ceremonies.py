"""The one module that knows the library ``webauthn``: what browsers are asked, and answer.

Functions import it: with OpenSSL and others it has a hundred modules, and few requests are about
passkeys.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app

from webapp.auth.models import User
from webapp.auth.passkeys.challenges import LIFETIME_S
from webapp.auth.passkeys.models import MAX_CREDENTIAL_ID_LENGTH, Passkey
from webapp.errors import DomainError
from webapp.translations import lazy_gettext as _l

#: What the browser sends is JSON of some kilobytes: an attestation may have certificates.
MAX_CREDENTIAL_LENGTH = 32_000


class WrongPasskey(DomainError):
    """An unknown passkey, a wrong signature or a closed account: nobody is told which."""

    status = 422
    field = "credential"
    message = _l("This passkey can't be used here. Try again, or sign in another way.")


@dataclass(frozen=True)
class NewCredential:
    """What a browser has made."""

    credential_id: str
    public_key: bytes
    sign_count: int


@dataclass(frozen=True)
class Assertion:
    """What a browser says to sign in with; nothing of it is verified."""

    text: str
    credential_id: str
    #: The account as the authenticator stored it.
    user_id: UUID


def find_rp_id() -> str:
    """Return the relying party's id: the host name of PUBLIC_URL. Passkeys work only there."""
    return urlsplit(current_app.config["PUBLIC_URL"]).hostname or ""


def _find_origin() -> str:
    parts = urlsplit(current_app.config["PUBLIC_URL"])
    return f"{parts.scheme}://{parts.netloc}"


# --- adding one ------------------------------------------------------------------------------


def make_registration_options(user: User, challenge: bytes, credential_ids: list[str]) -> str:
    """Return the JSON for ``navigator.credentials.create()``.

    credential_ids: what the account has already; their authenticators make no other.
    """
    from webauthn import base64url_to_bytes, generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=find_rp_id(),
        rp_name="MovR",
        user_id=user.id.bytes,
        user_name=user.username,
        user_display_name=f"{user.first_name} {user.last_name}",
        challenge=challenge,
        timeout=LIFETIME_S * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in credential_ids
        ],
    )
    return options_to_json(options)


def verify_registration(text: str, challenge: bytes) -> NewCredential:
    """Return the credential that the browser has made; raises WrongPasskey."""
    from webauthn import verify_registration_response
    from webauthn.helpers import bytes_to_base64url

    with _refuses_what_is_invalid():
        verified = verify_registration_response(
            credential=text,
            expected_challenge=challenge,
            expected_rp_id=find_rp_id(),
            expected_origin=_find_origin(),
            require_user_verification=True,
        )
    credential_id = bytes_to_base64url(verified.credential_id)
    if len(credential_id) > MAX_CREDENTIAL_ID_LENGTH:
        raise WrongPasskey
    return NewCredential(credential_id, verified.credential_public_key, verified.sign_count)


# --- signing in with one ---------------------------------------------------------------------


def make_authentication_options(challenge: bytes) -> str:
    """Return the JSON for ``navigator.credentials.get()``: any passkey of this site."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    options = generate_authentication_options(
        rp_id=find_rp_id(),
        challenge=challenge,
        timeout=LIFETIME_S * 1000,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def read_assertion(text: str) -> Assertion:
    """Return what the browser sent; raises WrongPasskey if it has another form."""
    from webauthn.helpers import bytes_to_base64url, parse_authentication_credential_json

    with _refuses_what_is_invalid():
        credential = parse_authentication_credential_json(text)
        user_id = UUID(bytes=credential.response.user_handle)
        return Assertion(text, bytes_to_base64url(credential.raw_id), user_id)
    raise AssertionError("unreachable")


def verify_assertion(assertion: Assertion, passkey: Passkey, challenge: bytes) -> int:
    """Verify the signature, challenge, origin, user and counter of an assertion; return the new
    counter. Raises WrongPasskey."""
    from webauthn import verify_authentication_response

    if assertion.user_id != passkey.user_id:
        raise WrongPasskey
    with _refuses_what_is_invalid():
        verified = verify_authentication_response(
            credential=assertion.text,
            expected_challenge=challenge,
            expected_rp_id=find_rp_id(),
            expected_origin=_find_origin(),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    return verified.new_sign_count


@contextmanager
def _refuses_what_is_invalid() -> Iterator[None]:
    """Raise WrongPasskey for whatever the library meets in what a browser sent: it documents its
    own errors, but a key or a text of a wrong form may raise anything, such as RecursionError."""
    try:
        yield
    except Exception as error:
        raise WrongPasskey from error
