"""How much a request may bring, and that it says each thing once."""

from flask import Flask, abort, current_app, request
from werkzeug.datastructures import MultiDict


def init_app(app: Flask) -> None:
    app.before_request(_refuse_excess)


def _refuse_excess() -> None:
    """Answer 411, 413, 404 or 400 before anything else reads what was sent."""
    if "Transfer-Encoding" in request.headers:  # of unknown length: it would be cut short
        abort(411)
    limit = request.max_content_length
    if limit is not None and (request.content_length or 0) > limit:
        abort(413)
    if any("\0" in text for text in (request.path, *request.args.values())):
        abort(404)
    for sent in (request.args, request.form, request.files):
        _refuse_excess_fields(sent)


def _refuse_excess_fields(sent: MultiDict) -> None:
    """Of a field that comes twice, nobody can say which one counts."""
    counts = [len(values) for values in sent.listvalues()]
    if sum(counts) > current_app.config["MAX_FORM_PARTS"]:
        abort(413)
    if any(count > 1 for count in counts):
        abort(400)
