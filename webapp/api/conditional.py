"""Conditional requests (RFC 9110, section 13): 304 if nothing has changed, 412 if something has."""

from collections.abc import Callable
from typing import TypeVar

from flask import Response, request
from werkzeug.http import generate_etag

from webapp.api.values import Answer, encode
from webapp.errors import DomainError
from webapp.translations import lazy_gettext as _l

A = TypeVar("A", bound=Answer)


class PreconditionFailed(DomainError):
    status = 412
    title = _l("Changed since you read it")
    message = _l("Somebody else has changed it, so nothing was saved. Read it again, then decide.")


def answer_conditionally(response: Response) -> Response:
    """Return the answer to a GET with its ETag; without a body if the program has it already."""
    response.add_etag()
    response.make_conditional(request)
    return response


def check_match(read: Callable[[], A]) -> A | None:
    """Return the resource that the request has read before, as its header If-Match says; None if
    it does not say so. The service must compare it again when it writes.

    read: returns the resource as it is. Raises PreconditionFailed if it is another one.
    """
    if not request.if_match:
        return None
    stored = read()
    # A proxy that compresses answers makes their tags weak.
    if not request.if_match.contains_weak(make_etag(stored)):
        raise PreconditionFailed
    return stored


def make_etag(answer: Answer) -> str:
    """Return the entity tag of a resource."""
    return generate_etag(encode(answer))
