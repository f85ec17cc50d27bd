"""Look-up of breached passwords with a k-anonymity API (Have I Been Pwned's "range" protocol)."""

import hashlib
import logging

from flask import current_app

from webapp.db.reads import release_connection
from webapp.observability.runs import observe_call

log = logging.getLogger(__name__)

TIMEOUT_S = 1
#: How many hexadecimal digits of the SHA-1 the service is told; hundreds of passwords share them.
PREFIX_LENGTH = 5


def is_breached(password: str) -> bool:
    """Tell whether the service at BREACHED_PASSWORDS_URL knows the password from a data breach.

    False without a service, or while it does not answer.
    """
    url = current_app.config["BREACHED_PASSWORDS_URL"]
    if not url:
        return False
    import requests  # takes a while, and most servers have no such service

    encoded = password.encode("utf-8", "surrogatepass")
    digest = hashlib.sha1(encoded, usedforsecurity=False).hexdigest().upper()
    # With padding the size of the response does not show which prefix was asked for.
    headers = {"Add-Padding": "true"}
    prefix, suffix = digest[:PREFIX_LENGTH], digest[PREFIX_LENGTH:]
    release_connection()
    try:
        with observe_call("breached passwords"):
            response = requests.get(f"{url}{prefix}", headers=headers, timeout=TIMEOUT_S)
            response.raise_for_status()
        return suffix in _read_suffixes(response.text)
    except requests.RequestException as error:
        log.warning("cannot look up breached passwords: %s", type(error).__name__)
        return False


def _read_suffixes(text: str) -> set[str]:
    """Return the rest of each breached hash with that prefix; a count of 0 marks padding."""
    lines = (line.strip().upper().partition(":") for line in text.splitlines())
    return {suffix for suffix, _, count in lines if count != "0"}
