"""Proof of work (ALTCHA): what a browser computes where the rate limits grow suspicious.

The challenge is the SHA-256 of a salt and a secret number, with an HMAC; the solution is the number
(the first version of ALTCHA's protocol). No third party sees it, and nobody solves a puzzle.
"""

import json
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from altcha.v1 import ChallengeOptions, create_challenge, verify_solution
from flask import current_app

from webapp.encryption import derive_keys
from webapp.errors import DomainError
from webapp.regions.catalogue import local_region
from webapp.translations import lazy_gettext as _l
from webapp.web.rate_limits import Bucket, Limit, UsedBefore, make_bucket

LIFETIME = timedelta(minutes=10)
#: Of a solution, characters.
MAX_LENGTH = 1000


class ProofOfWorkNeeded(DomainError):
    status = 422
    field = "altcha"
    message = _l(
        "There were many attempts from your network or for this account. So your browser has to"
        " do a short calculation first."
    )


def make_challenge() -> str:
    """Return a challenge as JSON; static/js/proof_of_work.js solves it."""
    challenge = create_challenge(
        ChallengeOptions(
            max_number=current_app.config["PROOF_OF_WORK_MAX_NUMBER"],
            hmac_key=_derive_hmac_keys()[0],
            expires=datetime.now(UTC) + LIFETIME,
            params={"region": local_region()},
        )
    )
    return json.dumps(challenge.to_dict())


def read_proof(text: str | None) -> Bucket | None:
    """Return what counts the only use of a solution; None if it is none, or has expired.

    One for the server of another region is none: its use would be counted there.
    """
    if not text or not any(_is_solution(text, key) for key in _derive_hmac_keys()):
        return None
    solution = json.loads(b64decode(text))
    if f"region={local_region()}&" not in f"{solution['salt']}&":
        return None
    limit = Limit(1, int(LIFETIME.total_seconds()))
    return make_bucket("proof of work", limit, solution["challenge"])


def _is_solution(text: str, key: str) -> bool:
    try:
        return verify_solution(text, key)[0]
    except (TypeError, ValueError, AttributeError, LookupError):  # JSON of another form
        return False


def check_proof(share: float, proof_bucket: Bucket | None) -> None:
    """Raise ProofOfWorkNeeded without a proof, if too much of a rate limit is used up.

    share: of the limit that is used up the most, with this attempt.
    """
    if share > current_app.config["PROOF_OF_WORK_SHARE"] and proof_bucket is None:
        raise ProofOfWorkNeeded


@contextmanager
def refuses_used_proofs() -> Iterator[None]:
    """Raise ProofOfWorkNeeded, with a new challenge, for a proof that was used before."""
    try:
        yield
    except UsedBefore:
        raise ProofOfWorkNeeded from None


def _derive_hmac_keys() -> list[str]:
    return derive_keys("proof of work")
