"""OpenID Connect providers: which there are (OIDC_PROVIDERS)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Flask, abort, current_app

from webapp.web.urls import public_url

if TYPE_CHECKING:
    from webapp.auth.oidc.client import Client


@dataclass(frozen=True)
class Provider:
    """A site with whose accounts people can sign in."""

    #: As in our URLs and in OIDC_PROVIDERS.
    name: str
    #: As people know it.
    label: str
    issuer: str
    client: "Client"

    @property
    def redirect_uri(self) -> str:
        """The URL to which the provider sends people back."""
        return public_url("auth.oidc.callback", provider=self.name)


def init_app(app: Flask) -> None:
    app.extensions["oidc"] = create_providers(app.config)
    app.add_template_global(list_providers, "oidc_providers")
    app.add_template_global(public_url)
    app.add_template_filter(provider_label)


def create_providers(config: Mapping[str, Any]) -> dict[str, Provider]:
    """Return the providers of OIDC_PROVIDERS by name. Nothing is fetched from them yet."""
    if not config["OIDC_PROVIDERS"]:
        return {}
    # Only a server with providers needs Authlib, whose import takes as long as that of Flask.
    from webapp.auth.oidc.client import Client

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


def list_providers() -> list[Provider]:
    """Return all providers, in the order of the settings."""
    return list(current_app.extensions["oidc"].values())


def provider_or_404(name: str) -> Provider:
    """Return the provider of that name, or answer 404."""
    provider: Provider | None = current_app.extensions["oidc"].get(name)
    return provider or abort(404)


def provider_label(issuer: str) -> str:
    """Return the issuer's name for people; its URL when it is no longer in the settings."""
    return next((each.label for each in list_providers() if each.issuer == issuer), issuer)
