"""The header Idempotency-Key: a request that a program sends again acts once, and is answered the
same (draft-ietf-httpapi-idempotency-key-header-07).

- The service gets a nonce that follows from account, operation and key. What it writes has an id
  that follows from the nonce, as with a form that is sent twice: of two requests at once the second
  finds what the first has written, and nothing is lost or done twice when a process dies.
- The answer is kept for a day and read with the account, so a key costs no round trip.

docs/decisions/0040 says why.
"""

import logging
import re
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID, uuid5

from flask import Flask, Response, current_app, request
from flask_login import current_user
from sqlalchemy import bindparam
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.elements import BindParameter

from webapp.api.models import IdempotencyKey
from webapp.api.values import encode
from webapp.db.inserts import Insert, insert
from webapp.db.keys import RowKey
from webapp.db.transactions import AmbiguousCommit, execute_write
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.translations import lazy_gettext as _l

log = logging.getLogger(__name__)

HEADER = "Idempotency-Key"
#: A string of structured fields (RFC 9651), or without its quotes, as many programs send it.
HEADER_PATTERN = r'^(?:"[!#-\[\]-~]{1,255}"|[!#-\[\]-~]{1,255})$'
_KEY = re.compile(HEADER_PATTERN)


class IdempotencyKeyInvalid(DomainError):
    status = 400
    title = _l("Idempotency key missing or not valid")
    message = _l(
        "Send the header “Idempotency-Key” with up to 255 characters that are new for each request,"
        " such as a UUID."
    )


class IdempotencyKeyReused(DomainError):
    status = 422
    title = _l("Idempotency key used before")
    message = _l(
        "Another request was sent with this idempotency key. Send each request with a new one."
    )


class KeyedRequest(NamedTuple):
    """What a request is recognised by when it is sent again."""

    #: The key with its operation, as a digest.
    digest: str
    #: Address and body, as a digest.
    fingerprint: str
    #: The same each time: ids of what it writes follow from it.
    nonce: UUID


def has_idempotency_key() -> bool:
    """Tell whether the current request has a valid key."""
    is_known = request.endpoint is not None and request.method == "POST"
    return is_known and _KEY.match(request.headers.get(HEADER, "")) is not None


def read_keyed_request(requires_key: bool) -> KeyedRequest | None:
    """Return how the current request is recognised; None if it has no key and needs none.

    Raises IdempotencyKeyInvalid.
    """
    if request.method != "POST" or not current_user.is_authenticated:
        return None
    if HEADER not in request.headers and not requires_key:
        return None
    if not has_idempotency_key():
        raise IdempotencyKeyInvalid
    digest = make_digest()
    # The address without its query: no operation with a body has parameters.
    sent = b"\n".join([request.path.encode(), _read_sent()])
    fingerprint = sha256(sent).hexdigest()
    # With what was sent: until the answer is kept, another body is another request, and is never
    # answered with what the first one has done.
    return KeyedRequest(digest, fingerprint, uuid5(current_user.id, digest + fingerprint))


def _read_sent() -> bytes:
    """Return the body, or what stands for it: a form has another boundary each time."""
    if request.mimetype != "multipart/form-data":
        return request.get_data()
    return encode([sorted(request.form.items()), sorted(_digest_files())])


def _digest_files() -> Iterator[tuple[str, str]]:
    for name, file in request.files.items():
        yield name, sha256(file.stream.read()).hexdigest()
        file.stream.seek(0)


def make_digest() -> str:
    """Return the digest of the operation and the key of the current request."""
    key = request.headers[HEADER].strip('"')
    return sha256(f"{request.endpoint} {key}".encode()).hexdigest()


@cache
def digest_parameter() -> BindParameter[str]:
    """Return the digest of the current request as a value of a query that is built once."""
    return bindparam(None, callable_=make_digest, type_=table(IdempotencyKey).c.digest.type)


def find_kept_answer(keyed: KeyedRequest) -> Response | None:
    """Return the answer to the same request before; None if there was none.

    Raises IdempotencyKeyReused if the key was sent with another request.
    """
    kept: IdempotencyKey | None = current_user.kept_answer
    if kept is None:
        return None
    if kept.fingerprint != keyed.fingerprint:
        raise IdempotencyKeyReused
    headers = {"Location": kept.location} if kept.location else {}
    return Response(kept.body or None, kept.status, headers, "application/json")


def keep_answer(keyed: KeyedRequest, response: Response) -> None:
    """Write the answer once it has been sent. A refusal is not kept: it has changed nothing, and
    the same request may succeed later."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    statement = keep_answer_statement(current_user.key, keyed, request.endpoint or "", response)
    response.call_on_close(lambda: _write(app, statement))


def keep_answer_statement(
    user_key: RowKey, keyed: KeyedRequest, endpoint: str, response: Response
) -> Insert:
    """Return the statement that writes an answer, unless there is one."""
    return (
        insert(table(IdempotencyKey))
        .values(
            region=user_key.region,
            user_id=user_key.id,
            digest=keyed.digest,
            fingerprint=keyed.fingerprint,
            operation=endpoint,
            status=response.status_code,
            location=response.headers.get("Location", ""),
            body=response.get_data(as_text=True),
        )
        .on_conflict_do_nothing()
    )


def _write(app: Flask, statement: Insert) -> None:
    with app.app_context():
        try:
            execute_write(statement, idempotent=True)
        except (SQLAlchemyError, AmbiguousCommit) as error:
            # The same request would find what this one has written, all the same.
            log.warning("cannot keep the answer of a request: %s", type(error).__name__)
