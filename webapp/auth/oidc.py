"""Signing in with others (OpenID Connect): the one module that knows Authlib.

A person is sent to an issuer and comes back with a code, which is changed for a signed ID token.
It is believed only when all of it fits: signature, issuer, audience, time, and our own nonce.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from authlib.integrations.base_client import BaseApp, OAuth2Mixin, OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session
from email_validator import EmailNotValidError, validate_email
from flask import Flask, abort, current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from requests import RequestException

from webapp.errors import DomainError
from webapp.web.security_headers import public_url

log = logging.getLogger(__name__)

#: What an issuer's metadata must name, and what they may.
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
OPTIONAL = {"userinfo_endpoint"}
#: Ways to sign that we believe, whatever an issuer offers: only those with a key that it alone has.
ALGORITHMS = [f"{family}{bits}" for family in ("RS", "PS", "ES") for bits in (256, 384, 512)]
#: An issuer's metadata and keys are asked for anew after this time; a key that we have not seen
#: is asked for at once.
METADATA_LASTS_S = 3600
#: How far two clocks may be apart.
LEEWAY_S = 60
#: How long a person may take at the issuer.
TRIP_LASTS_S = 10 * 60


class IssuerAway(DomainError):
    """It does not answer, or says that it cannot."""

    status = 503
    headers = {"Retry-After": "60"}
    message = _l("Nothing has changed here. Try again in a minute, or sign in with your password.")

    def __init__(self, provider: "Provider") -> None:
        super().__init__()
        self.title = _("%(provider)s does not answer", provider=provider.label)


class NotBelieved(DomainError):
    """What came back was not asked for, or does not fit."""

    status = 400
    title = _l("That did not work")
    message = _l(
        "What came back does not fit what we asked for, or it took too long. Nothing has changed "
        "here: start again."
    )


class Declined(DomainError):
    """The person changed their mind at the issuer."""

    status = 400
    message = _l("You did not sign in there, so nothing has changed here.")


class _Client(OAuth2Mixin, OpenIDMixin, BaseApp):
    """Authlib's client of one issuer, with metadata that do not last for ever."""

    client_cls = OAuth2Session
    server_metadata: dict[str, Any]

    def load_server_metadata(self) -> dict[str, Any]:
        if self.server_metadata.get("loaded_at", 0) < time.time() - METADATA_LASTS_S:
            self.server_metadata = {**self._ask_metadata(), "loaded_at": time.time()}
        return self.server_metadata

    def _ask_metadata(self) -> dict[str, Any]:
        with self._get_session() as session:
            answer = session.get(self._server_metadata_url, withhold_token=True)
            answer.raise_for_status()
            told = answer.json()
        known = {name: told[name] for name in (*ENDPOINTS, *(OPTIONAL & set(told)))}
        # Secrets go there, so none may be less safe than the issuer itself.
        scheme = self._server_metadata_url.partition("://")[0]
        if not all(str(url).startswith(f"{scheme}://") for url in known.values()):
            raise ValueError("an endpoint is no address of its kind")
        return {**known, "id_token_signing_alg_values_supported": ALGORITHMS}


@dataclass(frozen=True)
class Provider:
    """A site where people have accounts with which they may come in here."""

    #: As it stands in addresses of ours.
    name: str
    #: As people know it.
    label: str
    issuer: str
    client: _Client

    @property
    def way_back(self) -> str:
        """The address of ours that it sends people back to."""
        return public_url("auth.from_other", provider=self.name)


@dataclass(frozen=True)
class Trip:
    """Somebody on the way to an issuer and back. What must fit then waits in their cookie."""

    provider: str
    state: str
    nonce: str
    code_verifier: str
    began_at: int
    #: Whether it is to show once more who they are, rather than to come in.
    again: bool = False
    #: Where they wanted to go.
    next: str | None = None


@dataclass(frozen=True)
class Person:
    """What an issuer says of somebody. Only who says it and the subject are beyond doubt."""

    issuer: str
    subject: str
    #: Lower case; '' when there is none that we could write to.
    email: str
    #: Whether the issuer has seen that the address is theirs.
    confirmed: bool
    first_name: str
    last_name: str
    username: str


def init_app(app: Flask) -> None:
    app.extensions["oidc"] = make_providers(app.config)
    app.add_template_global(providers, "others")
    app.add_template_global(public_url)
    app.add_template_filter(label_of, "provider_label")


def make_providers(settings: Mapping[str, Any]) -> dict[str, Provider]:
    """Return the providers that OIDC_PROVIDERS names. None of them is asked anything yet."""
    options = {
        "scope": "openid email profile",
        "code_challenge_method": "S256",
        "default_timeout": settings["OIDC_TIMEOUT_S"],
    }

    def make(name: str, label: str, issuer: str, client_id: str, client_secret: str) -> Provider:
        client = _Client(
            framework=None,
            name=name,
            client_id=client_id,
            client_secret=client_secret,
            server_metadata_url=issuer.removesuffix("/") + "/.well-known/openid-configuration",
            client_kwargs=options,
        )
        return Provider(name, label, issuer, client)

    return {name: make(name, **told) for name, told in settings["OIDC_PROVIDERS"].items()}


