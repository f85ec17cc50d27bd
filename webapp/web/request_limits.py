"""Limits of a request: the size of its body, the number of its fields, each field once, and no NUL
in a text, which the database does not store."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, request
from flask_login import current_user
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

#: What stands for a character that is none, as for bytes that are no UTF-8.
REPLACEMENT = "\ufffd"

View = TypeVar("View", bound=Callable[..., Any])


def accepts_files(max_bytes: int, max_text_bytes: int = 0) -> Callable[[View], View]:
    """Mark a view that accepts forms with files, up to ``max_bytes`` in all.

    max_text_bytes: of the text fields together; 0: as in other forms.
    """

    def mark(view: View) -> View:
        view.accepts_files = max_bytes  # type: ignore[attr-defined]
        view.accepts_text = max_text_bytes  # type: ignore[attr-defined]
        return view

    return mark


def init_app(app: Flask) -> None:
    app.before_request(_refuse_excess)


def _refuse_excess() -> None:
    """Answer 411, 413, 404 or 400 before anything else reads what was sent."""
    if "Transfer-Encoding" in request.headers:  # of unknown length: it would be cut short
        abort(411)
    file_limit = _find_file_limit()
    request.max_content_length = limit = file_limit or request.max_content_length
    if limit is not None and (request.content_length or 0) > limit:
        abort(413)
    if any("\0" in text for text in (request.path, *request.args.values())):
        abort(404)
    _refuse_excess_fields(request.args)
    if not request.content_length:  # no body: nor has it one of unknown length
        return
    if file_limit:
        if not current_user.is_authenticated:
            return  # files are read from signed-in people only; access control answers next
        _limit_text()
    for fields in (request.form, request.files):
        _refuse_excess_fields(fields)
    _replace_nul()


def _replace_nul() -> None:
    """Replace each NUL of a form, as browsers do in pages. Fields for people then refuse the text
    beside the field; hidden ones match nothing."""
    fields = [*request.form.items()]
    if any("\0" in text for field in fields for text in field):
        request.form = ImmutableMultiDict(
            (name.replace("\0", REPLACEMENT), value.replace("\0", REPLACEMENT))
            for name, value in fields
        )


def _find_file_limit() -> int | None:
    """Return how many bytes the view accepts if it accepts files and the form may have some. Such a
    form is read in pieces; any other is read at once."""
    if request.mimetype != "multipart/form-data":
        return None
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "accepts_files", None)


def _limit_text() -> None:
    """Limit the text fields beside files, by default to the size that they have without files."""
    view = current_app.view_functions.get(request.endpoint or "")
    accepted: int = getattr(view, "accepts_text", 0)
    longest: int = accepted or current_app.config["MAX_FORM_MEMORY_SIZE"]
    # Werkzeug means by it also the piece of a file that it reads next, of 64 KiB, with what is left
    # of the one before.
    request.max_form_memory_size = longest + 128 * 1024
    if sum(len(text) for text in request.form.values()) > longest:
        abort(413)


def _refuse_excess_fields(fields: MultiDict) -> None:
    """Refuse too many fields, and a field that comes twice: it is unclear which one counts."""
    counts = [len(values) for values in fields.listvalues()]
    if sum(counts) > current_app.config["MAX_FORM_PARTS"]:
        abort(413)
    if any(count > 1 for count in counts):
        abort(400)
