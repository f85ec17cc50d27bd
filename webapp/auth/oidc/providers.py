"""OpenID Connect providers: which there are (OIDC_PROVIDERS), and their metadata."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.integrations.base_client import BaseApp, OAuth2Mixin, OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, abort, current_app

from webapp.web.urls import public_url

#: What a provider's metadata must contain, and what they may.
REQUIRED_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
OPTIONAL_ENDPOINTS = {"userinfo_endpoint"}
#: Signature algorithms that are accepted, whatever a provider offers: only those with a private
#: key, which the provider alone has.
ALGORITHMS = [f"{family}{bits}" for family in ("RS", "PS", "ES") for bits in (256, 384, 512)]
#: Metadata and keys are fetched again after this time; an unknown key at once.
METADATA_LIFETIME_S = 3600


class Client(OAuth2Mixin, OpenIDMixin, BaseApp):
    """Authlib's client of one provider, with metadata that expire."""

    client_cls = OAuth2Session
    server_metadata: dict[str, Any]  # Authlib's attribute

    def load_server_metadata(self) -> dict[str, Any]:
        if self.server_metadata.get("loaded_at", 0) < time.time() - METADATA_LIFETIME_S:
            self.server_metadata = {**self._fetch_metadata(), "loaded_at": time.time()}
        return self.server_metadata

    def _fetch_metadata(self) -> dict[str, object]:
        with self._get_session() as session:
            response = session.get(self._server_metadata_url, withhold_token=True)
            response.raise_for_status()
            metadata = response.json()
        names = (*REQUIRED_ENDPOINTS, *(OPTIONAL_ENDPOINTS & set(metadata)))
        endpoints = {name: metadata[name] for name in names}
        # Secrets are sent there, so none may be less safe than the issuer itself.
        scheme = self._server_metadata_url.partition("://")[0]
        if not all(str(url).startswith(f"{scheme}://") for url in endpoints.values()):
            raise ValueError(f"an endpoint in the metadata is no {scheme} address")
        return {**endpoints, "id_token_signing_alg_values_supported": ALGORITHMS}


@dataclass(frozen=True)
class Provider:
    """A site with whose accounts people can sign in."""

    #: As in our URLs and in OIDC_PROVIDERS.
    name: str
    #: As people know it.
    label: str
    issuer: str
    client: Client

    @property
    def redirect_uri(self) -> str:
        """The URL to which the provider sends people back."""
        return public_url("auth.oidc.callback", provider=self.name)


def init_app(app: Flask) -> None:
    app.extensions["oidc"] = create_providers(app.config)
    app.add_template_global(all_providers, "oidc_providers")
    app.add_template_global(public_url)
    app.add_template_filter(provider_label)


def create_providers(config: Mapping[str, Any]) -> dict[str, Provider]:
    """Return the providers of OIDC_PROVIDERS by name. Nothing is fetched from them yet."""
    options = {
        "scope": "openid email profile",
        "code_challenge_method": "S256",
        "default_timeout": config["OIDC_TIMEOUT_S"],
    }

    def create(name: str, label: str, issuer: str, client_id: str, client_secret: str) -> Provider:
        client = Client(
            framework=None,
            name=name,
            client_id=client_id,
            client_secret=client_secret,
            server_metadata_url=issuer.removesuffix("/") + "/.well-known/openid-configuration",
            client_kwargs=options,
        )
        return Provider(name, label, issuer, client)

    return {name: create(name, **settings) for name, settings in config["OIDC_PROVIDERS"].items()}


def all_providers() -> list[Provider]:
    """Return all providers, in the order of the settings."""
    return list(current_app.extensions["oidc"].values())


def provider_or_404(name: str) -> Provider:
    """Return the provider of that name, or answer 404."""
    provider: Provider | None = current_app.extensions["oidc"].get(name)
    return provider or abort(404)


def provider_label(issuer: str) -> str:
    """Return the issuer's name for people; its URL when it is no longer in the settings."""
    return next((each.label for each in all_providers() if each.issuer == issuer), issuer)
