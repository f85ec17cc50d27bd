"""Reading requests of the API by type; what does not fit is InvalidRequest."""

import re
from typing import TypeVar

import msgspec
from flask import abort, request

from webapp.web.problems import InvalidRequest

T = TypeVar("T")

#: Where msgspec says that something is wrong: ``Expected `int` - at `$.limit` ``.
_PLACE = re.compile(r" - at `\$(.*)`$", re.DOTALL)
#: A member or an element in it: ``.stops[2]``.
_STEP = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")


def read_body(body_type: type[T]) -> T:
    """Return the JSON of the request. Answers 415 and 400; raises InvalidRequest."""
    if request.mimetype != "application/json":
        abort(415)
    data = request.get_data(cache=False)
    if b"\\u0000" in data:  # the database stores no NUL in a text
        raise InvalidRequest(errors=[("", "A text contains the character NUL")])
    try:
        return msgspec.json.decode(data, type=body_type)
    except msgspec.ValidationError as error:
        raise invalid_request(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        abort(400)


def read_query(query_type: type[T]) -> T:
    """Return the parameters of the query string. Raises InvalidRequest."""
    try:
        return msgspec.convert(request.args.to_dict(), query_type, strict=False)
    except msgspec.ValidationError as error:
        raise invalid_request(error) from None


def invalid_request(error: msgspec.ValidationError) -> InvalidRequest:
    """Return the error with the place as a JSON pointer (RFC 6901): ``/stops/2``."""
    text = str(error)
    place = _PLACE.search(text)
    steps = _STEP.findall(place[1]) if place else []
    pointer = "".join(f"/{name or number}" for name, number in steps)
    return InvalidRequest(errors=[(pointer, _PLACE.sub("", text))])
