"""Passwords that have come out elsewhere, asked of a service that does not learn which."""

import hashlib
import logging

import requests
from flask import current_app

log = logging.getLogger(__name__)

TIMEOUT_S = 1


def is_breached(password: str) -> bool:
    """Tell whether the password stands in a known list of stolen ones.

    The service at BREACHED_PASSWORDS_URL sees the first five hexadecimal digits of the SHA-1, as
    hundreds of other passwords have them. Without a service, or while it is away, none is.
    """
    url = current_app.config["BREACHED_PASSWORDS_URL"]
    if not url:
        return False
    written = password.encode("utf-8", "surrogatepass")
    digest = hashlib.sha1(written, usedforsecurity=False).hexdigest().upper()
    try:
        return digest[5:] in _endings(f"{url}{digest[:5]}")
    except requests.RequestException as error:
        log.warning("cannot ask for breached passwords: %s", type(error).__name__)
        return False


def _endings(url: str) -> set[str]:
    """Return how the hashes go on; those that were seen 0 times only pad the answer."""
    # Padding hides from whoever watches the line how long the answer is, and so which it was.
    answer = requests.get(url, headers={"Add-Padding": "true"}, timeout=TIMEOUT_S)
    answer.raise_for_status()
    lines = (line.strip().upper().partition(":") for line in answer.text.splitlines())
    return {ending for ending, _, times in lines if times != "0"}