def providers() -> list[Provider]:
    """Return all providers, in the order of the settings."""
    return list(current_app.extensions["oidc"].values())


def provider_or_404(name: str) -> Provider:
    """Return the provider of that name, or answer 404."""
    found: Provider | None = current_app.extensions["oidc"].get(name)
    return found or abort(404)


def label_of(issuer: str) -> str:
    """Return an issuer as people know it; by its address when it is none of ours any more."""
    return next((each.label for each in providers() if each.issuer == issuer), issuer)


# --- the way there and back ------------------------------------------------------------------


def set_out(
    provider: Provider, *, again: bool = False, next: str | None = None
) -> tuple[str, Trip]:
    """Return the address to send somebody to, and what to keep until they are back.

    again: they shall sign in there once more, though they may be signed in.

    Raises IssuerAway, NotBelieved.
    """
    wish = {"prompt": "login", "max_age": 0} if again else {}
    with _asking(provider):
        asked = provider.client.create_authorization_url(provider.way_back, **wish)
    address: str = asked.pop("url")
    return address, Trip(provider.name, began_at=int(time.time()), again=again, next=next, **asked)


def come_back(provider: Provider, trip: Trip, answer: Mapping[str, str]) -> Person:
    """Return who the issuer says it is.

    answer: what it sent along in the address.

    Raises Declined, IssuerAway, NotBelieved.
    """
    if not _belongs(trip, provider, answer):
        raise NotBelieved
    if "code" not in answer:
        raise _refusal(provider, answer.get("error"))
    with _asking(provider):
        claims = _claims(provider, trip, answer["code"])
        if trip.again:
            _check_auth_time(claims, trip)
        return _person(provider, claims)


def _belongs(trip: Trip, provider: Provider, answer: Mapping[str, str]) -> bool:
    in_time = time.time() - trip.began_at < TRIP_LASTS_S
    return in_time and trip.provider == provider.name and trip.state == answer.get("state")


def _refusal(provider: Provider, error: str | None) -> DomainError:
    if error == "access_denied":
        return Declined()
    if error in ("server_error", "temporarily_unavailable"):
        return IssuerAway(provider)
    return NotBelieved()


@contextmanager
def _asking(provider: Provider) -> Iterator[None]:
    """Within, an issuer is asked: whatever it answers, or does not, is no failure of ours."""
    try:
        yield
    except RequestException as error:
        log.warning("issuer %s does not answer: %s", provider.name, type(error).__name__)
        raise IssuerAway(provider) from error
    except Exception as error:  # nonsense has many shapes
        log.warning("issuer %s is not believed", provider.name, exc_info=error)
        raise NotBelieved from error


# --- what the issuer says ----------------------------------------------------------------------


def _claims(provider: Provider, trip: Trip, code: str) -> dict[str, Any]:
    client = provider.client
    token = client.fetch_access_token(
        provider.way_back, code=code, code_verifier=trip.code_verifier
    )
    claims = client.parse_id_token(
        token,
        nonce=trip.nonce,
        # By itself Authlib believes the issuer that the metadata name, and any audience.
        claims_options={
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": client.client_id},
        },
        leeway=LEEWAY_S,
    )
    if "email" in claims or "userinfo_endpoint" not in client.server_metadata:
        return dict(claims)
    more = client.userinfo(token=token)
    if more["sub"] != claims["sub"]:
        raise ValueError("told about somebody else")
    return {**more, **claims}


def _check_auth_time(claims: Mapping[str, Any], trip: Trip) -> None:
    """Not all issuers tell when somebody signed in there; who tells must have asked anew."""
    if claims.get("auth_time", trip.began_at) < trip.began_at - LEEWAY_S:
        raise ValueError("they did not sign in again")


def _person(provider: Provider, claims: Mapping[str, Any]) -> Person:
    subject, email = claims["sub"], _address(claims.get("email"))
    if not 0 < len(subject) <= 255 or not subject.isprintable():
        raise ValueError("no subject")
    return Person(
        issuer=provider.issuer,
        subject=subject,
        email=email,
        confirmed=bool(email) and claims.get("email_verified") in (True, "true"),
        first_name=_line(claims.get("given_name"), 60),
        last_name=_line(claims.get("family_name"), 60),
        username=_line(claims.get("preferred_username"), 30),
    )


def _address(told: Any) -> str:
    """Return an address as accounts have it, or ''. Letters beyond ASCII would let one address pass
    for another once they are made small."""
    try:
        good = isinstance(told, str) and told.isascii() and len(told) <= 254
        return validate_email(told, check_deliverability=False).normalized.lower() if good else ""
    except EmailNotValidError:
        return ""


def _line(told: Any, longest: int) -> str:
    return told.strip()[:longest] if isinstance(told, str) and told.isprintable() else ""
