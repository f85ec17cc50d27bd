"""Reading requests of the API by type; what does not fit is InvalidRequest."""

from typing import TypeVar

import msgspec
from flask import abort, request

from webapp.api.value_errors import describe_error
from webapp.translations import gettext as _
from webapp.web.problems import InvalidRequest

T = TypeVar("T")


def read_body(body_type: type[T]) -> T:
    """Return the JSON of the request. Answers 415 and 400; raises InvalidRequest."""
    if request.mimetype != "application/json":
        abort(415)
    data = request.get_data(cache=False)
    if b"\\u0000" in data:  # the database stores no NUL in a text
        raise InvalidRequest(errors=[("", _("A text contains the character NUL."))])
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
    """Return the error with its place, in the language of the request."""
    return InvalidRequest(errors=[describe_error(error)])
