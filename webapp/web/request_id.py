"""Each request has an id; the response carries it as ``X-Request-Id``."""

from uuid import uuid4

from flask import Flask, Response, g

from webapp.observability.execution import current_execution


def init_app(app: Flask) -> None:
    app.before_request(_assign_id)
    app.after_request(_add_header)


def _assign_id() -> None:
    execution = current_execution()  # none in the request context of a test
    g.request_id = execution.id if execution else uuid4()


def _add_header(response: Response) -> Response:
    if request_id := g.get("request_id"):
        response.headers["X-Request-Id"] = str(request_id)
    return response
