"""Operations of the API: what a request sends and what it is answered, by type.

``@operation`` reads the request, calls the view with typed values and encodes what it returns; the
OpenAPI document is made from the same types (webapp/api/document.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from inspect import cleandoc, signature
from typing import Any, NamedTuple
from uuid import uuid4

from flask import Response, request

from webapp.api.conditional import answer_conditionally
from webapp.api.idempotency import (
    IdempotencyKeyReused,
    find_kept_answer,
    keep_answer,
    read_keyed_request,
)
from webapp.api.reading import FileFields, read_body, read_query
from webapp.api.values import Body, Reference, encode
from webapp.db.keys import RowKey
from webapp.db.paging import Page
from webapp.errors import DomainError, FormReused
from webapp.extensions import csrf
from webapp.web.request_limits import accepts_files
from webapp.web.urls import url_with_query

#: Where the resources of this version are: the prefix of their blueprints.
V1 = "/api/v1"

# Any: types of answers, and views with their own arguments.
View = Callable[..., Any]


@dataclass(frozen=True)
class Operation:
    """What is known of one operation."""

    summary: str
    description: str
    #: A type that msgspec encodes; None: 204, without a body.
    answer: Any
    status: int = 200
    #: The parameters of the query string.
    query: type[Body] | None = None
    #: What a request sends as JSON.
    body: type[Body] | None = None
    #: It may send the same as a form with files (``multipart/form-data``).
    files: FileFields | None = None
    #: The same as examples, which a test sends.
    query_example: Body | None = None
    body_example: Body | None = None
    #: The rules that may refuse it.
    problems: Sequence[type[DomainError]] = ()
    is_paged: bool = False
    #: Of a POST: the service acts once, however often it is called with the same values. Another
    #: view takes a ``nonce`` for its service.
    is_repeatable: bool = False
    #: Of a POST: it is refused without an Idempotency-Key, because it moves money.
    requires_key: bool = False
    #: Of the answer; a view of another one than JSON returns the response.
    media_type: str = "application/json"
    #: It may have the header If-Match (webapp/api/conditional.py).
    takes_match: bool = False
    path_descriptions: dict[str, str] = field(default_factory=dict)


class WithHeaders(NamedTuple):
    """What a view returns to add headers to its answer."""

    answer: Any
    headers: dict[str, str]


def refer_to(key: RowKey, url: str) -> WithHeaders:
    """Return the key and the address of what a request has written. Sends no statement."""
    return WithHeaders(Reference(id=str(key), url=url), {"Location": url})


def operation(answer: Any, **values: Any) -> Callable[[View], View]:
    """Mark a view of the API, directly below its access decorator. The docstring of the view is its
    summary, and after an empty line its description.

    answer, values: those of ``Operation``. The view gets ``query`` and ``body`` if it has them. It
    returns a value of the type ``answer``, or that ``WithHeaders``; a ``Page`` if it is paged. If
    it has ``nonce``, it gets a UUID that is the same when a program sends the request again
    (webapp/api/idempotency.py): the service makes the id of what it writes from it.
    """

    def mark(view: View) -> View:
        summary, _, description = cleandoc(view.__doc__ or "").partition("\n\n")
        described = Operation(" ".join(summary.split()).rstrip("."), description, answer, **values)
        takes_nonce = "nonce" in signature(view).parameters

        @wraps(view)
        def call(**arguments: Any) -> Response:
            return _answer_once(view, described, arguments, takes_nonce=takes_nonce)

        call.operation = described  # type: ignore[attr-defined]
        csrf.exempt(call)  # it reads no cookie (webapp/web/cookies.py)
        return accepts_files(described.files.max_bytes)(call) if described.files else call

    return mark


def _answer_once(
    view: View, described: Operation, arguments: dict[str, Any], *, takes_nonce: bool
) -> Response:
    """Return the answer of a view; of one with an Idempotency-Key that was sent before, the answer
    from then."""
    keyed = read_keyed_request(described.requires_key)
    if keyed and (kept_answer := find_kept_answer(keyed)):
        return kept_answer
    if takes_nonce:
        arguments["nonce"] = keyed.nonce if keyed else uuid4()
    try:
        if described.query:
            arguments["query"] = read_query(described.query)
        if described.body:
            arguments["body"] = read_body(described.body, described.files)
        response = _make_response(view(**arguments), described)
    except FormReused:
        raise IdempotencyKeyReused from None
    if keyed:
        keep_answer(keyed, response)
    return response


def _make_response(value: Any, described: Operation) -> Response:
    headers: dict[str, str] = {}
    if isinstance(value, Response):
        return value
    if isinstance(value, WithHeaders):
        value, headers = value
    if isinstance(value, Page):
        if value.after:
            headers["Link"] = f'<{_next_page_url(value.after)}>; rel="next"'
        value = value.rows
    if described.answer is None:
        return Response(status=204, headers=headers)
    response = Response(encode(value), described.status, headers, "application/json")
    return answer_conditionally(response) if request.method in ("GET", "HEAD") else response


def _next_page_url(after: str) -> str:
    """Return the address of the page after this one (RFC 8288)."""
    arguments = {**request.args, "after": after}
    return url_with_query(request.endpoint or "", arguments, **(request.view_args or {}))
