"""Reading requests of the API by type; what does not fit is InvalidRequest."""

from collections.abc import Collection, Sequence
from typing import NamedTuple, TypeVar

import msgspec
from flask import abort, request
from werkzeug.datastructures import MultiDict

from webapp.api.value_errors import describe_error
from webapp.translations import gettext as _
from webapp.web.problems import InvalidRequest

T = TypeVar("T")


class FileFields(NamedTuple):
    """The files that a request may send beside its body."""

    names: Sequence[str]
    #: Of the whole request.
    max_bytes: int
    #: Without a file there is nothing to do: JSON is not read.
    are_required: bool = False


def read_body(body_type: type[T], files: FileFields | None = None) -> T:
    """Return the JSON of the request, or the fields of its form, which may have files then.

    Answers 415 and 400; raises InvalidRequest.
    """
    if files and request.mimetype == "multipart/form-data":
        return _read_form(body_type, files.names)
    if request.mimetype != "application/json" or (files and files.are_required):
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


def _read_form(body_type: type[T], file_names: Collection[str]) -> T:
    if unknown := request.files.keys() - set(file_names):
        text = _("No member has this name.")
        raise InvalidRequest(errors=[(f"/{name}", text) for name in sorted(unknown)])
    return _convert(request.form, body_type)


def read_query(query_type: type[T]) -> T:
    """Return the parameters of the query string. Raises InvalidRequest."""
    return _convert(request.args, query_type)


def _convert(fields: MultiDict[str, str], type_: type[T]) -> T:
    try:
        return msgspec.convert(fields.to_dict(), type_, strict=False)
    except msgspec.ValidationError as error:
        raise invalid_request(error) from None


def invalid_request(error: msgspec.ValidationError) -> InvalidRequest:
    """Return the error with its place, in the language of the request."""
    return InvalidRequest(errors=[describe_error(error)])
