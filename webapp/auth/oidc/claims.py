"""The claims of an ID token that MovR uses, checked."""

from collections.abc import Mapping
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email


@dataclass(frozen=True)
class IdentityClaims:
    """What a provider says about a person. Only issuer and subject identify an account."""

    issuer: str
    subject: str
    #: Lower case; '' when there is none that mail can be sent to.
    email: str
    #: Whether the provider has verified that the address is theirs.
    is_email_verified: bool
    first_name: str
    last_name: str
    username: str


def read_claims(issuer: str, claims: Mapping[str, object]) -> IdentityClaims:
    """Return the checked claims; raises ValueError when the subject is no text of 1 to 255
    characters. Other claims that are unusable become ''."""
    subject, email = claims["sub"], _read_email(claims.get("email"))
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not subject.isprintable():
        raise ValueError("the claim sub is missing or unusable")
    return IdentityClaims(
        issuer=issuer,
        subject=subject,
        email=email,
        is_email_verified=bool(email) and claims.get("email_verified") in (True, "true"),
        first_name=_read_line(claims.get("given_name"), 60),
        last_name=_read_line(claims.get("family_name"), 60),
        username=_read_line(claims.get("preferred_username"), 30),
    )


def _read_email(claim: object) -> str:
    """Return the address in the form that accounts have, or ''.

    Only ASCII: other letters may turn into those of another address in lower case.
    """
    if not isinstance(claim, str) or not claim.isascii() or len(claim) > 254:
        return ""
    try:
        return validate_email(claim, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return ""


def _read_line(claim: object, max_length: int) -> str:
    if not isinstance(claim, str) or not claim.isprintable():
        return ""
    return claim.strip()[:max_length]
