"""Authlib's client of an OpenID Connect provider. It is imported only where there are providers."""

import time
from typing import Any

from authlib.integrations.base_client import BaseApp, OAuth2Mixin, OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session
from requests import RequestException

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
    #: What is raised when a provider does not answer, or with an error.
    network_error = RequestException
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
